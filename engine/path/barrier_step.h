// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

namespace keel {

/// What a direction does to the positive slacks and multipliers of an interior point method.
struct BarrierStep {
  double steepest_primal = 0, steepest_dual = 0;  ///< the largest share of a slack or multiplier that a step of 1 takes off
  double along_primal = 0, along_both = 0;        ///< of the predictor alone: sums of slack step * multiplier and of slack step * multiplier step

  void add(const BarrierStep& other) {
    steepest_primal = std::max(steepest_primal, other.steepest_primal);
    steepest_dual = std::max(steepest_dual, other.steepest_dual);
    along_primal += other.along_primal;
    along_both += other.along_both;
  }
  /// The lengths, at most `most`, after which the first slack or multiplier is zero.
  [[nodiscard]] double longest_primal(double most) const { return steepest_primal * most > 1 ? 1 / steepest_primal : most; }
  [[nodiscard]] double longest_dual(double most) const { return steepest_dual * most > 1 ? 1 / steepest_dual : most; }
  /// What is left of `gap`, the sum of slack * multiplier, after steps of these lengths along the predictor. That one takes every product to 0 to first order:
  /// slack step * multiplier + slack * multiplier step = -product.
  [[nodiscard]] double gap_after(double gap, double primal, double dual) const {
    return std::max(0.0, (1 - dual) * gap + (primal - dual) * along_primal + primal * dual * along_both);
  }
};

}  // namespace keel
