// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/classical.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/image/gray_image.h"
#include "engine/motion/classical_frame.h"
#include "engine/motion/scene_cut.h"
#include "engine/motion/working_picture.h"

namespace keel {
namespace {

/// Texture, in (gray/px)^2, at which a match counts half: compression and noise leave about that much on a flat wall.
constexpr float kFaintTexture = 2.0f;

/// Motion of one pair at the working size, or why there is none.
class PairEstimator {
 public:
  PairEstimator(const ClassicalFrame& prev, const ClassicalFrame& cur, const ClassicalOptions& options, const FrontEnd& front_end)
      : prev_(prev), cur_(cur), options_(options), front_end_(front_end) {}

  /// The attempt that every pair begins with.
  [[nodiscard]] PairTask first_task() const { return task(0, 0, 0); }

  /// `first` is the task of first_task() after it has been followed and searched.
  PairMotion run(const PairTask& first, CornerMotion motion) {
    auto fit = judge(first, std::move(motion));
    if (!fit || fit->inlier_share < kGoodShare) {
      // The pyramid reaches about 40 px; further jumps, and cuts, are told apart on the coarsest level.
      const std::size_t coarsest = std::min(prev_.levels.size(), cur_.levels.size()) - 1;
      const GrayView a = prev_.levels[coarsest].view(), b = cur_.levels[coarsest].view();
      const CoarseMatch coarse = match_coarse(a, b, a.width / 4);
      const auto scale = static_cast<float>(1 << coarsest);
      const float dx = scale * static_cast<float>(coarse.dx), dy = scale * static_cast<float>(coarse.dy);
      const bool same_scene = coarse.correlation > kSameScene;
      const auto again = [&](int finest_level) {
        const auto other = attempt(dx, dy, finest_level);
        // A lens that is switched, or a jump of the digital zoom, changes the whole picture; most of the corners are followed through it, and through no cut.
        if (other && (same_scene || other->inlier_share >= kGoodShare) && (!fit || other->inliers > fit->inliers)) fit = other;
      };
      if (dx != 0 || dy != 0) again(0);
      // A jerk smears the picture: what is lost at full size may still be followed at half or a quarter of it, less finely.
      for (int level = 1; level <= kBlurredLevels && !believable(fit); ++level) again(level);
      if (!believable(fit)) return failure(a, b, coarse.correlation);
    }
    cur_from_prev_ = fit->cur_from_prev;
    PairMotion result;
    const RowFit rows = fit_rows(*fit, explained_, prev_.working(), options_.fit);
    result.cur_from_prev = at_source_size(rows.cur_from_prev, prev_.working(), prev_.source);
    result.status = MotionStatus::kOk;
    result.confidence = confidence(*fit);
    result.bend = at_source_size(rows.bend, prev_.working(), prev_.source);
    return result;
  }

  /// After run() has found a motion: the corners that it explains, in source pixels.
  std::vector<FollowedPoint> inliers() const {
    const Size working = prev_.working(), source = prev_.source;
    const double scale_x = static_cast<double>(source.width) / working.width, scale_y = static_cast<double>(source.height) / working.height;
    const auto at_source = [&](double x, double y) { return Point{(x + 0.5) * scale_x - 0.5, (y + 0.5) * scale_y - 0.5}; };
    std::vector<FollowedPoint> out;
    for (const PointMatch& m : corners_) {
      const Point expected = apply(cur_from_prev_, {m.prev_x, m.prev_y});
      if (std::hypot(expected.x - m.cur_x, expected.y - m.cur_y) > options_.fit.threshold_px) continue;
      out.push_back({at_source(m.prev_x, m.prev_y), at_source(m.cur_x, m.cur_y)});
    }
    return out;
  }

 private:
  static constexpr double kGoodShare = 0.45, kLeastShare = 0.08, kLeastTracked = 0.3;
  static constexpr int kLeastInliers = 10;
  static constexpr int kBlurredLevels = 2;

  [[nodiscard]] bool believable(const std::optional<RobustFit>& fit) const {
    return fit && fit->inlier_share >= kLeastShare && fit->inliers >= kLeastInliers && best_tracked_share_ >= kLeastTracked;
  }

