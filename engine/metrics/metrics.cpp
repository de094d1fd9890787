// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/metrics.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/thread_pool.h"
#include "engine/base/counted.h"
#include "engine/metrics/border_check.h"
#include "engine/metrics/luma_small.h"
#include "engine/metrics/pair_tracker.h"
#include "engine/metrics/picture_measures.h"
#include "engine/metrics/pixels.h"
#include "engine/metrics/registration.h"
#include "engine/metrics/sharpness.h"

namespace keel::metrics {
namespace {

/// What the tracker cannot tell from stillness, px at 640 px width.
constexpr double kNoise_px = 0.02;
constexpr double kOutsideLimit_px = 1.0;
/// Shares below which a clip has no score: half of the original's pairs, three quarters of what the original allowed.
constexpr double kLeastOriginal = 0.5, kLeastStabilized = 0.75;
constexpr int kFewestPairs = 8;
constexpr int kSmallestSide = 64;

double ratio(double output, double source) { return std::max(output, kNoise_px) / std::max(source, kNoise_px); }

std::string percent(double share) { return std::to_string(static_cast<int>(std::lround(100 * share))) + " %"; }

/// One file as it streams by.
struct Side {
  Picture now, last;
  Size full;
  double per_640 = 1;  // figure px per work px
  std::vector<PairMeasure> pairs;
  std::vector<double> psnr;
  std::vector<Point> followed;  // what agreed on the last pair, in `now`

  void push(const Frame& frame, const Pixels& pixels) {
    full = frame.size();
    last = std::move(now);
    now = pixels.picture(frame);
    per_640 = kFigureWidth / now.luma.width;
    if (last.luma.width != now.luma.width || last.luma.height != now.luma.height) return;
    PairMeasure pair = track_pair(last, now, followed, pixels);
    followed = std::exchange(pair.agreeing, {});
    pairs.push_back(std::move(pair));
    psnr.push_back(pixels.psnr(last, now));
  }

  [[nodiscard]] PairSeries series(const std::vector<bool>& usable) const {
    PairSeries s{{static_cast<int>(kFigureWidth), static_cast<int>(std::lround(now.luma.height * per_640))}, {}, usable};
    // Work px to figure px with pixel edges kept in place.
    const Mat3 up = Mat3::translation(-0.5, -0.5) * Mat3::scaling(per_640, per_640) * Mat3::translation(0.5, 0.5);
    const Mat3 down = Mat3::translation(-0.5, -0.5) * Mat3::scaling(1 / per_640, 1 / per_640) * Mat3::translation(0.5, 0.5);
    for (const auto& p : pairs) s.cur_from_prev.push_back(up * p.cur_from_prev * down);
    return s;
  }
};

/// One output against the original, which its owner tracks for all of them.
class OutputMeter {
 public:
  OutputMeter(const MetricsOptions& options, const Side& source, const Pixels& pixels) : options_(options), source_(source), pixels_(pixels) {}

  /// After the source has taken `original`.
  void push(const Frame& original, const Frame& stabilized) {
    output_.push(stabilized, pixels_);
    place(original, stabilized);
    ++frames_;
  }
  [[nodiscard]] Size full() const { return output_.full; }
  [[nodiscard]] MetricsReport report() const;

 private:
  void place(const Frame& original, const Frame& stabilized);
  [[nodiscard]] std::optional<Mat3> guess() const;
  void count(const Side& side, const std::vector<bool>& usable, FileFigures& f) const;
  void sum_up_geometry(MetricsReport& r) const;
  [[nodiscard]] std::optional<std::string> failure(const MetricsReport& r, int usable) const;

