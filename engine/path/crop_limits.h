// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "engine/path/camera_path.h"

namespace keel {

/// Channels that limits act on: shift and rotation. Not zoom: an optimiser would enlarge the picture to fit a shaking window into it, and so show less
/// of it than was promised.
inline constexpr int kLimitedChannels = 3;

/// The crop window's eight corner coordinates in the source as functions of one frame's correction, linear around a given one:
/// lower <= slope * d <= upper, for the first three channels of d (the rest of d is held).
struct CropLimits {
  static constexpr int kRows = 8;
  std::array<std::array<double, kLimitedChannels>, kRows> slope;
  std::array<double, kRows> lower, upper;
};

/// Linearises around `correction`. Units are the normalised frame's. `inset` is subtracted from both sides of every row.
[[nodiscard]] CropLimits linearize_crop(const PathPoint& correction, const PathFrame& frame, double crop, double inset);

}  // namespace keel
