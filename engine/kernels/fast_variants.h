// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "engine/kernels/lucas_kanade.h"
#include "engine/kernels/warp.h"

namespace keel {

/// Hand-vectorised siblings of plain bodies (the bodies stay their oracles). Call only when simd_avx2_enabled().
void track_points_avx2(const LkBody<LkScalarOps>& body, std::span<LkMatch> matches);
void warp_row_bicubic_avx2(const WarpPlane<std::uint8_t>& plane, int y);
void warp_row_bilinear_avx2(const WarpPlane<std::uint8_t>& plane, int y);
void warp_row_bicubic_avx2(const WarpPlane<std::uint16_t>& plane, int y);
void warp_row_bilinear_avx2(const WarpPlane<std::uint16_t>& plane, int y);

}  // namespace keel
