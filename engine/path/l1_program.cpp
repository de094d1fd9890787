// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_program.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/math/banded_cholesky.h"
#include "engine/path/crop_barrier.h"

namespace keel {
namespace {

constexpr int kMaxRounds = 80;
/// Of the raw path's cost.
constexpr double kUsableGap = 1e-4;
/// Residuals, as multiples of the gap that is asked for: of the largest cost, and of the normalised frame.
constexpr double kDualPerGap = 10, kPrimalPerGap = 1;
/// In the normalised frame.
constexpr double kUsablePrimal = 1e-6;
/// Share of the way to the boundary that a step may go.
constexpr double kStepBack = 0.99;

/// |z| <= bound for every term and channel, as two inequalities with slacks `up` = bound - z and `down` = bound + z. Their multipliers sum to the
/// term's cost, so the difference of the two says it all; bound and slacks are eliminated by hand and never violated.
template <int kChannels>
class AbsoluteValues {
 public:
  AbsoluteValues(const L1Program& p) : p_(p), size_(p.terms.size() * kChannels), z_(size_), up_(size_), down_(size_), up_dual_(size_), down_dual_(size_), dz_(size_), d_up_(size_), d_down_(size_), d_dual_(size_), force_(size_), stiffness_(size_), up_target_(size_), down_target_(size_), up_ratio_(size_), down_ratio_(size_), inverse_sum_(size_) {
    apply(p_.raw, z_);
    double mean = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      raw_cost_ += cost(i) * std::abs(z_[i]);
      mean += std::abs(z_[i]) / static_cast<double>(size_);
    }
    for (std::size_t i = 0; i < size_; ++i) {
      const double bound = std::abs(z_[i]) + mean;
      up_[i] = bound - z_[i];
      down_[i] = bound + z_[i];
      up_dual_[i] = down_dual_[i] = 0.5 * cost(i);
    }
  }

