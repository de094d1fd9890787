// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
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

/// Primal-dual interior point with Mehrotra's predictor-corrector.
class LimitedQpSolver {
 public:
  /// Keeps references to what `problem` refers to, and to `x` (frame major), which is the start and the result.
  LimitedQpSolver(const LimitedQp& problem, std::vector<double>& x);
  ~LimitedQpSolver();
  LimitedQpSolver(const LimitedQpSolver&) = delete;
  LimitedQpSolver& operator=(const LimitedQpSolver&) = delete;

  /// Goes on until duality gap and both residuals are negligible on the problem scaled to a largest gradient of 1, or, where the answer need not be `exact`, until
  /// the gap is a hundredth. The limits may have been changed a little since the last run: what they no longer meet is made good. Error: kCancelled; kInternal
  /// when 60 rounds do not give a usable answer.
  [[nodiscard]] Result<void> run(bool exact, std::stop_token stop);

 private:
  class InteriorPoint;
  std::unique_ptr<InteriorPoint> rounds_;
};

}  // namespace keel
