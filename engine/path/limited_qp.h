// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/math/banded_cholesky.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// minimise x' T x / 2 + g' x per channel (the same band matrix T of the frames for each), subject to every frame's CropLimits.
struct LimitedQp {
  const SymmetricBand& t;                  ///< order = frames, width 3, not factorised
  const std::vector<double>& gradient;     ///< frames x kLimitedChannels, frame major
  const std::vector<CropLimits>& limits;   ///< one per frame
};

/// Primal-dual interior point with Mehrotra's predictor-corrector. `x` is the start and the result, frame major. Stops when the duality gap and both residuals are
/// negligible on the problem scaled to a largest gradient of 1. Error: kCancelled; kInternal when 60 rounds do not give a usable answer.
[[nodiscard]] Result<void> solve_limited_qp(const LimitedQp& problem, std::vector<double>& x, std::stop_token stop);

}  // namespace keel
