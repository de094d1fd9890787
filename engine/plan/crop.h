// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/path/camera_path.h"
#include "engine/path/crop_limits.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// A correction per frame (smooth minus raw, sl(3)) and the shares of it that may be applied.
struct FittedCorrection {
  double crop = 1;               ///< linear share of the picture that the fixed window shows
  std::vector<double> largest;   ///< per frame: the largest window that it fills, not below `crop`
  std::vector<float> strength;   ///< per frame, 0 to 1
  std::vector<FrameWarp> frames;  ///< per frame, px: the inverse of the correction as far as it is applied, with the whole virtual picture as output; no bends
};

/// Chooses the largest fixed window that shows no less than `limits.crop` of any frame, and lowers the correction smoothly around frames that it would otherwise leave. Where smoothing the zoom
/// enlarges frames further than there is room for, the zoom of `correction` is lowered for whole shots. Windows stay border_inset_px() inside the picture, or as far as the corrections
/// move it where that is less, and `limits.bend_px` further.
[[nodiscard]] FittedCorrection fit_crop(std::vector<PathPoint>& correction, const std::vector<CameraPath::Shot>& shots, const PathLimits& limits);

/// Output pixels to the virtual camera's picture: the centred window of linear share `crop`, scaled to the output.
[[nodiscard]] Mat3 virtual_from_output(double crop, Size picture, Size output);

}  // namespace keel
