// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "engine/math/banded_cholesky.h"
#include "engine/path/barrier_step.h"
#include "engine/path/l1_program.h"

namespace keel {

/// The absolute terms' part in a primal-dual interior point method: |z| <= bound for every term and channel, as two inequalities with slacks `up` = bound - z and
/// `down` = bound + z. Their multipliers sum to the term's cost, so the difference of the two says it all; bound and slacks are eliminated by hand and never
/// violated. The rounds are CropBarrier's. All that a round does to a term is done while it is in the cache, block after block.
template <int kChannels>
class AbsoluteBarrier {
 public:
  /// Keeps a reference to `terms`. Slacks and multipliers begin at the path `raw`, which costs raw_cost().
  AbsoluteBarrier(const std::vector<AbsoluteTerm>& terms, std::span<const double> raw) : terms_(terms) {
    double distance = 0;
    for (std::size_t first = 0; first < terms_.size(); first += kTerms) {
      Block& b = blocks_.emplace_back();
      b.first = first;
      const auto lanes = static_cast<Eigen::Index>(std::min(kTerms, terms_.size() - first)) * kChannels;
      b.up_dual.resize(lanes);
      for (Eigen::Index i = 0; i < lanes; ++i) b.up_dual[i] = 0.5 * terms_[first + static_cast<std::size_t>(i) / kChannels].cost;
      b.down_dual = b.up_dual;
      const Lanes z = apply(b, raw);
      distance += z.abs().sum();
      raw_cost_ += 2 * (b.up_dual * z.abs()).sum();
      b.up = z.abs() - z;
      b.down = z.abs() + z;
      b.d_up = b.d_down = b.d_dual = Lanes::Zero(lanes);
    }
    const double room = distance / static_cast<double>(std::max<std::size_t>(1, size() / 2));
    for (Block& b : blocks_) {
      b.up += room;
      b.down += room;
    }
  }

  /// Number of slacks.
  [[nodiscard]] std::size_t size() const { return 2 * kChannels * terms_.size(); }
  [[nodiscard]] double raw_cost() const { return raw_cost_; }
  /// Sum of slack * multiplier.
  [[nodiscard]] double gap() const {
    double sum = 0;
    for (const Block& b : blocks_) sum += (b.up * b.up_dual + b.down * b.down_dual).sum();
    return sum;
  }

  /// Goes `length` along the last direction and returns the gap. The rest is as in CropBarrier::open().
  double open(double length, std::span<double> dual_residual, SymmetricBand& system, std::span<double> rhs) {
    corrected_ = false;
    double gap = 0;
    for (Block& b : blocks_) {
      b.up += length * b.d_up;
      b.down += length * b.d_down;
      b.up_dual += length * b.d_dual;
      b.down_dual -= length * b.d_dual;
      gap += (b.up * b.up_dual + b.down * b.down_dual).sum();
      const Lanes scale = b.scale(), difference = b.up_dual - b.down_dual;
      add_transposed(b, difference, 1, dual_residual);
      add_transposed(b, (b.up_dual + b.down_dual) * (b.up_dual * b.down - b.down_dual * b.up) * scale, -1, rhs);
      add_curvature(b, 4 * b.up_dual * b.down_dual * scale, system);
    }
    return gap;
  }
  void correct(double target, std::span<double> rhs) {
    corrected_ = true;
    target_ = target;
    for (const Block& b : blocks_) add_transposed(b, 2 * (b.down_dual * up_goal(b) - b.up_dual * down_goal(b)) * b.scale(), -1, rhs);
  }
  BarrierStep step(std::span<const double> dx) {
    BarrierStep all;
    for (Block& b : blocks_) {
      const Lanes z = apply(b, dx), up_goal = this->up_goal(b), down_goal = this->down_goal(b), up_inverse = b.up.inverse();
      b.d_down = (up_goal * b.down + down_goal * b.up - (b.up_dual + b.down_dual) * b.up * b.down + (b.up_dual * b.down - b.down_dual * b.up) * z) * b.scale();  // of the bound
      b.d_up = b.d_down - z;
      b.d_down += z;
      b.d_dual = (up_goal - b.up_dual * b.d_up) * up_inverse - b.up_dual;
      BarrierStep step{.steepest_primal = std::max((-b.d_up * up_inverse).maxCoeff(), (-b.d_down / b.down).maxCoeff()),
                       .steepest_dual = std::max((-b.d_dual / b.up_dual).maxCoeff(), (b.d_dual / b.down_dual).maxCoeff())};
      if (!corrected_) {
        step.along_primal = (b.d_up * b.up_dual + b.d_down * b.down_dual).sum();
        step.along_both = ((b.d_up - b.d_down) * b.d_dual).sum();
      }
      all.add(step);
    }
    return all;
  }

