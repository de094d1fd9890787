// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/math/motion_models.h"

namespace keel::fit {

/// The similarity that the picture follows on the whole, for scenes of many depths where no plane holds. It starts from the median shift of all matches, so that every
/// frame averages the same things, where a search for the best plane would find another one each time; then the basin of its Geman-McClure weights
/// narrows to what the scene's own disagreement is (graduated non-convexity: Blake and Zisserman 1987; Yang et al. 2020). Private to engine/math. About 0.1 ms for 500 matches.
struct BroadFit {
  Params params;
  std::vector<float> weights;  ///< of the matches
  double scale_px = 0;         ///< weighted residual of one axis
  double basin_px = 0;         ///< residual at which a match counts a quarter
};
[[nodiscard]] BroadFit broad_similarity(const Matches& m);

}  // namespace keel::fit