  [[nodiscard]] int levels_from(int finest_level) const { return static_cast<int>(std::min(prev_.levels.size(), cur_.levels.size())) - finest_level; }

  /// The corners on the pyramid's levels from `finest_level` on, of which there must be one.
  [[nodiscard]] PairTask task(float guess_dx, float guess_dy, int finest_level) const {
    const auto scale = static_cast<float>(1 << finest_level);
    PairTask out{&prev_, &cur_, {finest_level, levels_from(finest_level)}, {{scale, options_.max_round_trip_px, kFaintTexture}, prev_.working(), options_.fit}, {}, finest_level == 0};
    out.tracks.reserve(prev_.corners.size());
    for (const Corner& c : prev_.corners) out.tracks.push_back({c.x / scale, c.y / scale, (c.x + guess_dx) / scale, (c.y + guess_dy) / scale});
    return out;
  }

  std::optional<RobustFit> attempt(float guess_dx, float guess_dy, int finest_level) {
    if (levels_from(finest_level) < 1) return std::nullopt;
    PairTask one = task(guess_dx, guess_dy, finest_level);
    std::vector<CornerMotion> motion = front_end_.follow_and_search({&one, 1}, options_.tracker);
    return judge(one, std::move(motion.front()));
  }

  std::optional<RobustFit> judge(const PairTask& task, CornerMotion motion) {
    std::vector<PointMatch>& matches = motion.matches;
    best_tracked_share_ = std::max(best_tracked_share_, static_cast<double>(matches.size()) / std::max(1.0, static_cast<double>(task.tracks.size())));
    auto fit = motion.found ? judge_motion(*motion.found, matches, prev_.working(), options_.fit) : std::nullopt;
    if (fit && matches.size() > corners_.size()) corners_ = matches;
    if (fit && task.wants_grid && fit->clear && fit->model == MotionModel::kHomography) fit = densify(*fit, motion);
    // Points that could not be tracked count against the motion too, as far as they should have stayed in the picture.
    if (fit) fit->inlier_share = static_cast<double>(fit->inliers) / std::max(1, staying(fit->cur_from_prev));
    if (fit && task.levels.finest == 0) explained_ = std::move(matches);
    return fit;
  }

  /// Many more points at full size only, started where the motion says they are: a step or two each, and the fit's noise halves.
  RobustFit densify(const RobustFit& fit, CornerMotion& motion) const {
    constexpr double kAgree_px = 1.0;
    const RowFit rows = fit_rows(fit, motion.matches, prev_.working(), options_.fit);
    for (const LkMatch& t : front_end_.follow_grid(prev_, cur_, fit.cur_from_prev, motion, options_.tracker)) {
      const Point expected = rows.apply({t.prev_x, t.prev_y});
      if (!t.tracked || std::hypot(t.cur_x - expected.x, t.cur_y - expected.y) > kAgree_px) continue;
      motion.matches.push_back({t.prev_x, t.prev_y, t.cur_x, t.cur_y, t.min_eigen / (t.min_eigen + kFaintTexture)});
    }
    return refine_homography(fit, motion.matches, prev_.working(), options_.fit);
  }

  int staying(const Mat3& cur_from_prev) const {
    int count = 0;
    const double w = prev_.working().width - 1, h = prev_.working().height - 1;
    for (const Corner& c : prev_.corners) {
      const Point p = apply(cur_from_prev, {c.x, c.y});
      count += p.x >= 0 && p.y >= 0 && p.x <= w && p.y <= h ? 1 : 0;
    }
    return count;
  }

  PairMotion failure(const GrayView& a, const GrayView& b, double correlation) const {
    PairMotion motion;
    motion.status = why_no_motion(a, b, correlation, prev_.corners.size() >= kLeastInliers);
    return motion;
  }

  static float confidence(const RobustFit& fit) {
    const double share = std::clamp((fit.inlier_share - 0.1) / 0.6, 0.05, 1.0);
    const double precision = 1 / (1 + fit.corner_sigma_px * fit.corner_sigma_px);
    const double cover = std::clamp(fit.spread / 0.5, 0.2, 1.0);
    return static_cast<float>(share * precision * cover);
  }