 private:
  static constexpr std::size_t kTerms = 48 / kChannels;
  using Lanes = Eigen::Array<double, Eigen::Dynamic, 1, 0, static_cast<int>(kTerms) * kChannels, 1>;

  /// Some neighbouring terms, channels side by side. A round is bound by what it reads and writes: what one division gives again is not kept.
  struct Block {
    std::size_t first = 0;
    Lanes up, down, up_dual, down_dual, d_up, d_down, d_dual;

    /// Of everything that is left once bound and slacks are eliminated: 1 / (up_dual / up + down_dual / down), over both slacks.
    [[nodiscard]] Lanes scale() const { return (up_dual * down + down_dual * up).inverse(); }
  };
  /// What slack * multiplier shall be, with the predictor's second-order term.
  [[nodiscard]] Lanes up_goal(const Block& b) const { return corrected_ ? Lanes(target_ - b.d_dual * b.d_up) : Lanes::Zero(b.up.size()); }
  [[nodiscard]] Lanes down_goal(const Block& b) const { return corrected_ ? Lanes(target_ + b.d_dual * b.d_down) : Lanes::Zero(b.up.size()); }

  /// The terms' values, A v.
  [[nodiscard]] Lanes apply(const Block& b, std::span<const double> v) const {
    Lanes out(b.up_dual.size());
    for (Eigen::Index i = 0; i < out.size(); i += kChannels) {
      const AbsoluteTerm& term = terms_[b.first + static_cast<std::size_t>(i) / kChannels];
      const double* at = v.data() + static_cast<std::ptrdiff_t>(term.first) * kChannels;
      double sum[kChannels] = {};
      for (int k = 0; k < term.taps; ++k)
        for (int c = 0; c < kChannels; ++c) sum[c] += term.tap[static_cast<std::size_t>(k)] * at[k * kChannels + c];
      for (int c = 0; c < kChannels; ++c) out[i + c] = sum[c];
    }
    return out;
  }
  /// out += factor * A' v
  void add_transposed(const Block& b, const Lanes& v, double factor, std::span<double> out) const {
    for (Eigen::Index i = 0; i < v.size(); i += kChannels) {
      const AbsoluteTerm& term = terms_[b.first + static_cast<std::size_t>(i) / kChannels];
      double* at = out.data() + static_cast<std::ptrdiff_t>(term.first) * kChannels;
      for (int k = 0; k < term.taps; ++k) {
        const double tap = factor * term.tap[static_cast<std::size_t>(k)];
        for (int c = 0; c < kChannels; ++c) at[k * kChannels + c] += tap * v[i + c];
      }
    }
  }
  /// system += A' diagonal(stiffness) A
  void add_curvature(const Block& b, const Lanes& stiffness, SymmetricBand& system) const {
    for (Eigen::Index i = 0; i < stiffness.size(); i += kChannels) {
      const AbsoluteTerm& term = terms_[b.first + static_cast<std::size_t>(i) / kChannels];
      for (int one = 0; one < term.taps; ++one)
        for (int two = 0; two <= one; ++two) {
          const double k = term.tap[static_cast<std::size_t>(one)] * term.tap[static_cast<std::size_t>(two)];
          for (int c = 0; c < kChannels; ++c) system.at((term.first + one) * kChannels + c, (term.first + two) * kChannels + c) += k * stiffness[i + c];
        }
    }
  }

  const std::vector<AbsoluteTerm>& terms_;
  std::vector<Block> blocks_;
  double raw_cost_ = 0, target_ = 0;
  bool corrected_ = false;  // the direction is towards target_, not towards 0
};

}  // namespace keel
