// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_program.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/math/banded_cholesky.h"
#include "engine/path/cancelled.h"
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

using Array = Eigen::ArrayXd;

/// |z| <= bound for every term and channel, as two inequalities with slacks `up` = bound - z and `down` = bound + z. Their multipliers sum to the
/// term's cost, so the difference of the two says it all; bound and slacks are eliminated by hand and never violated.
template <int kChannels>
class AbsoluteValues {
 public:
  explicit AbsoluteValues(const L1Program& p) : p_(p), size_(static_cast<Eigen::Index>(p.terms.size() * kChannels)), z_(size_), up_dual_(size_) {
    for (Eigen::Index i = 0; i < size_; ++i) up_dual_[i] = 0.5 * p_.terms[static_cast<std::size_t>(i) / kChannels].cost;
    down_dual_ = up_dual_;
    apply(p_.raw, z_);
    raw_cost_ = 2 * (up_dual_ * z_.abs()).sum();
    up_ = z_.abs() - z_ + z_.abs().sum() / static_cast<double>(std::max<Eigen::Index>(1, size_));
    down_ = up_ + 2 * z_;
    d_up_ = d_down_ = d_dual_ = Array::Zero(size_);
  }

  [[nodiscard]] std::size_t size() const { return 2 * static_cast<std::size_t>(size_); }
  [[nodiscard]] double raw_cost() const { return raw_cost_; }
  [[nodiscard]] double gap(double primal = 0, double dual = 0) const {
    return ((up_ + primal * d_up_) * (up_dual_ + dual * d_dual_) + (down_ + primal * d_down_) * (down_dual_ - dual * d_dual_)).sum();
  }
  /// out += A' (difference of the multipliers)
  void add_multipliers(std::span<double> out) {
    force_ = up_dual_ - down_dual_;
    add_transposed(force_, 1, out);
  }
  void add_curvature(SymmetricBand& system) {
    up_inverse_ = up_.inverse();
    down_inverse_ = down_.inverse();
    up_ratio_ = up_dual_ * up_inverse_;
    down_ratio_ = down_dual_ * down_inverse_;
    inverse_sum_ = (up_ratio_ + down_ratio_).inverse();
    stiffness_ = 4 * up_ratio_ * down_ratio_ * inverse_sum_;
    for (std::size_t j = 0; j < p_.terms.size(); ++j) {
      const AbsoluteTerm& term = p_.terms[j];
      const double* stiffness = stiffness_.data() + j * kChannels;
      for (int a = 0; a < term.taps; ++a)
        for (int b = 0; b <= a; ++b) {
          const double k = term.tap[static_cast<std::size_t>(a)] * term.tap[static_cast<std::size_t>(b)];
          for (int c = 0; c < kChannels; ++c) system.at((term.first + a) * kChannels + c, (term.first + b) * kChannels + c) += k * stiffness[c];
        }
    }
  }
  void set_target(double target, bool correct) {
    const double second = correct ? 1 : 0;
    up_target_ = (target - second * d_dual_ * d_up_) * up_inverse_ - up_dual_;
    down_target_ = (target + second * d_dual_ * d_down_) * down_inverse_ - down_dual_;
  }
  void add_force(std::span<double> rhs) {
    force_ = 2 * (down_ratio_ * up_target_ - up_ratio_ * down_target_) * inverse_sum_;
    add_transposed(force_, -1, rhs);
  }
  void step(std::span<const double> dx) {
    apply(dx, z_);
    d_down_ = (up_target_ + down_target_ + (up_ratio_ - down_ratio_) * z_) * inverse_sum_;  // of the bound
    d_up_ = d_down_ - z_;
    d_down_ += z_;
    d_dual_ = up_target_ - up_ratio_ * d_up_;
  }
  [[nodiscard]] double longest_primal(double most) const { return longest_step(std::max((-d_up_ * up_inverse_).maxCoeff(), (-d_down_ * down_inverse_).maxCoeff()), most); }
  [[nodiscard]] double longest_dual(double most) const { return longest_step(std::max((-d_dual_ / up_dual_).maxCoeff(), (d_dual_ / down_dual_).maxCoeff()), most); }
  void advance(double length) {
    up_ += length * d_up_;
    down_ += length * d_down_;
    up_dual_ += length * d_dual_;
    down_dual_ -= length * d_dual_;
  }

