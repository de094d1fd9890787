// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "engine/math/banded_cholesky.h"
#include "engine/path/barrier_step.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// The crop limits' part in a primal-dual interior point method: slacks and multipliers of slope * x + slack = bound for every row of every
/// frame. Vectors over variables are frames x kLimitedChannels, frame major. A round: open, step for the predictor, correct, step for the corrector.
class CropBarrier {
 public:
  /// Keeps a reference to `limits`, one per frame; they may change between two rounds.
  explicit CropBarrier(const std::vector<CropLimits>& limits) : limits_(limits), frames_(limits.size()) {}

  /// Slacks that fit `x`, at least 1e-3 of the picture.
  void start(std::span<const double> x);
  /// Multipliers: the same for all, or such that each product with its slack is `mu`.
  void set_multipliers(double value);
  void centre_multipliers(double mu);

  /// Number of slacks.
  [[nodiscard]] std::size_t size() const { return frames_.size() * CropLimits::kRows; }

  struct State {
    double gap = 0;               ///< sum of slack * multiplier
    double largest_residual = 0;  ///< how far the rows are from being met
  };
  /// Goes `length` along the last direction and looks at `x`, which went as far. Adds slope' multiplier to `dual_residual`, slope' (multiplier / slack) slope to the
  /// frames' diagonal blocks of `system`, and this part of the predictor's right-hand side (towards slack * multiplier = 0) to `rhs`.
  State open(double length, std::span<const double> x, std::span<double> dual_residual, SymmetricBand& system, std::span<double> rhs);
  /// Turns the right-hand side towards slack * multiplier = `target`, with the second-order term of the predictor's direction.
  void correct(double target, std::span<double> rhs);
  /// The direction that belongs to `dx`.
  BarrierStep step(std::span<const double> dx);

 private:
  using Rows = Eigen::Array<double, CropLimits::kRows, 1>;
  struct Frame {
    Rows slack, dual, step_slack, step_dual, residual;
  };
  /// What slack * multiplier shall be, with the predictor's second-order term.
  [[nodiscard]] Rows goal(const Frame& frame) const;
  [[nodiscard]] Rows rows(std::size_t f, std::span<const double> x) const;

  const std::vector<CropLimits>& limits_;
  std::vector<Frame> frames_;
  double target_ = 0;
  bool corrected_ = false;  // the direction is towards target_, not towards 0
};

}  // namespace keel
