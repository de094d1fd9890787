// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/image/frame.h"
#include "engine/math/mat3.h"

namespace keel {

/// Plane pixels from luma pixels, by the format's subsampling and the siting of its chroma (FFmpeg's AVChromaLocation numbers).
[[nodiscard]] Mat3 plane_from_luma(const PixelFormat& format, int plane, int chroma_location);

/// Sample value of black in one plane; transparent where that plane is the alpha.
[[nodiscard]] int black_sample(const PixelFormat& format, const ColorTags& color, int plane);
[[nodiscard]] inline int black_sample(const Frame& frame, int plane) { return black_sample(frame.format(), frame.color(), plane); }

}  // namespace keel
