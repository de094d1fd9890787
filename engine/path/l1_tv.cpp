// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_tv.h"

#include <algorithm>

#include "engine/path/l1_shot.h"
#include "engine/path/narrowing.h"
#include "engine/path/smoothing_window.h"

namespace keel {
namespace {

/// A sway of amplitude a and angular frequency w is removed altogether when 1 / pull exceeds about a / (shake w^2), so the square of the window is the measure.
/// The share of it is what still keeps 0.93 of the picture in a pan with the jitter of a hand; more would take slow sway out of the picture's room.
double pull_of(double window_frames) {
  constexpr double kShare = 0.45;
  return 1 / std::max(1.0, kShare * window_frames * window_frames);
}

}  // namespace

const AlgorithmInfo& L1TvSmoother::description() {
  static const AlgorithmInfo info{"l1-tv",
                                  "Constant speeds",
                                  "Pieces of constant speed with few changes between them, like a camera on a dolly",
                                  {smoothness_option("How seldom the speed changes: 0 follows within an eighth of a second, 1 within two seconds")}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> L1TvSmoother::make(const OptionValues& values) {
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<L1TvSmoother>(smoothing_window_s(description(), values)));
}

Result<CameraPath> L1TvSmoother::smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const {
  const SmoothAtShare at_share = [&](double share) -> Result<std::vector<PathPoint>> {
    std::vector<PathPoint> points = raw.points;
    for (const auto& range : raw.shots) {
      if (range.end - range.begin < 3) continue;
      const L1Shot shot(raw, range, share * window_s_);
      const std::vector<AbsoluteTerm> terms = difference_terms(shot.times(), {0, 1, 0});
      KEEL_ASSIGN(const std::vector<PathPoint> correction, shot.solve(terms, shot.pull_by_shake(pull_of(shot.window_frames())), kPathChannels, nullptr, stop));
      for (std::size_t t = 0; t < correction.size(); ++t)
        for (std::size_t c = 0; c < kPathChannels; ++c) points[static_cast<std::size_t>(range.begin) + t][c] += correction[t][c];
    }
    return points;
  };
  CameraPath out = raw;
  KEEL_ASSIGN(out.points, narrow_to_limits(raw, limits, window_s_, at_share, stop));
  return out;
}

}  // namespace keel
