// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <vector>

#include "engine/path/camera_path.h"

namespace keel {

/// A shot's times for solvers that difference the path: `at` counts mean frame durations (`step_s`) from the shot's first frame. Each step is at least a tenth
/// of the mean: two frames at nearly the same instant would otherwise give speeds without bound.
struct ShotClock {
  double step_s = 1;
  std::vector<double> at;

  ShotClock(const CameraPath& path, const CameraPath::Shot& shot) : at(static_cast<std::size_t>(std::max(shot.end - shot.begin, 0)), 0.0) {
    constexpr double kLeastMean_s = 1e-3, kLeastStep = 0.1;
    if (at.size() < 2) return;
    const double* time = path.time_s.data() + shot.begin;
    step_s = std::max((time[at.size() - 1] - time[0]) / static_cast<double>(at.size() - 1), kLeastMean_s);
    for (std::size_t t = 1; t < at.size(); ++t) at[t] = at[t - 1] + std::max((time[t] - time[t - 1]) / step_s, kLeastStep);
  }
};

}  // namespace keel
