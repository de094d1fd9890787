// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/compare/adoption.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/compare/proxy_pass.h"
#include "engine/media/decoder.h"
#include "engine/metrics/luma_small.h"
#include "engine/motion/scene_cut.h"
#include "engine/path/camera_path.h"
#include "engine/plan/warp_plan.h"

namespace keel {
namespace {

/// Every so manieth pixel in x and y is compared.
constexpr int kStride = 3;
/// Gray levels beyond which a difference counts no more: things that move by themselves.
constexpr float kMostDifference = 24;
/// Figures below these are taken as these: what they could still fall by is noise of the measurement (gray levels; share).
constexpr double kLeastPhotometric = 0.2, kLeastAcceleration = 0.01;
/// Share of the previous picture that must lie inside the current one for a difference to mean something.
constexpr double kLeastOverlap = 0.2;

/// Mean limited difference of two pictures under a motion in their own pixels; negative where they hardly overlap.
double difference(const metrics::GrayImage& prev, const metrics::GrayImage& cur, const Mat3& cur_from_prev) {
  std::vector<float> differences;
  double sum = 0;
  int seen = 0;
  for (int y = 0; y < prev.height; y += kStride)
    for (int x = 0; x < prev.width; x += kStride, ++seen) {
      const Point p = apply(cur_from_prev, {static_cast<double>(x), static_cast<double>(y)});
      if (!(p.x >= 0 && p.y >= 0 && p.x < cur.width - 1 && p.y < cur.height - 1)) continue;
      const int ix = static_cast<int>(p.x), iy = static_cast<int>(p.y);
      const float fx = static_cast<float>(p.x - ix), fy = static_cast<float>(p.y - iy);
      const float *up = cur.row(iy) + ix, *down = cur.row(iy + 1) + ix;
      differences.push_back((up[0] * (1 - fx) + up[1] * fx) * (1 - fy) + (down[0] * (1 - fx) + down[1] * fx) * fy - prev.row(y)[x]);
      sum += differences.back();
    }
  if (static_cast<double>(differences.size()) < kLeastOverlap * seen) return -1;
  const float brightness = static_cast<float>(sum / static_cast<double>(differences.size()));
  double limited = 0;
  for (const float d : differences) limited += std::min(std::abs(d - brightness), kMostDifference);
  return limited / static_cast<double>(differences.size());
}

/// The motion of source pixels as one of the reduced picture's; both count from pixel centres.
Mat3 at_work_size(const Mat3& h, Size source, Size work) {
  const double sx = static_cast<double>(source.width) / work.width, sy = static_cast<double>(source.height) / work.height;
  const Mat3 source_from_work{{sx, 0, 0.5 * sx - 0.5, 0, sy, 0.5 * sy - 0.5, 0, 0, 1}};
  const Mat3 work_from_source{{1 / sx, 0, 0.5 / sx - 0.5, 0, 1 / sy, 0.5 / sy - 0.5, 0, 0, 1}};
  return work_from_source * h * source_from_work;
}

/// The motion of every pair by every estimator, and what it explains of the pictures, in one decode.
class MotionPass {
 public:
  MotionPass(std::span<const MotionEstimator* const> estimators, std::vector<MotionWorth>& worth) : estimators_(estimators), worth_(worth) {}

  Result<void> run(const std::filesystem::path& clip, std::stop_token stop, const ProgressFn& progress) {
    KEEL_ASSIGN(const auto decoder, Decoder::open(clip));
    for (const MotionEstimator* estimator : estimators_) tracks_.push_back({estimator->info().id, decoder->info().size, decoder->info().time_base, {}, {}, {}});
    for (;;) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Judging was cancelled."};
      KEEL_ASSIGN(const auto decoded, decoder->next());
      if (!decoded) return {};
      KEEL_TRY(step(*decoded, stop));
      if (progress) progress(tracks_.front().frame_count(), decoder->info().frame_count_hint);
    }
  }
  [[nodiscard]] const std::vector<MotionTrack>& tracks() const { return tracks_; }

 private:
  Result<void> step(const DecodedFrame& decoded, std::stop_token stop) {
    metrics::GrayImage luma = metrics::luma_small(decoded.frame);
    std::vector<PreparedFramePtr> prepared;
    for (std::size_t k = 0; k < estimators_.size(); ++k) {
      KEEL_ASSIGN(PreparedFramePtr cur, estimators_[k]->prepare(decoded.frame));
      tracks_[k].pts.push_back(decoded.pts);
      if (!prev_prepared_.empty()) {
        const FramePair pair{prev_prepared_[k], cur};
        KEEL_ASSIGN(const auto motions, estimators_[k]->estimate({&pair, 1}, stop));
        add(k, motions.front(), luma, decoded.frame.size());
      }
      prepared.push_back(std::move(cur));
    }
    prev_prepared_ = std::move(prepared);
    prev_luma_ = std::move(luma);
    return {};
  }

