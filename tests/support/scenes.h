// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/math/row_bend.h"
#include "engine/sample/sample_clip.h"

namespace keel::test {

/// Camera turned by yaw, pitch, roll (rad) and the picture shifted and zoomed, as plane -> picture.
struct Pose {
  double yaw = 0, pitch = 0, roll = 0, x = 0, y = 0, zoom = 1;
};
Mat3 picture_from_plane(const Pose& pose, Size size, double focal_px);

/// Kinds of camera motion with exact ground truth: "walking", "panning", "rotating", "zooming", "perspective", "running".
/// scene_of() also knows "fast zoom", 3 % a frame.
const std::vector<std::string>& motion_kinds();
PlaneScene scene_of(const std::string& kind, int frames, std::uint32_t seed = 7);

/// What a camera and a scene can do to the pictures of a clip.
struct Degradation {
  double noise_sigma = 0;       ///< gray levels
  int blur_px = 0;              ///< horizontal motion blur length
  double exposure_step = 0;     ///< relative gain change between neighbouring frames, alternating sign
  double contrast = 1;          ///< texture left: 0.15 is a wall in fog
  double moving_share = 0;      ///< share of the picture's area covered by a foreground that moves by itself
};
/// A rendered frame, degraded; `foreground` is any picture of the same size that the moving part shows. Deterministic.
Frame degrade(const Frame& clean, const Frame& foreground, int index, const Degradation& d);

/// A gray frame as a rolling shutter shows it, its rows displaced by `bend`; cubic convolution in double precision.
Frame bent(const Frame& straight, const RowBend& bend);

}  // namespace keel::test
