// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/math/banded_cholesky.h"
#include "engine/path/camera_path.h"

namespace keel {

/// Brings every channel of a shot's corrections within its `reach`, on both sides of 0 (infinite: as it is). Of all corrections within it the one nearest to `correction`, where nearness is the
/// quadratic `form` of the frames (DifferenceForm): so a channel comes to its bound and leaves it without a jerk, where plain clipping would follow the raw path's every turn from there on.
/// Cost: nothing where all is within, else an interior point solve for each three channels that are not. Error: kCancelled.
[[nodiscard]] Result<void> bound_channels(const PathPoint& reach, const SymmetricBand& form, std::span<PathPoint> correction, std::stop_token stop);

}  // namespace keel