  [[nodiscard]] std::size_t size() const { return 2 * size_; }
  [[nodiscard]] double raw_cost() const { return raw_cost_; }
  [[nodiscard]] double gap(double primal = 0, double dual = 0) const {
    double sum = 0;
    for (std::size_t i = 0; i < size_; ++i)
      sum += (up_[i] + primal * d_up_[i]) * (up_dual_[i] + dual * d_dual_[i]) + (down_[i] + primal * d_down_[i]) * (down_dual_[i] - dual * d_dual_[i]);
    return sum;
  }
  /// out += A' (difference of the multipliers)
  void add_multipliers(std::span<double> out) {
    for (std::size_t i = 0; i < size_; ++i) force_[i] = up_dual_[i] - down_dual_[i];
    add_transposed(force_, 1, out);
  }
  void add_curvature(SymmetricBand& system) {
    for (std::size_t i = 0; i < size_; ++i) {
      up_ratio_[i] = up_dual_[i] / up_[i];
      down_ratio_[i] = down_dual_[i] / down_[i];
      inverse_sum_[i] = 1 / (up_ratio_[i] + down_ratio_[i]);
      stiffness_[i] = 4 * up_ratio_[i] * down_ratio_[i] * inverse_sum_[i];
    }
    for (std::size_t j = 0; j < p_.terms.size(); ++j) {
      const AbsoluteTerm& term = p_.terms[j];
      for (int a = 0; a < term.taps; ++a)
        for (int b = 0; b <= a; ++b) {
          const double k = term.tap[static_cast<std::size_t>(a)] * term.tap[static_cast<std::size_t>(b)];
          for (int c = 0; c < kChannels; ++c)
            system.at((term.first + a) * kChannels + c, (term.first + b) * kChannels + c) += k * stiffness_[j * kChannels + static_cast<std::size_t>(c)];
        }
    }
  }
  void set_target(double target, bool correct) {
    for (std::size_t i = 0; i < size_; ++i) {
      const double second = correct ? d_dual_[i] : 0.0;
      up_target_[i] = (target - up_[i] * up_dual_[i] - second * d_up_[i]) / up_[i];
      down_target_[i] = (target - down_[i] * down_dual_[i] + second * d_down_[i]) / down_[i];
    }
  }
  void add_force(std::span<double> rhs) {
    for (std::size_t i = 0; i < size_; ++i) {
      force_[i] = 2 * (down_ratio_[i] * up_target_[i] - up_ratio_[i] * down_target_[i]) * inverse_sum_[i];
    }
    add_transposed(force_, -1, rhs);
  }
  void step(std::span<const double> dx) {
    apply(dx, dz_);
    for (std::size_t i = 0; i < size_; ++i) {
      const double d_bound = (up_target_[i] + down_target_[i] + (up_ratio_[i] - down_ratio_[i]) * dz_[i]) * inverse_sum_[i];
      d_up_[i] = d_bound - dz_[i];
      d_down_[i] = d_bound + dz_[i];
      d_dual_[i] = up_target_[i] - up_ratio_[i] * d_up_[i];
    }
  }
  [[nodiscard]] double longest_primal(double most) const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (d_up_[i] < 0) most = std::min(most, -up_[i] / d_up_[i]);
      if (d_down_[i] < 0) most = std::min(most, -down_[i] / d_down_[i]);
    }
    return most;
  }
  [[nodiscard]] double longest_dual(double most) const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (d_dual_[i] < 0) most = std::min(most, -up_dual_[i] / d_dual_[i]);
      if (d_dual_[i] > 0) most = std::min(most, down_dual_[i] / d_dual_[i]);
    }
    return most;
  }
  void advance(double length) {
    for (std::size_t i = 0; i < size_; ++i) {
      up_[i] += length * d_up_[i];
      down_[i] += length * d_down_[i];
      up_dual_[i] += length * d_dual_[i];
      down_dual_[i] -= length * d_dual_[i];
    }
  }

 private:
  [[nodiscard]] double cost(std::size_t i) const { return p_.terms[i / kChannels].cost; }

  /// out = A v
  void apply(std::span<const double> v, std::vector<double>& out) const {
    for (std::size_t j = 0; j < p_.terms.size(); ++j) {
      const AbsoluteTerm& term = p_.terms[j];
      const double* at = v.data() + static_cast<std::ptrdiff_t>(term.first) * kChannels;
      double sum[kChannels] = {};
      for (int k = 0; k < term.taps; ++k)
        for (int c = 0; c < kChannels; ++c) sum[c] += term.tap[static_cast<std::size_t>(k)] * at[k * kChannels + c];
      std::copy_n(sum, kChannels, out.begin() + static_cast<std::ptrdiff_t>(j * kChannels));
    }
  }
  /// out += factor * A' v
  void add_transposed(const std::vector<double>& v, double factor, std::span<double> out) const {
    for (std::size_t j = 0; j < p_.terms.size(); ++j) {
      const AbsoluteTerm& term = p_.terms[j];
      double* at = out.data() + static_cast<std::ptrdiff_t>(term.first) * kChannels;
      for (int k = 0; k < term.taps; ++k)
        for (int c = 0; c < kChannels; ++c) at[k * kChannels + c] += factor * term.tap[static_cast<std::size_t>(k)] * v[j * kChannels + static_cast<std::size_t>(c)];
    }
  }

  const L1Program& p_;
  const std::size_t size_;
  double raw_cost_ = 0;
  std::vector<double> z_, up_, down_, up_dual_, down_dual_, dz_, d_up_, d_down_, d_dual_, force_, stiffness_, up_target_, down_target_;
  std::vector<double> up_ratio_, down_ratio_, inverse_sum_;  // multiplier over slack, once a round
};

template <int kChannels>
class InteriorPoint {
 public:
  InteriorPoint(const L1Program& p, std::span<double> x) : p_(p), x_(x), values_(p), dual_residual_(x.size()), step_(x.size()), constraints_(static_cast<double>(values_.size())) {
    std::fill(x_.begin(), x_.end(), 0.0);
    for (const AbsoluteTerm& term : p.terms) largest_cost_ = std::max(largest_cost_, term.cost);
    if (p.limits == nullptr) return;
    barrier_.emplace(*p.limits);
    barrier_->start(x_);
    // Every product of slack and multiplier begins alike.
    barrier_->centre_multipliers(values_.gap() / static_cast<double>(values_.size()));
    constraints_ += static_cast<double>(barrier_->size());
  }

