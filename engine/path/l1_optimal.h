// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/path/path_smoother.h"

namespace keel {

/// The L1-optimal camera path (Grundmann, Kwatra, Essa: CVPR 2011): minimises 10 |D| + 1 |D2| + 100 |D3| of the path (the costs are options), so that it consists of rests, even
/// pans and eased moves between them, with the crop window inside the picture in every frame. Added is a weak pull to the raw path, which says how far the
/// camera may rest away from where it was pointed when there is room; more smoothness is less pull. All this holds for shift and
/// rotation, what a tripod's head can do. Zoom and the small channels are smoothed by `kalman-rts`: at rest they would hold the picture against its own change
/// while the camera walks, and an optimiser that may zoom would enlarge the picture to make room. Limits act as in `l2-optimal`: linear in the correction,
/// relinearised once.
/// Uses the frames' times. O(frames), with some 30 rounds of an interior point, twice where limits bind.
class L1OptimalSmoother final : public PathSmoother {
 public:
  /// What a unit of speed, acceleration and jerk costs, per frame duration.
  struct Costs {
    double speed = 10, acceleration = 1, jerk = 100;
  };
  L1OptimalSmoother(double window_s, Costs costs) : window_s_(window_s), costs_(costs) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<PathSmoother>> make(const OptionValues& values);

  [[nodiscard]] Result<CameraPath> smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const override;

 private:
  double window_s_;
  Costs costs_;
};

}  // namespace keel