  void add(std::size_t k, const PairMotion& motion, const metrics::GrayImage& luma, Size source) {
    tracks_[k].pairs.push_back(motion);
    ++worth_[k].pairs;
    worth_[k].failed += motion.status != MotionStatus::kOk;
    const Mat3 h = motion.status == MotionStatus::kOk ? at_work_size(motion.cur_from_prev, source, luma.size()) : Mat3{};
    const double left = difference(prev_luma_, luma, h);
    worth_[k].photometric += left < 0 ? difference(prev_luma_, luma, Mat3{}) : left;
  }

  std::span<const MotionEstimator* const> estimators_;
  std::vector<MotionWorth>& worth_;
  std::vector<MotionTrack> tracks_;
  std::vector<PreparedFramePtr> prev_prepared_;
  metrics::GrayImage prev_luma_;
};

}  // namespace

Result<std::vector<MotionWorth>> judge_motion(const std::filesystem::path& clip, std::span<const MotionEstimator* const> estimators, std::stop_token stop,
                                              const ProgressFn& progress) {
  std::vector<MotionWorth> worth(estimators.size());
  MotionPass motions(estimators, worth);
  KEEL_TRY(motions.run(clip, stop, progress));
  std::vector<WarpPlan> plans;
  for (MotionTrack track : motions.tracks()) {
    confirm_scene_cuts(track.pairs);
    if (track.frame_count() < 3) return Error{ErrorCode::kUnsupported, clip.string() + " is too short to judge motion by; choose a clip of at least three frames."};
    KEEL_ASSIGN(Solution solution, solve(build_camera_path(track), track.size, {}, stop));
    plans.push_back(std::move(solution.plan));
  }
  std::vector<Contender> contenders;
  for (const WarpPlan& plan : plans) contenders.push_back({&plan, false});
  KEEL_ASSIGN(const ProxyPass pass, measure_on_proxy(clip, contenders, {}, stop, progress));
  for (std::size_t k = 0; k < worth.size(); ++k) {
    worth[k].photometric /= std::max(1, worth[k].pairs);
    if (pass.reports[k].failure) return Error{ErrorCode::kUnsupported, clip.string() + " cannot be judged: " + *pass.reports[k].failure};
    worth[k].acceleration = pass.reports[k].jitter_ratio;
  }
  return worth;
}

Adoption decide_adoption(std::span<const HeldOutClip> clips) {
  Adoption adoption;
  if (clips.empty()) {
    adoption.reason = "There is no held-out clip, so the old weights stay.";
    return adoption;
  }
  const HeldOutClip* worst = nullptr;
  double worst_ratio = 0, photometric = 0, acceleration = 0;
  for (const HeldOutClip& clip : clips) {
    const double p = std::max(clip.after.photometric, kLeastPhotometric) / std::max(clip.before.photometric, kLeastPhotometric);
    const double a = std::max(clip.after.acceleration, kLeastAcceleration) / std::max(clip.before.acceleration, kLeastAcceleration);
    photometric += std::log(p) / static_cast<double>(clips.size());
    acceleration += std::log(a) / static_cast<double>(clips.size());
    // Written so that what is not a number is the worst.
    if (worst == nullptr || !(std::max(p, a) <= worst_ratio)) {
      worst_ratio = std::max(p, a);
      worst = &clip;
    }
  }
  adoption.photometric_ratio = std::exp(photometric);
  adoption.acceleration_ratio = std::exp(acceleration);
  const double both = std::sqrt(adoption.photometric_ratio * adoption.acceleration_ratio);
  const std::string figures =
      fmt::format("on {} held-out clip{} the photometric residual is {:.4f} and the residual acceleration {:.4f} of what they were", clips.size(),
                  clips.size() == 1 ? "" : "s", adoption.photometric_ratio, adoption.acceleration_ratio);
  if (!(both <= 1 - kAdoptionMargin)) {
    adoption.reason = fmt::format("The old weights stay: {}, and together they must fall by {:.0f} %.", figures, 100 * kAdoptionMargin);
  } else if (!(adoption.photometric_ratio <= 1 + kAdoptionSlack && adoption.acceleration_ratio <= 1 + kAdoptionSlack)) {
    adoption.reason = fmt::format("The old weights stay: {}, and neither may rise by more than {:.0f} %.", figures, 100 * kAdoptionSlack);
  } else if (!(worst_ratio <= 1 + kAdoptionClipSlack)) {
    adoption.reason = fmt::format("The old weights stay: {}, but {} is worse by {:.0f} %.", figures, worst->name, 100 * (worst_ratio - 1));
  } else {
    adoption.adopted = true;
    adoption.reason = fmt::format("The new weights are adopted: {}.", figures);
  }
  return adoption;
}

}  // namespace keel
