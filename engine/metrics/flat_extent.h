// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/backend/launch.h"

namespace keel::metrics {

/// `count` invocations in rows as wide as a thread block; a body looks whether its index is one of them.
inline Extent flat_extent(int count) { return {kBlockWidth, (count + kBlockWidth - 1) / kBlockWidth}; }
KEEL_HD inline int flat_index(int x, int y) { return y * kBlockWidth + x; }

}  // namespace keel::metrics
