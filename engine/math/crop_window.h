// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/math/mat3.h"

namespace keel {

/// Largest linear share k of a centred window with the picture's aspect whose corner pixel centres `src_from_virtual` sends inside the picture, at least
/// `inset_px` away from its outermost pixel centres, with positive denominators: then the whole window is inside. 0 when not even the centre is; at most
/// 1. Closed form: along a ray from the centre every condition is linear in k.
[[nodiscard]] double largest_crop(const Mat3& src_from_virtual, Size picture, double inset_px = 0);

}  // namespace keel
