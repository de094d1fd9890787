// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/path/path_smoother.h"

namespace keel {

/// The smoothest path within the limits: minimises, over the correction d of every frame at once,
///   sum weight |d|^2 + L^4 |second difference of (raw + d)|^2 + L^4 min(L, 0.35 s)^2 |third difference of (raw + d)|^2
/// subject to the crop window staying inside the picture in every frame. Where no limit binds this is Whittaker's smoother (a low-pass of length L that
/// leaves motion of constant speed alone, both ends included); where one binds, smoothness is given up only there and only as much as needed, with
/// foresight. Limits are linear in d to first order; they act on shift and rotation, the other channels are smoothed alone, with a length
/// of at most 0.35 s (the default's). Solved by a primal-dual interior
/// point method (Mehrotra, SIAM J. Optim. 1992) on a banded system, relinearised once. O(frames), with some 15 rounds
/// of the interior point where limits bind.
class L2OptimalSmoother final : public PathSmoother {
 public:
  explicit L2OptimalSmoother(double length_s) : length_s_(length_s) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<PathSmoother>> make(const OptionValues& values);

  [[nodiscard]] Result<CameraPath> smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const override;

 private:
  double length_s_;
};

}  // namespace keel
