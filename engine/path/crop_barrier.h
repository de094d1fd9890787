// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "engine/math/banded_cholesky.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// The step's length, at most `most`, after which the first of some positive values is zero; `steepest` is the largest share of a value that a step of 1 takes off.
[[nodiscard]] inline double longest_step(double steepest, double most) { return steepest * most > 1 ? 1 / steepest : most; }

/// The crop limits' part in a primal-dual interior point method: slacks and multipliers of slope * x + slack = bound for every row of every
/// frame. Vectors over variables are frames x kLimitedChannels, frame major. The usual round: measure, add_multipliers, add_curvature, then set_target,
/// add_force and step for the predictor and again for the corrector, then advance.
class CropBarrier {
 public:
  /// Keeps a reference to `limits`, one per frame; they may change between two rounds.
  explicit CropBarrier(const std::vector<CropLimits>& limits);

  /// Slacks that fit `x`, at least 1e-3 of the picture.
  void start(std::span<const double> x);
  /// Multipliers: the same for all, or such that each product with its slack is `mu`.
  void set_multipliers(double value);
  void centre_multipliers(double mu);

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(slack_.size()); }
  /// Sum of slack * multiplier, after a step of these lengths along the last direction.
  [[nodiscard]] double gap(double primal_length = 0, double dual_length = 0) const;
  /// Updates how far the rows are from being met, and returns the largest.
  double measure(std::span<const double> x);
  /// out += slope' multipliers
  void add_multipliers(std::span<double> out) const;
  /// Adds slope' (multiplier / slack) slope to the frames' diagonal blocks.
  void add_curvature(SymmetricBand& system) const;
  /// The next direction leads to slack * multiplier = target; `correct` adds the second-order term of the last direction.
  void set_target(double target, bool correct);
  /// Adds what this target contributes to the right-hand side of the condensed system.
  void add_force(std::span<double> rhs) const;
  /// The direction of slacks and multipliers that belongs to `dx`.
  void step(std::span<const double> dx);
  /// Longest lengths that keep slacks, multipliers positive; at most `most`.
  [[nodiscard]] double longest_primal(double most) const { return longest_step((-step_slack_ / slack_).maxCoeff(), most); }
  [[nodiscard]] double longest_dual(double most) const { return longest_step((-step_dual_ / dual_).maxCoeff(), most); }
  void advance(double length);

 private:
  static constexpr std::size_t kRows = CropLimits::kRows;

  [[nodiscard]] double row(std::size_t f, std::size_t r, std::span<const double> x) const;
  /// out += factor * slope' v
  void add_transposed(const Eigen::ArrayXd& v, double factor, std::span<double> out) const;

  const std::vector<CropLimits>& limits_;
  Eigen::ArrayXd slack_, dual_, step_slack_, step_dual_, residual_, complementarity_, force_;
};

}  // namespace keel
