// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/tripod.h"

#include <algorithm>
#include <cmath>

#include "engine/path/cancelled.h"
#include "engine/path/l1_shot.h"
#include "engine/path/smoothing_window.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

/// One shot's corrections to stand still in the middle. A channel without limits of its own that would need more than its part of the room is smoothed.
std::vector<PathPoint> lock(const CameraPath& raw, const PathLimits& limits, const L1Shot& shot) {
  const PathPoint reach = unlimited_reach(limits.crop);
  std::vector<PathPoint> correction = shot.smooth_correction();
  for (std::size_t c = 0; c < kPathChannels; ++c) {
    const auto value = [&](std::size_t t) { return raw.points[static_cast<std::size_t>(shot.begin()) + t][c]; };
    double low = value(0), high = value(0);
    for (std::size_t t = 0; t < correction.size(); ++t) {
      low = std::min(low, value(t));
      high = std::max(high, value(t));
    }
    if (c >= kLimitedChannels && 0.5 * (high - low) > reach[c]) continue;
    for (std::size_t t = 0; t < correction.size(); ++t) correction[t][c] = 0.5 * (low + high) - value(t);
  }
  return correction;
}

}  // namespace

const AlgorithmInfo& TripodSmoother::description() {
  static const AlgorithmInfo info{"tripod",
                                  "Tripod",
                                  "The camera stands still as long as the picture allows, and moves slowly where it does not",
                                  {smoothness_option("How gently it moves where it cannot stand still: 0 within an eighth of a second, 1 within two seconds")}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> TripodSmoother::make(const OptionValues& values) {
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<TripodSmoother>(smoothing_window_s(description(), values)));
}

Result<CameraPath> TripodSmoother::smooth(const CameraPath& measured, const PathLimits& limits, std::stop_token stop) const {
  CameraPath out = measured;
  if (!leaves_room(limits)) return out;
  // What stands still by a sum of small motions slides away with their errors.
  CameraPath raw = measured;
  for (std::size_t t = 0; t < raw.drift.size(); ++t)
    for (std::size_t c = 0; c < kPathChannels; ++c) raw.points[t][c] += raw.drift[t][c];
  std::vector<L1Shot> shots;
  std::vector<std::vector<PathPoint>> locked;
  PathLimits shared = limits;
  for (const auto& range : raw.shots) {
    if (range.end - range.begin < 2) continue;
    if (stop.stop_requested()) return smoothing_cancelled();
    shots.emplace_back(raw, range, window_s_);
    locked.push_back(lock(raw, limits, shots.back()));
    shared.log_zoom = std::max(shared.log_zoom, zoom_within_reach(limits, locked.back()));
  }
  for (std::size_t s = 0; s < shots.size(); ++s) {
    const L1Shot& shot = shots[s];
    std::vector<PathPoint>& correction = locked[s];
    const double window = std::max(1.0, shot.window_frames());
    const std::vector<AbsoluteTerm> terms = difference_terms(shot.times(), {1, window, window * window});
    // Picks the middle where several paths move equally little. All frames together at the edge of the room cost a twentieth of moving there.
    PathPoint pull;
    pull.fill(0.2 / ((1 - limits.crop) * shot.frames()));
    KEEL_TRY(stay_inside(shared, correction, shot.solve_inside(terms, pull, stop)));
    for (std::size_t t = 0; t < correction.size(); ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) out.points[static_cast<std::size_t>(shot.begin()) + t][c] += correction[t][c];
  }
  return out;
}

}  // namespace keel
