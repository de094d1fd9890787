// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/path/camera_path.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// Windows that change slowly: nowhere above `largest` (the largest share that each frame allows), as large as that permits. Within a shot a running minimum over
/// `window_s` seconds on either side and then a weighted mean over the same reach, so that the zoom has begun before it is needed and eases in and out. Shares are
/// linear, 0 to 1. O(frames x window).
[[nodiscard]] std::vector<double> slow_windows(const std::vector<double>& largest, const CameraPath& path, double window_s);

/// How much of the output lies outside the source, exactly: the output's rectangle is clipped by the four sides of the source, which are straight lines in
/// it too. Pixels count as squares around their centres.
[[nodiscard]] FilledBorder measure_filled(const std::vector<FrameWarp>& frames, Size output, Size source);

}  // namespace keel
