// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "engine/image/frame.h"
#include "engine/image/gray_image.h"
#include "engine/kernels/corners.h"
#include "engine/kernels/lucas_kanade.h"
#include "engine/kernels/warp.h"

namespace keel {

/// The CPU executions of the kernels. Each gives the bits of its plain body; the fast variants are chosen at run time.

/// Luma of `frame` (G of a GBR frame) as 8 bits, area-averaged to `size`, which is not larger than the frame. Border replicated.
[[nodiscard]] GrayImage area_luma(const Frame& frame, Size size);

/// Next pyramid level (PyramidDownBody for a whole image); border replicated.
[[nodiscard]] GrayImage pyramid_down(const GrayImage& src);

/// Shi-Tomasi response of every pixel (CornerResponseBody), `src.width` floats a row.
[[nodiscard]] std::vector<float> corner_response(const GrayView& src);

/// Tracks all matches on the calling thread (LkBody), starting from their `cur`.
void track_points(const PyramidView& prev, const PyramidView& cur, bool round_trip, const LkParams& params, std::span<LkMatch> matches);

/// Rows [begin, end) of a plane's warp (WarpBody); `taps` is 2 or 4.
void warp_rows(const WarpPlane<std::uint8_t>& plane, int taps, int begin, int end);
void warp_rows(const WarpPlane<std::uint16_t>& plane, int taps, int begin, int end);

}  // namespace keel
