// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/geometry.h"
#include "engine/math/mat3.h"
#include "engine/math/row_bend.h"

namespace keel {

/// Size of the reduced picture that motion is measured on: the longer side at most `longer_px`, never enlarged, at least 1 px.
[[nodiscard]] Size working_size(Size source, int longer_px);

/// A homography between reduced pictures as one between source pictures. Working pixels are areas of the source's: centres map with a half-pixel offset.
[[nodiscard]] Mat3 at_source_size(const Mat3& working, Size working_picture, Size source);
/// Likewise for what rows show beyond it.
[[nodiscard]] RowBend at_source_size(const RowBend& working, Size working_picture, Size source);

}  // namespace keel
