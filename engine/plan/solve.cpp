// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/backend/thread_pool.h"
#include "engine/path/path_smoother.h"
#include "engine/plan/crop.h"
#include "engine/plan/framing.h"
#include "engine/plan/warp_plan.h"

namespace keel {
namespace {

Result<void> in_range(const char* name, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return Error{ErrorCode::kInvalidArgument, fmt::format("{} is {} but must lie between {} and {}.", name, value, low, high)};
}

/// Rounds of {smooth, transport} after the first smoothing; see transport_path.
constexpr int kTransportRounds = 1;

/// Seconds on either side over which the adaptive window changes; octaves, as for smoothness.
double zoom_window_s(double zoom_smoothness) { return 0.5 * std::pow(16.0, zoom_smoothness); }

}  // namespace

std::string_view to_string(Framing framing) {
  switch (framing) {
    case Framing::kFixed: return "fixed";
    case Framing::kAdaptive: return "adaptive";
    case Framing::kNone: return "none";
  }
  return "";
}

Result<void> StabilizeSettings::validate() const {
  KEEL_TRY(in_range("smoothness", smoothness, 0, 1));
  KEEL_TRY(in_range("keep", keep, 0.5, 1));
  KEEL_TRY(in_range("strength", strength, 0, 1));
  KEEL_TRY(in_range("zoom smoothness", zoom_smoothness, 0, 1));
  return {};
}

BorderCertificate certify_borders(const std::vector<FrameWarp>& frames, Size output, Size source) {
  BorderCertificate certificate;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t t = 0; t < frames.size(); ++t)
    for (const Point corner : corner_centres(output)) {
      double margin = -std::numeric_limits<double>::infinity();
      if (denominator(frames[t].src_from_dst, corner) > 0) {
        const Point p = apply(frames[t].src_from_dst, corner);
        margin = std::min({p.x, p.y, source.width - 1 - p.x, source.height - 1 - p.y});
      }
      if (margin < smallest) {
        smallest = margin;
        certificate = {margin, static_cast<int>(t)};
      }
    }
  return certificate;
}

Result<Solution> solve(const MotionTrack& track, const StabilizeSettings& settings, std::stop_token stop) {
  KEEL_TRY(settings.validate());
  OptionValues options = settings.smoother_options;
  options["smoothness"] = settings.smoothness;
  KEEL_ASSIGN(const auto smoother, make_path_smoother(settings.smoother, options));

  Solution solution;
  solution.raw = build_camera_path(track);
  const PathLimits limits{track.size, settings.keep};
  CameraPath moved = solution.raw;
  KEEL_ASSIGN(CameraPath smooth, smoother->smooth(moved, limits, stop));
  for (int round = 0; round < kTransportRounds; ++round) {
    moved = transport_path(solution.raw, [&] {
      // The correction counts, so the smooth path is carried along with the raw one it was made from.
      CameraPath carried = smooth;
      for (std::size_t t = 0; t < carried.points.size(); ++t)
        for (std::size_t c = 0; c < kPathChannels; ++c) carried.points[t][c] += solution.raw.points[t][c] - moved.points[t][c];
      return carried;
    }());
    KEEL_ASSIGN(smooth, smoother->smooth(moved, limits, stop));
  }

  std::vector<PathPoint> correction(smooth.points.size());
  for (std::size_t t = 0; t < correction.size(); ++t)
    for (std::size_t c = 0; c < kPathChannels; ++c) correction[t][c] = settings.strength * (smooth.points[t][c] - moved.points[t][c]);
  FittedCorrection fit = fit_crop(correction, solution.raw.shots, track.size, settings.keep);

  WarpPlan& plan = solution.plan;
  plan.output = track.size;
  plan.picture_kept = settings.framing == Framing::kNone ? 1 : fit.crop;
  if (settings.framing == Framing::kAdaptive && !correction.empty()) {
    plan.window = slow_windows(fit.largest, solution.raw, zoom_window_s(settings.zoom_smoothness));
    plan.picture_kept = *std::min_element(plan.window.begin(), plan.window.end());
  }
  plan.frames.resize(correction.size());
  solution.smooth = solution.raw;
  const Mat3 fixed_window = virtual_from_output(plan.picture_kept, track.size, plan.output);
  ThreadPool::shared().parallel_for(0, static_cast<int>(correction.size()), 512, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const auto t = static_cast<std::size_t>(i);
      const double strength = fit.strength[t];
      plan.frames[t].src_from_dst = fit.src_from_virtual[t] * (plan.window.empty() ? fixed_window : virtual_from_output(plan.window[t], track.size, plan.output));
      for (std::size_t c = 0; c < kPathChannels; ++c) solution.smooth.points[t][c] += strength * correction[t][c];
    }
  });
  plan.strength = std::move(fit.strength);
  plan.borders = certify_borders(plan.frames, plan.output, track.size);
  if (settings.framing == Framing::kNone) plan.filled = measure_filled(plan.frames, plan.output, track.size);
  return solution;
}

}  // namespace keel