  const ClassicalFrame& prev_;
  const ClassicalFrame& cur_;
  const ClassicalOptions& options_;
  const FrontEnd& front_end_;
  Mat3 cur_from_prev_;              ///< of the motion that run() found, working pixels
  std::vector<PointMatch> explained_;  ///< of the last attempt at full size, with the points that refine it
  std::vector<PointMatch> corners_;  ///< of the attempt that followed most of them
  double best_tracked_share_ = 0;  ///< of the corners, by both ways of tracking; two different scenes agree on few
};

PairEstimator pair_estimator(const FramePair& pair, const ClassicalOptions& options, const FrontEnd& front_end) {
  const auto* prev = dynamic_cast<const ClassicalFrame*>(pair.prev.get());
  const auto* cur = dynamic_cast<const ClassicalFrame*>(pair.cur.get());
  KEEL_CHECK(prev != nullptr && cur != nullptr);
  return {*prev, *cur, options, front_end};
}

Error cancelled() { return {ErrorCode::kCancelled, "Motion estimation was cancelled."}; }

}  // namespace

const AlgorithmInfo& ClassicalEstimator::description() {
  static const AlgorithmInfo info{
      "classical",
      "Classical",
      "Corners tracked by pyramidal Lucas-Kanade both ways, robust homography",
      {{"working_width", "Working width", "px", "Longer side of the picture that motion is measured on; larger is slower and a little finer", 320, 1920, 640}}};
  return info;
}

Result<std::unique_ptr<MotionEstimator>> ClassicalEstimator::make(const OptionValues& values, Gpu gpu) {
  ClassicalOptions options;
  if (const auto it = values.find("working_width"); it != values.end()) options.working_width = static_cast<int>(it->second);
  return Result<std::unique_ptr<MotionEstimator>>(std::make_unique<ClassicalEstimator>(options, gpu));
}

Result<PreparedFramePtr> ClassicalEstimator::prepare(const Frame& frame) const {
  return PreparedFramePtr(front_end_.prepare(frame));
}

Result<std::vector<PairMotion>> ClassicalEstimator::estimate(std::span<const FramePair> pairs, std::stop_token stop) const {
  std::vector<PairMotion> motions;
  motions.reserve(pairs.size());
  while (motions.size() < pairs.size()) {
    const std::size_t done = motions.size(), count = std::min(pairs.size() - done, front_end_.pairs_at_once());
    std::vector<PairEstimator> estimators;
    std::vector<PairTask> tasks;
    for (const FramePair& pair : pairs.subspan(done, count)) {
      estimators.push_back(pair_estimator(pair, options_, front_end_));
      tasks.push_back(estimators.back().first_task());
    }
    if (stop.stop_requested()) return cancelled();
    std::vector<CornerMotion> found = front_end_.follow_and_search(tasks, options_.tracker);
    for (std::size_t i = 0; i < count; ++i) {
      // What is judged may have to be followed again.
      if (stop.stop_requested()) return cancelled();
      motions.push_back(estimators[i].run(tasks[i], std::move(found[i])));
    }
  }
  return motions;
}

std::vector<FollowedPoint> ClassicalEstimator::followed_points(const FramePair& pair, std::size_t most) const {
  PairEstimator estimator = pair_estimator(pair, options_, front_end_);
  PairTask task = estimator.first_task();
  std::vector<CornerMotion> found = front_end_.follow_and_search({&task, 1}, options_.tracker);
  if (estimator.run(task, std::move(found.front())).status != MotionStatus::kOk) return {};
  const std::vector<FollowedPoint> all = estimator.inliers();
  // Corners come cell by cell, row by row: every n-th of them is spread over the picture.
  const std::size_t step = std::max<std::size_t>(1, (all.size() + most - 1) / std::max<std::size_t>(most, 1));
  std::vector<FollowedPoint> out;
  for (std::size_t i = 0; i < all.size(); i += step) out.push_back(all[i]);
  return out;
}

}  // namespace keel
