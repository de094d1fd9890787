// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_optimal.h"

#include <algorithm>
#include <cmath>

#include "engine/path/cancelled.h"
#include "engine/path/l1_shot.h"
#include "engine/path/smoothing_window.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

constexpr const char *kSpeed = "speed_cost", *kAcceleration = "acceleration_cost", *kJerk = "jerk_cost";

/// A sway of amplitude a and angular frequency w leaves the third difference alone when the pull is below the jerk's cost times w^3 shake / a; with w as 1 / window the
/// shake that a Gaussian of this window takes out is gone during pans too. At rest the speed's cost takes out far slower sway.
double pull_of(double window_frames) {
  constexpr double kJerkCost = L1OptimalSmoother::Costs{}.jerk;
  return kJerkCost / std::pow(std::max(1.0, window_frames), 3);
}

}  // namespace

const AlgorithmInfo& L1OptimalSmoother::description() {
  static const AlgorithmInfo info{"l1-optimal",
                                  "Cinematic",
                                  "Rests, even pans and eased moves between them, inside the picture; planned over the whole shot",
                                  {smoothness_option("How long the camera rests and eases: 0 is an eighth of a second, 1 two seconds"),
                                   {kSpeed, "Cost of speed", "", "More makes the camera rest more often", 0, 1000, Costs{}.speed},
                                   {kAcceleration, "Cost of acceleration", "", "More makes it change its speed less often", 0, 1000, Costs{}.acceleration},
                                   {kJerk, "Cost of jerk", "", "More makes it ease in and out more slowly", 0, 1000, Costs{}.jerk}}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> L1OptimalSmoother::make(const OptionValues& values) {
  const auto cost = [&](const char* id) { return option_or_default(description(), values, id); };
  const Costs costs{cost(kSpeed), cost(kAcceleration), cost(kJerk)};
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<L1OptimalSmoother>(smoothing_window_s(description(), values), costs));
}

Result<CameraPath> L1OptimalSmoother::smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const {
  CameraPath out = raw;
  if (!leaves_room(limits)) return out;
  std::vector<L1Shot> shots;
  PathLimits shared = limits;
  for (const auto& range : raw.shots) {
    if (range.end - range.begin < 3) continue;
    if (stop.stop_requested()) return smoothing_cancelled();
    shots.emplace_back(raw, range, window_s_);
    shared.log_zoom = std::max(shared.log_zoom, zoom_within_reach(limits, shots.back().smooth_correction()));
  }
  for (const L1Shot& shot : shots) {
    const PathPoint pull = shot.pull_by_shake(pull_of(shot.window_frames()));
    const std::vector<AbsoluteTerm> terms = difference_terms(shot.times(), {costs_.speed, costs_.acceleration, costs_.jerk});
    KEEL_ASSIGN(std::vector<PathPoint> correction, shot.solve(terms, pull, kLimitedChannels, &shared, stop));
    KEEL_TRY(stay_inside(shared, correction, shot.solve_inside(terms, pull, stop)));
    for (std::size_t t = 0; t < correction.size(); ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) out.points[static_cast<std::size_t>(shot.begin()) + t][c] += correction[t][c];
  }
  return out;
}

}  // namespace keel
