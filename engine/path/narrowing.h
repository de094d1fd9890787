// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// Smooths all shots of the raw path with a window of `share` (0 to 1) of the wanted length; one point per frame.
using SmoothAtShare = std::function<Result<std::vector<PathPoint>>(double share)>;

/// How smoothers that do not plan with the limits obey them: around frames that would leave the window of `limits` the smoothing window narrows,
/// in half octaves, and widens again by the distance to them, up to `window_s` seconds; in the end there is the raw path. So fast shake is still removed there and only slow
/// sway stays. Levels are smoothed only when they are needed. What the blend of levels leaves over, the plan trims. Errors: kCancelled and those of `smooth`.
[[nodiscard]] Result<std::vector<PathPoint>> narrow_to_limits(const CameraPath& raw, const PathLimits& limits, double window_s, const SmoothAtShare& smooth,
                                                              std::stop_token stop);

}  // namespace keel
