// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_program.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/math/banded_cholesky.h"
#include "engine/path/absolute_barrier.h"
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
      : p_(p), x_(x), values_(p_.terms, p_.raw), dual_residual_(x.size()), rhs_(x.size()), step_(x.size()), constraints_(static_cast<double>(values_.size())),
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
      open();
      if (gap_ < wanted * values_.raw_cost() && largest(dual_residual_) < kDualPerGap * wanted * largest_cost_ && primal_residual_ < kPrimalPerGap * wanted) return {};
      if (!system_.factorize()) break;
      const BarrierStep affine = direction();
      const double left = affine.gap_after(gap_, affine.longest_primal(kFullStep), affine.longest_dual(kFullStep)) / gap_;
      correct(std::pow(left, 3) * gap_ / constraints_);
      const BarrierStep step = direction();
      // One length for both: with a quadratic term different lengths would break dual feasibility.
      length_ = std::min(1.0, kStepBack * std::min(step.longest_primal(kFullStep), step.longest_dual(kFullStep)));
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] += length_ * step_[i];
    }
    open();
    if (gap_ < kUsableGap * values_.raw_cost() && primal_residual_ < kUsablePrimal) return {};
    return Error{ErrorCode::kInternal, "The L1 path did not converge."};
  }

 private:
  static constexpr double kFullStep = 1 / kStepBack;

  /// Takes slacks and multipliers along, and prepares the predictor's system.
  void open() {
    system_.clear();
    for (std::size_t i = 0; i < x_.size(); ++i) {
      dual_residual_[i] = p_.stiffness[i] * x_[i];
      rhs_[i] = -dual_residual_[i];
      system_.at(static_cast<int>(i), static_cast<int>(i)) = p_.stiffness[i];
    }
    gap_ = values_.open(length_, dual_residual_, system_, rhs_);
    if (barrier_) {
      const CropBarrier::State state = barrier_->open(length_, x_, dual_residual_, system_, rhs_);
      gap_ += state.gap;
      primal_residual_ = state.largest_residual;
    }
    length_ = 0;
  }

  void correct(double target) {
    values_.correct(target, rhs_);
    if (barrier_) barrier_->correct(target, rhs_);
  }

  /// The Newton step that the right-hand side asks for.
  BarrierStep direction() {
    step_ = rhs_;
    system_.template solve<1>(step_);
    BarrierStep all = values_.step(step_);
    if (barrier_) all.add(barrier_->step(step_));
    return all;
  }

  [[nodiscard]] static double largest(const std::vector<double>& v) {
    double top = 0;
    for (const double a : v) top = std::max(top, std::abs(a));
    return top;
  }

  const L1Program p_;
  const std::span<double> x_;
  AbsoluteBarrier<kChannels> values_;
  std::optional<CropBarrier> barrier_;
  double gap_ = 0, primal_residual_ = 0, largest_cost_ = 0;
  double length_ = 0;  // that x went along the last direction, and slacks and multipliers did not yet
  std::vector<double> dual_residual_, rhs_, step_;
  double constraints_;
  SymmetricBand system_;
};

}  // namespace

std::vector<AbsoluteTerm> difference_terms(std::span<const double> times, const std::array<double, AbsoluteTerm::kMostTaps - 1>& costs) {
  std::vector<AbsoluteTerm> terms;
  terms.reserve(costs.size() * times.size());
  for (std::size_t first = 0; first < times.size(); ++first)
    for (std::size_t order = 1; order <= costs.size() && first + order < times.size(); ++order) {
      if (!(costs[order - 1] > 0)) continue;
      AbsoluteTerm term{static_cast<int>(first), static_cast<int>(order) + 1, {}, costs[order - 1]};
      for (std::size_t i = 0; i <= order; ++i) {
        double k = 1;
        for (std::size_t f = 2; f <= order; ++f) k *= static_cast<double>(f);
        for (std::size_t j = 0; j <= order; ++j)
          if (j != i) k /= times[first + i] - times[first + j];
        term.tap[i] = k;
      }
      terms.push_back(term);
    }
  return terms;
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
