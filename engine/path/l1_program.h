// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// cost * |sum of tap[k] * path[first + k]|, of every channel.
struct AbsoluteTerm {
  static constexpr int kMostTaps = 4;
  int first = 0;
  int taps = 0;
  std::array<double, kMostTaps> tap{};
  double cost = 0;
};

/// costs[order - 1] * |derivative of that order| for all places of a path with frames at `times`, place after place, without those that cost nothing: divided
/// differences times order!, so binomials where the times are 0, 1, 2, ...
[[nodiscard]] std::vector<AbsoluteTerm> difference_terms(std::span<const double> times, const std::array<double, AbsoluteTerm::kMostTaps - 1>& costs);

/// minimise over x: sum of stiffness * x^2 / 2 + the terms of (raw + x), subject to the limits where there are any. Vectors are frames x channels, frame
/// major; 1 channel without limits, or kLimitedChannels with one CropLimits per frame.
struct L1Program {
  std::span<const double> raw;
  std::span<const double> stiffness;        ///< positive
  const std::vector<AbsoluteTerm>& terms;   ///< in any order; by their first frame is fastest
  const std::vector<CropLimits>* limits = nullptr;
};

/// Primal-dual interior point (Mehrotra's predictor-corrector) on banded normal equations.
class L1Solver {
 public:
  /// Keeps references to what `program` refers to, and to `x`, which begins at 0 and is the result.
  L1Solver(const L1Program& program, std::span<double> x);
  ~L1Solver();
  L1Solver(const L1Solver&) = delete;
  L1Solver& operator=(const L1Solver&) = delete;

  /// Goes on to a duality gap of `gap`, as a share of what the terms cost on the raw path. The limits' rows may have been changed a little since the last run: what
  /// they no longer meet is made good. Error: kCancelled; kInternal when 80 rounds leave a gap of more than 1e-4.
  [[nodiscard]] Result<void> run(double gap, std::stop_token stop);

  class Rounds;

 private:
  std::unique_ptr<Rounds> rounds_;
};

}  // namespace keel
