// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/path/camera_path.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// A correction per frame (smooth minus raw, sl(3)) and the shares of it that may be applied.
struct FittedCorrection {
  double crop = 1;               ///< linear share of the picture that the fixed window shows
  std::vector<float> strength;   ///< per frame, 0 to 1
};

/// Chooses the largest fixed window, not below `keep`, and lowers the correction smoothly around frames that it would otherwise leave.
[[nodiscard]] FittedCorrection fit_crop(const std::vector<PathPoint>& correction, const std::vector<CameraPath::Shot>& shots, Size picture, double keep);

/// src_from_dst of one frame: output pixels through the centred window and the inverse correction into the source.
[[nodiscard]] Mat3 source_from_output(const PathPoint& correction, double strength, double crop, Size picture, Size output);

}  // namespace keel
