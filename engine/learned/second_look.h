// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "engine/learned/ihn.h"

namespace keel::learned {

/// How much of the picture follows each pair's motion: [N], in units that compare between answers for one pair only. Each cell's worth, w / (1 + w) of its trust w, by how near its own
/// motion lies to the step's, times the root of the area over which those cells spread: a textured animal in front of a blurred meadow has the trust, but not the area.
[[nodiscard]] torch::Tensor spread_support(const Step& step, const ViewGeometry& geometry);

/// What else the cells of a step may mean: motions, [3,3] in normalised coordinates, none of which is `known` - the one that has most support and spread among many guesses from few
/// cells, and the same of the cells alone that disagree with the first known one, which is the answer so far. At most two. `pair`: row of the step. Deterministic; 1 to 2 ms.
[[nodiscard]] std::vector<torch::Tensor> other_motions(const Step& step, std::int64_t pair, std::span<const torch::Tensor> known, const ViewGeometry& geometry);

}  // namespace keel::learned