  const MetricsOptions& options_;
  const Side& source_;
  const Pixels& pixels_;
  int frames_ = 0, registrable_ = 0, outside_ = 0, black_ = 0, repeated_ = 0, bordered_ = 0;
  double worst_outside_px_ = 0;
  Side output_;
  std::optional<Mat3> source_from_output_;  // of the last frame, where it was found
  std::vector<FrameGeometry> geometry_;
  std::vector<double> sharpness_;
};

/// Carries the last registration along both measured motions.
std::optional<Mat3> OutputMeter::guess() const {
  if (!source_from_output_) return std::nullopt;
  Mat3 m = *source_from_output_;
  if (!source_.pairs.empty() && !output_.pairs.empty()) {
    const PairMeasure &s = source_.pairs.back(), &o = output_.pairs.back();
    const auto back = inverse(o.cur_from_prev);
    if (s.status == PairStatus::kMeasured && o.status == PairStatus::kMeasured && back) m = s.cur_from_prev * m * *back;
  }
  return m;
}

void OutputMeter::place(const Frame& original, const Frame& stabilized) {
  if (is_flat(source_.now)) return;
  ++registrable_;
  const auto found = register_output(source_.now, output_.now, guess(), pixels_);
  const Size source = source_.now.luma.size(), output = output_.now.luma.size();
  std::optional<Mat3> full;
  bool outside = false;
  source_from_output_.reset();
  if (found) {
    source_from_output_ = found->source_from_output;
    full = full_from_work(found->source_from_output, source, original.size(), output, stabilized.size());
    const double beyond_px = outside_px(found->source_from_output, source, output) * source_.per_640;
    worst_outside_px_ = std::max(worst_outside_px_, beyond_px);
    outside = beyond_px > kOutsideLimit_px;
    const auto same_size = full_from_work(found->source_from_output, source, source, output, source);
    if (const auto out_from_src = inverse(same_size))
      geometry_.push_back(frame_geometry(*out_from_src, source, kept_area(found->source_from_output, source, output)));
    if (frames_ % std::max(1, options_.sharpness_stride) == 0)
      if (const auto s = sharpness_ratio(original, stabilized, *full, pixels_)) sharpness_.push_back(*s);
  }
  const BorderFlags flags = check_border(original, stabilized, full);
  outside_ += outside;
  black_ += flags.black;
  repeated_ += flags.repeated;
  bordered_ += outside || flags.black || flags.repeated;
}

void OutputMeter::count(const Side& side, const std::vector<bool>& usable, FileFigures& f) const {
  f.size = side.full;
  double wobble = 0, psnr = 0;
  int both = 0;
  for (std::size_t t = 0; t < side.pairs.size(); ++t) {
    const PairMeasure& p = side.pairs[t];
    f.measured += p.status == PairStatus::kMeasured;
    f.cuts += p.status == PairStatus::kCut;
    f.low_texture += p.status == PairStatus::kLowTexture;
    f.lost += p.status == PairStatus::kLost;
    if (p.status == PairStatus::kMeasured) f.tracked_share += p.tracked_share;
    if (!usable[t]) continue;
    ++both;
    wobble += p.wobble_px * side.per_640;
    psnr += side.psnr[t];
  }
  f.tracked_share /= std::max(1, f.measured);
  f.wobble_px = wobble / std::max(1, both);
  f.itf_db = psnr / std::max(1, both);
  f.path = path_figures(side.series(usable), options_.frame_rate_hz);
}

void OutputMeter::sum_up_geometry(MetricsReport& r) const {
  if (geometry_.empty()) return;
  const double n = static_cast<double>(geometry_.size());
  r.kept.worst_area = r.kept.worst_linear = 1;
  r.fusta.distortion = r.bundled.distortion = r.gimbal.distortion = 1;
  for (const auto& g : geometry_) {
    const double linear = std::sqrt(g.kept_area);
    r.kept.mean_area += g.kept_area / n;
    r.kept.mean_linear += linear / n;
    r.kept.worst_area = std::min(r.kept.worst_area, g.kept_area);
    r.kept.worst_linear = std::min(r.kept.worst_linear, linear);
    r.fusta.cropping += g.fusta_crop / n;
    r.bundled.cropping += g.bundled_crop / n;
    r.fusta.distortion = std::min(r.fusta.distortion, g.eigen_ratio);
    r.gimbal.distortion = std::min(r.gimbal.distortion, g.singular_ratio);
  }
  r.bundled.distortion = r.fusta.distortion;
  r.gimbal.cropping = r.kept.mean_linear;
}

std::optional<std::string> OutputMeter::failure(const MetricsReport& r, int usable) const {
  if (frames_ <= kFewestPairs) return "Only " + counted(frames_, "frame") + " can be compared, which is too few to measure.";
  const int original_pairs = frames_ - 1 - r.original.cuts;
  const double seen = static_cast<double>(r.original.measured) / std::max(1, original_pairs);
  if (r.original.measured < kFewestPairs || seen < kLeastOriginal)
    return "The original's motion could be measured in only " + percent(seen) + " of its frames (too dark, flat or blurred).";
  const double kept = static_cast<double>(usable) / r.original.measured;
  if (usable < kFewestPairs || kept < kLeastStabilized)
    return "The stabilized motion could be measured in only " + percent(kept) + " of the frames that the original allows.";
  const double found = static_cast<double>(geometry_.size()) / std::max(1, registrable_);
  if (found < kLeastStabilized) return "The stabilized picture was found in its original in only " + percent(found) + " of the frames.";
  return std::nullopt;
}

MetricsReport OutputMeter::report() const {
  MetricsReport r;
  r.compared_frames = frames_;
  r.registered_frames = static_cast<int>(geometry_.size());
  r.registrable_frames = registrable_;
  if (frames_ < 2) {
    r.failure = failure(r, 0);
    return r;
  }
  std::vector<bool> usable;
  for (std::size_t t = 0; t < source_.pairs.size(); ++t)
    usable.push_back(source_.pairs[t].status == PairStatus::kMeasured && output_.pairs[t].status == PairStatus::kMeasured);
  count(source_, usable, r.original);
  count(output_, usable, r.stabilized);
  r.jitter_ratio = ratio(r.stabilized.path.jitter_px, r.original.path.jitter_px);
  r.peak_acceleration_ratio = ratio(r.stabilized.path.peak_acceleration_px, r.original.path.peak_acceleration_px);
  r.shake_ratio = ratio(r.stabilized.path.shake_px, r.original.path.shake_px);
  r.wobble_ratio = ratio(r.stabilized.wobble_px, r.original.wobble_px);
  sum_up_geometry(r);
  const double n = frames_;
  r.border = {bordered_ / n, outside_ / n, black_ / n, repeated_ / n, worst_outside_px_};
  r.sharpness = median(sharpness_);
  r.sharpness_frames = static_cast<int>(sharpness_.size());
  const StabilityScores scores = stability_scores(output_.series(usable));
  r.fusta.stability = scores.fusta;
  r.bundled.stability = scores.bundled;
  r.gimbal.stability = scores.gimbal;
  r.failure = failure(r, static_cast<int>(std::count(usable.begin(), usable.end(), true)));
  return r;
}

}  // namespace

struct Meter::Impl {
  explicit Impl(const MetricsOptions& meter_options) : options(meter_options), pixels(meter_options.device) {}
  MetricsOptions options;
  Pixels pixels;  // before what holds its pictures
  Side source;
  std::vector<OutputMeter> outputs;
  int frames = 0;
};

Meter::Meter(const MetricsOptions& options, int outputs) : impl_(std::make_unique<Impl>(options)) {
  for (int k = 0; k < outputs; ++k) impl_->outputs.emplace_back(impl_->options, impl_->source, impl_->pixels);
}

Meter::~Meter() = default;

Result<void> Meter::step(const Frame& original, std::span<const Frame> outputs) {
  KEEL_CHECK(outputs.size() == impl_->outputs.size());
  const auto check = [&](const Frame& frame, Size before) -> Result<void> {
    if (impl_->frames > 0 && frame.size() != before)
      return Error{ErrorCode::kUnsupported, "The picture size changes inside the clip; such files cannot be compared."};
    if (std::min(frame.size().width, frame.size().height) < kSmallestSide)
      return Error{ErrorCode::kUnsupported, "Pictures below 64 pixels a side are too small to measure."};
    return {};
  };
  KEEL_TRY(check(original, impl_->source.full));
  for (std::size_t k = 0; k < outputs.size(); ++k) KEEL_TRY(check(outputs[k], impl_->outputs[k].full()));
  impl_->source.push(original, impl_->pixels);
  ThreadPool::shared().parallel_for(0, static_cast<int>(outputs.size()), 1, [&](int begin, int end) {
    for (int k = begin; k < end; ++k) impl_->outputs[static_cast<std::size_t>(k)].push(original, outputs[static_cast<std::size_t>(k)]);
  });
  ++impl_->frames;
  return {};
}

std::vector<MetricsReport> Meter::reports() const {
  std::vector<MetricsReport> reports;
  for (const OutputMeter& output : impl_->outputs) {
    reports.push_back(output.report());
    reports.back().original_frames = reports.back().stabilized_frames = impl_->frames;
    reports.back().on_gpu = impl_->pixels.on_device();
    reports.back().gpu_trouble = impl_->pixels.trouble();
  }
  return reports;
}

Result<MetricsReport> measure(const FrameSource& original, const FrameSource& stabilized, const MetricsOptions& options) {
  Meter meter(options, 1);
  int originals = 0, outputs = 0;
  bool more_original = true, more_stabilized = true;
  while (more_original || more_stabilized) {
    if (options.stop.stop_requested()) return Error{ErrorCode::kCancelled, "The measurement was cancelled."};
    std::optional<Frame> a, b;
    if (more_original) {
      KEEL_ASSIGN(a, original());
      more_original = a.has_value();
      originals += more_original;
    }
    if (more_stabilized) {
      KEEL_ASSIGN(b, stabilized());
      more_stabilized = b.has_value();
      outputs += more_stabilized;
    }
    if (a && b) KEEL_TRY(meter.step(*a, {&*b, 1}));
    keel::report(options.progress, std::max(originals, outputs), 0);
  }
  MetricsReport result = std::move(meter.reports().front());
  result.original_frames = originals;
  result.stabilized_frames = outputs;
  return result;
}

}  // namespace keel::metrics
