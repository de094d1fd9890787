// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "engine/plan/warp_plan.h"

namespace keel {

/// Spelled "source" and "native".
[[nodiscard]] std::string_view to_string(OutputSize size);

/// The output that a plan's windows have in one size or the other, in px.
[[nodiscard]] Size output_size(const WarpPlan& plan, OutputSize size);

/// The same windows in another size, certified anew: what solving again would give. O(frames).
[[nodiscard]] WarpPlan with_output_size(WarpPlan plan, OutputSize size);

}  // namespace keel
