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
      : p_(p), x_(x), frames_(p_.t.order()), scale_(1 / largest(p.gradient)), barrier_(p.limits), dual_residual_(x.size()), step_(x.size()), system_(frames_ * kChannels, p.t.width() * kChannels + kChannels - 1) {
    barrier_.start(x);
    barrier_.set_multipliers(kFirstMultiplier);
  }

  Result<void> run(bool exact, std::stop_token stop) {
    const double wanted_gap = exact ? kGapTolerance : kRoughGap, wanted_dual = exact ? kDualTolerance : kRoughDual;
    for (int round = 0; round < kMaxRounds; ++round) {
      if (stop.stop_requested()) return smoothing_cancelled();
      residuals();
      if (gap() < wanted_gap && largest(dual_residual_) < wanted_dual && primal_residual_ < kPrimalTolerance) return {};
      if (!factorize()) break;
      const double mu = gap();
      newton(0, false);
      const double affine_primal = barrier_.longest_primal(kFullStep), affine_dual = barrier_.longest_dual(kFullStep);
      const double affine_gap = barrier_.gap(affine_primal, affine_dual) / static_cast<double>(barrier_.size());
      newton(std::pow(affine_gap / mu, 3) * mu, true);
      // One length for both: with a quadratic term different lengths would break dual feasibility.
      const double length = std::min(1.0, kStepBack * std::min(barrier_.longest_primal(kFullStep), barrier_.longest_dual(kFullStep)));
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] += length * step_[i];
      barrier_.advance(length);
    }
    residuals();
    if (gap() < kUsableGap && primal_residual_ < kUsablePrimal) return {};
    return Error{ErrorCode::kInternal, "The optimal path did not converge."};
  }

 private:
  static constexpr double kFullStep = 1 / kStepBack;

  void residuals() {
    const int width = p_.t.width();
    for (std::size_t i = 0; i < dual_residual_.size(); ++i) dual_residual_[i] = scale_ * p_.gradient[i];
    for (int i = 0; i < frames_; ++i)
      for (int j = std::max(0, i - width); j <= i; ++j) {
        const double t = scale_ * p_.t.at(i, j);
        for (int c = 0; c < kChannels; ++c) {
          dual_residual_[static_cast<std::size_t>(i * kChannels + c)] += t * x_[static_cast<std::size_t>(j * kChannels + c)];
          if (j != i) dual_residual_[static_cast<std::size_t>(j * kChannels + c)] += t * x_[static_cast<std::size_t>(i * kChannels + c)];
        }
      }
    barrier_.add_multipliers(dual_residual_);
    primal_residual_ = barrier_.measure(x_);
  }

  [[nodiscard]] double gap() const { return barrier_.gap() / static_cast<double>(barrier_.size()); }

  /// T on every channel plus the barrier's curvature, channels of a frame side by side.
  [[nodiscard]] bool factorize() {
    const int width = p_.t.width();
    system_.clear();
    for (int i = 0; i < frames_; ++i)
      for (int j = std::max(0, i - width); j <= i; ++j)
        for (int c = 0; c < kChannels; ++c) system_.at(i * kChannels + c, j * kChannels + c) = scale_ * p_.t.at(i, j);
    barrier_.add_curvature(system_);
    return system_.factorize();
  }

  /// Newton step towards slack * multiplier = target; `correct` adds the second-order term of the previous (affine) step.
  void newton(double target, bool correct) {
    barrier_.set_target(target, correct);
    for (std::size_t i = 0; i < step_.size(); ++i) step_[i] = -dual_residual_[i];
    barrier_.add_force(step_);
    system_.solve<1>(step_);
    barrier_.step(step_);
  }

  const LimitedQp p_;
  std::vector<double>& x_;
  const int frames_;
  const double scale_;
  CropBarrier barrier_;
  double primal_residual_ = 0;
  std::vector<double> dual_residual_, step_;
  SymmetricBand system_;
};

LimitedQpSolver::LimitedQpSolver(const LimitedQp& problem, std::vector<double>& x) : rounds_(std::make_unique<InteriorPoint>(problem, x)) {}

LimitedQpSolver::~LimitedQpSolver() = default;

Result<void> LimitedQpSolver::run(bool exact, std::stop_token stop) { return rounds_->run(exact, std::move(stop)); }

}  // namespace keel