 private:
  /// out = A v
  void apply(std::span<const double> v, Array& out) const {
    for (std::size_t j = 0; j < p_.terms.size(); ++j) {
      const AbsoluteTerm& term = p_.terms[j];
      const double* at = v.data() + static_cast<std::ptrdiff_t>(term.first) * kChannels;
      double sum[kChannels] = {};
      for (int k = 0; k < term.taps; ++k)
        for (int c = 0; c < kChannels; ++c) sum[c] += term.tap[static_cast<std::size_t>(k)] * at[k * kChannels + c];
      std::copy_n(sum, kChannels, out.data() + j * kChannels);
    }
  }
  /// out += factor * A' v
  void add_transposed(const Array& v, double factor, std::span<double> out) const {
    for (std::size_t j = 0; j < p_.terms.size(); ++j) {
      const AbsoluteTerm& term = p_.terms[j];
      double* at = out.data() + static_cast<std::ptrdiff_t>(term.first) * kChannels;
      for (int k = 0; k < term.taps; ++k)
        for (int c = 0; c < kChannels; ++c) at[k * kChannels + c] += factor * term.tap[static_cast<std::size_t>(k)] * v.data()[j * kChannels + static_cast<std::size_t>(c)];
    }
  }

  const L1Program& p_;
  const Eigen::Index size_;
  double raw_cost_ = 0;
  Array z_, up_, down_, up_dual_, down_dual_, d_up_, d_down_, d_dual_, force_, stiffness_, up_target_, down_target_;
  Array up_inverse_, down_inverse_, up_ratio_, down_ratio_, inverse_sum_;  // of the slacks and of multiplier over slack, once a round
};

}  // namespace

class L1Solver::Rounds {
 public:
  virtual ~Rounds() = default;
  virtual Result<void> run(double gap, std::stop_token stop) = 0;
};

namespace {

template <int kChannels>
class InteriorPoint final : public L1Solver::Rounds {
 public:
  InteriorPoint(const L1Program& p, std::span<double> x)
      : p_(p), x_(x), values_(p_), dual_residual_(x.size()), step_(x.size()), constraints_(static_cast<double>(values_.size())),
        system_(static_cast<int>(x.size()), AbsoluteTerm::kMostTaps * kChannels - 1) {
    std::fill(x_.begin(), x_.end(), 0.0);
    for (const AbsoluteTerm& term : p.terms) largest_cost_ = std::max(largest_cost_, term.cost);
    if (p.limits == nullptr) return;
    barrier_.emplace(*p.limits);
    barrier_->start(x_);
    // Every product of slack and multiplier begins alike.
    barrier_->centre_multipliers(values_.gap() / static_cast<double>(values_.size()));
    constraints_ += static_cast<double>(barrier_->size());
  }

  Result<void> run(double wanted, std::stop_token stop) override {
    // Nothing to remove.
    if (values_.raw_cost() <= 0) return {};
    for (int round = 0; round < kMaxRounds; ++round) {
      if (stop.stop_requested()) return smoothing_cancelled();
      residuals();
      const double mu = gap() / constraints_;
      if (gap() < wanted * values_.raw_cost() && largest(dual_residual_) < kDualPerGap * wanted * largest_cost_ && primal_residual_ < kPrimalPerGap * wanted) return {};
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
    system_.clear();
    for (int i = 0; i < system_.order(); ++i) system_.at(i, i) = p_.stiffness[static_cast<std::size_t>(i)];
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

  const L1Program p_;
  const std::span<double> x_;
  AbsoluteValues<kChannels> values_;
  std::optional<CropBarrier> barrier_;
  double primal_residual_ = 0, largest_cost_ = 0;
  std::vector<double> dual_residual_, step_;
  double constraints_;
  SymmetricBand system_;
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

L1Solver::L1Solver(const L1Program& program, std::span<double> x) {
  if (program.limits == nullptr)
    rounds_ = std::make_unique<InteriorPoint<1>>(program, x);
  else
    rounds_ = std::make_unique<InteriorPoint<kLimitedChannels>>(program, x);
}

L1Solver::~L1Solver() = default;

Result<void> L1Solver::run(double gap, std::stop_token stop) { return rounds_->run(gap, std::move(stop)); }

}  // namespace keel
