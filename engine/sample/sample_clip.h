// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/image/frame.h"
#include "engine/math/mat3.h"

namespace keel {

/// A textured plane seen by a moving camera, with exactly known motion: the built-in sample and the tests' ground truth.
struct PlaneScene {
  Size size{640, 360};
  std::uint32_t seed = 1;
  /// Per frame: plane pixels -> picture pixels.
  std::vector<Mat3> picture_from_plane;
  bool color = false;  ///< 4:2:0 colour instead of gray
};

/// Renders frame `index` with area anti-aliasing (4x4 samples per pixel). The texture is procedural: defined everywhere, with detail at all scales.
[[nodiscard]] Frame render_plane(const PlaneScene& scene, int index);

/// Exact `cur_from_prev` between two frames of the scene.
[[nodiscard]] Mat3 exact_motion(const PlaneScene& scene, int prev, int cur);

/// A hand-held walk over the plane with a slow pan: `frames` frames of `size`; deterministic for a seed.
[[nodiscard]] PlaneScene handheld_scene(Size size, int frames, std::uint32_t seed, bool color);

}  // namespace keel