  Result<void> run(std::stop_token stop) {
    // Nothing to remove.
    if (values_.raw_cost() <= 0) return {};
    for (int round = 0; round < kMaxRounds; ++round) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Smoothing was cancelled."};
      residuals();
      const double mu = gap() / constraints_;
      if (gap() < p_.gap * values_.raw_cost() && largest(dual_residual_) < kDualPerGap * p_.gap * largest_cost_ && primal_residual_ < kPrimalPerGap * p_.gap) return {};
      if (!factorize()) break;
      newton(0, false);
      const double primal = longest_primal(), dual = longest_dual();
      newton(std::pow(gap(primal, dual) / gap(), 3) * mu, true);
      // One length for both: with a quadratic term different lengths would break dual feasibility.
      const double length = std::min(1.0, kStepBack * std::min(longest_primal(), longest_dual()));
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] += length * step_[i];
      values_.advance(length);
      if (barrier_) barrier_->advance(length);
    }
    residuals();
    if (gap() < kUsableGap * values_.raw_cost() && primal_residual_ < kUsablePrimal) return {};
    return Error{ErrorCode::kInternal, "The L1 path did not converge."};
  }

 private:
  static constexpr double kFullStep = 1 / kStepBack;

  [[nodiscard]] double gap(double primal = 0, double dual = 0) const { return values_.gap(primal, dual) + (barrier_ ? barrier_->gap(primal, dual) : 0); }
  [[nodiscard]] double longest_primal() const { return barrier_ ? barrier_->longest_primal(values_.longest_primal(kFullStep)) : values_.longest_primal(kFullStep); }
  [[nodiscard]] double longest_dual() const { return barrier_ ? barrier_->longest_dual(values_.longest_dual(kFullStep)) : values_.longest_dual(kFullStep); }

  void residuals() {
    for (std::size_t i = 0; i < x_.size(); ++i) dual_residual_[i] = p_.stiffness[i] * x_[i];
    values_.add_multipliers(dual_residual_);
    if (!barrier_) return;
    barrier_->add_multipliers(dual_residual_);
    primal_residual_ = barrier_->measure(x_);
  }

  [[nodiscard]] bool factorize() {
    const int order = static_cast<int>(x_.size());
    system_ = SymmetricBand(order, AbsoluteTerm::kMostTaps * kChannels - 1);
    for (int i = 0; i < order; ++i) system_.at(i, i) = p_.stiffness[static_cast<std::size_t>(i)];
    values_.add_curvature(system_);
    if (barrier_) barrier_->add_curvature(system_);
    return system_.factorize();
  }

  /// Newton step towards slack * multiplier = target; `correct` adds the second-order term of the previous (affine) step.
  void newton(double target, bool correct) {
    for (std::size_t i = 0; i < step_.size(); ++i) step_[i] = -dual_residual_[i];
    values_.set_target(target, correct);
    values_.add_force(step_);
    if (barrier_) {
      barrier_->set_target(target, correct);
      barrier_->add_force(step_);
    }
    system_.template solve<1>(step_);
    values_.step(step_);
    if (barrier_) barrier_->step(step_);
  }

  [[nodiscard]] static double largest(const std::vector<double>& v) {
    double top = 0;
    for (const double a : v) top = std::max(top, std::abs(a));
    return top;
  }

  const L1Program& p_;
  const std::span<double> x_;
  AbsoluteValues<kChannels> values_;
  std::optional<CropBarrier> barrier_;
  double primal_residual_ = 0, largest_cost_ = 0;
  std::vector<double> dual_residual_, step_;
  double constraints_;
  SymmetricBand system_{1, 0};
};

}  // namespace

void add_differences(std::span<const double> times, int order, double cost, std::vector<AbsoluteTerm>& terms) {
  const auto points = static_cast<std::size_t>(order) + 1;
  for (std::size_t first = 0; first + points <= times.size(); ++first) {
    AbsoluteTerm term{static_cast<int>(first), order + 1, {}, cost};
    for (std::size_t i = 0; i < points; ++i) {
      double k = 1;
      for (int f = 2; f <= order; ++f) k *= f;
      for (std::size_t j = 0; j < points; ++j)
        if (j != i) k /= times[first + i] - times[first + j];
      term.tap[i] = k;
    }
    terms.push_back(term);
  }
}

Result<void> solve_l1_program(const L1Program& program, std::span<double> x, std::stop_token stop) {
  if (program.limits == nullptr) return InteriorPoint<1>(program, x).run(std::move(stop));
  return InteriorPoint<kLimitedChannels>(program, x).run(std::move(stop));
}

}  // namespace keel
