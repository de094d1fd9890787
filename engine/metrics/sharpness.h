// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "engine/image/frame.h"
#include "engine/math/mat3.h"

namespace keel::metrics {

/// Variance of the 4-neighbour Laplacian of the output's luma over that of the source drawn once in the same geometry by Lanczos-3 (the
/// best a single resampling can do). Taken at full size from a centred window of at most 480x360. `source_from_output` is in full-size
/// px. Empty where the window leaves the source or holds no detail.
[[nodiscard]] std::optional<double> sharpness_ratio(const Frame& source, const Frame& output, const Mat3& source_from_output);

}  // namespace keel::metrics
