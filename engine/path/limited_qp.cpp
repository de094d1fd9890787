// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/limited_qp.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/path/cancelled.h"
#include "engine/path/crop_barrier.h"

namespace keel {
namespace {

constexpr int kChannels = kLimitedChannels;
constexpr int kMaxRounds = 60;
/// On the scaled problem (largest gradient 1). The slowest directions weigh a millionth of that, so the gap must be far below.
constexpr double kGapTolerance = 1e-11, kDualTolerance = 1e-8, kPrimalTolerance = 1e-8;
constexpr double kRoughGap = 1e-6, kRoughDual = 1e-3;
/// A feasible answer that is not fully polished is still a good path.
constexpr double kUsableGap = 1e-6, kUsablePrimal = 1e-6;
/// Share of the way to the boundary that a step may go.
constexpr double kStepBack = 0.995;
constexpr double kFirstMultiplier = 0.1;

double largest(const std::vector<double>& v) {
  double top = 1e-12;
  for (const double a : v) top = std::max(top, std::abs(a));
  return top;
}

}  // namespace

class LimitedQpSolver::InteriorPoint {
 public:
  InteriorPoint(const LimitedQp& p, std::vector<double>& x)
      : p_(p), x_(x), frames_(p_.t.order()), scale_(1 / largest(p.gradient)), barrier_(p.limits), dual_residual_(x.size()), rhs_(x.size()), step_(x.size()),
        system_(frames_ * kChannels, p.t.width() * kChannels + kChannels - 1) {
    barrier_.start(x);
    barrier_.set_multipliers(kFirstMultiplier);
  }

  Result<void> run(bool exact, std::stop_token stop) {
    const double wanted_gap = exact ? kGapTolerance : kRoughGap, wanted_dual = exact ? kDualTolerance : kRoughDual;
    const double constraints = static_cast<double>(barrier_.size());
    for (int round = 0; round < kMaxRounds; ++round) {
      if (stop.stop_requested()) return smoothing_cancelled();
      open();
      if (state_.gap / constraints < wanted_gap && largest(dual_residual_) < wanted_dual && state_.largest_residual < kPrimalTolerance) return {};
      if (!system_.factorize()) break;
      const BarrierStep affine = direction();
      const double left = affine.gap_after(state_.gap, affine.longest_primal(kFullStep), affine.longest_dual(kFullStep)) / state_.gap;
      barrier_.correct(std::pow(left, 3) * state_.gap / constraints, rhs_);
      const BarrierStep step = direction();
      // One length for both: with a quadratic term different lengths would break dual feasibility.
      length_ = std::min(1.0, kStepBack * std::min(step.longest_primal(kFullStep), step.longest_dual(kFullStep)));
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] += length_ * step_[i];
    }
    open();
    if (state_.gap / constraints < kUsableGap && state_.largest_residual < kUsablePrimal) return {};
    return Error{ErrorCode::kInternal, "The optimal path did not converge."};
  }

 private:
  static constexpr double kFullStep = 1 / kStepBack;

  /// Takes slacks and multipliers along, and prepares the predictor's system: T on every channel plus the barrier's curvature, channels of a frame side by side.
  void open() {
    const int width = p_.t.width();
    system_.clear();
    for (int i = 0; i < frames_; ++i)
      for (int j = std::max(0, i - width); j <= i; ++j)
        for (int c = 0; c < kChannels; ++c) system_.at(i * kChannels + c, j * kChannels + c) = scale_ * p_.t.at(i, j);
    dual_residual_ = p_.gradient;
    p_.t.add_product<kChannels>(x_, dual_residual_);
    for (std::size_t i = 0; i < rhs_.size(); ++i) rhs_[i] = -(dual_residual_[i] *= scale_);
    state_ = barrier_.open(length_, x_, dual_residual_, system_, rhs_);
    length_ = 0;
  }

  /// The Newton step that the right-hand side asks for.
  BarrierStep direction() {
    step_ = rhs_;
    system_.solve<1>(step_);
    return barrier_.step(step_);
  }

  const LimitedQp p_;
  std::vector<double>& x_;
  const int frames_;
  const double scale_;
  CropBarrier barrier_;
  CropBarrier::State state_;
  double length_ = 0;  // that x went along the last direction, and slacks and multipliers did not yet
  std::vector<double> dual_residual_, rhs_, step_;
  SymmetricBand system_;
};

LimitedQpSolver::LimitedQpSolver(const LimitedQp& problem, std::vector<double>& x) : rounds_(std::make_unique<InteriorPoint>(problem, x)) {}

LimitedQpSolver::~LimitedQpSolver() = default;

Result<void> LimitedQpSolver::run(bool exact, std::stop_token stop) { return rounds_->run(exact, std::move(stop)); }

}  // namespace keel
