// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/image/frame.h"

namespace keel {

/// Size of the picture that side_by_side() makes: each half as wide as its picture, rounded up to whole chroma samples; as high as the higher one.
[[nodiscard]] Size side_by_side_size(const PixelFormat& format, Size original, Size stabilized);

/// Both pictures in one, the original on the left, each sample for sample as it is, with a label in its upper left corner. Both have the same format. A half that
/// has to be rounded up repeats its last column or row; the lower picture stands in the middle of its half, over black. O(pixels), rows are shared over the pool.
[[nodiscard]] Frame side_by_side(const Frame& original, const Frame& stabilized);

}  // namespace keel
