// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/image/frame.h"
#include "engine/plan/warp_plan.h"

namespace keel {

enum class Interpolation { kBilinear = 1, kBicubic };

/// Where a rendered picture is wanted.
enum class OutputPlace {
  kHost = 1,
  kDevice,  ///< where a GPU has rendered it, in its memory only (on_host()); whatever the CPU renders is on the host
};

/// Source samples that an output sample is made of, in one direction.
[[nodiscard]] constexpr int tap_count(Interpolation interpolation) { return interpolation == Interpolation::kBicubic ? 4 : 2; }

/// Frame + FrameWarp -> Frame of `output` size in the same format: one resampling per plane at the plane's own bit depth and
/// chroma siting. Rows are shared over the process's thread pool; the bytes do not depend on the number of threads.
[[nodiscard]] Frame render(const Frame& source, const FrameWarp& warp, Size output, Interpolation interpolation = Interpolation::kBicubic);

}  // namespace keel
