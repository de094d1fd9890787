// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/limited_qp.h"

#include <algorithm>
#include <cmath>

namespace keel {
namespace {

constexpr int kChannels = kLimitedChannels;
constexpr int kSides = 2 * CropLimits::kRows;  // lower and upper bound of each row
constexpr int kMaxRounds = 60;
/// On the scaled problem (largest gradient 1). The slowest directions weigh a millionth of that, so the gap must be far below.
constexpr double kGapTolerance = 1e-11, kDualTolerance = 1e-8, kPrimalTolerance = 1e-8;
/// A feasible answer that is not fully polished is still a good path.
constexpr double kUsableGap = 1e-6, kUsablePrimal = 1e-6;
/// Share of the way to the boundary that a step may go.
constexpr double kStepBack = 0.995;

class InteriorPoint {
 public:
  InteriorPoint(const LimitedQp& p, std::vector<double>& x)
      : p_(p), x_(x), frames_(p.t.order()), scale_(1 / largest(p.gradient)), bounds_(static_cast<std::size_t>(frames_) * kSides), slack_(bounds_), dual_(bounds_, 0.0), step_slack_(bounds_),
        step_dual_(bounds_), primal_residual_(bounds_), dual_residual_(x.size()), step_(x.size()), scratch_(bounds_), complementarity_(bounds_) {
    for (int f = 0; f < frames_; ++f)
      for (int s = 0; s < kSides; ++s) slack_[index(f, s)] = std::max(bound(f, s) - row(f, s, x_), kLeastSlack);
    std::fill(dual_.begin(), dual_.end(), kFirstDual);
  }

  Result<void> run(std::stop_token stop) {
    for (int round = 0; round < kMaxRounds; ++round) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Smoothing was cancelled."};
      residuals();
      if (converged()) return {};
      if (!factorize()) break;
      const double mu = gap();
      newton(0, false);
      const double affine_primal = longest(slack_, step_slack_), affine_dual = longest(dual_, step_dual_);
      double affine_gap = 0;
      for (std::size_t i = 0; i < bounds_; ++i) affine_gap += (slack_[i] + affine_primal * step_slack_[i]) * (dual_[i] + affine_dual * step_dual_[i]);
      affine_gap /= static_cast<double>(bounds_);
      const double centring = std::pow(affine_gap / mu, 3);
      newton(centring * mu, true);
      // One length for both: with a quadratic term different lengths would break dual feasibility.
      const double length = std::min(1.0, kStepBack * std::min(longest(slack_, step_slack_), longest(dual_, step_dual_)));
      for (std::size_t i = 0; i < x_.size(); ++i) x_[i] += length * step_[i];
      for (std::size_t i = 0; i < bounds_; ++i) {
        slack_[i] += length * step_slack_[i];
        dual_[i] += length * step_dual_[i];
      }
    }
    residuals();
    if (gap() < kUsableGap && largest(primal_residual_) < kUsablePrimal) return {};
    return Error{ErrorCode::kInternal, "The optimal path did not converge."};
  }

 private:
  static constexpr double kLeastSlack = 1e-3, kFirstDual = 0.1;

  [[nodiscard]] static std::size_t index(int frame, int side) { return static_cast<std::size_t>(frame) * kSides + static_cast<std::size_t>(side); }
  /// Sides 0..7 read slope * x <= upper, 8..15 read -slope * x <= -lower.
  [[nodiscard]] double bound(int f, int s) const {
    const CropLimits& l = p_.limits[static_cast<std::size_t>(f)];
    return s < CropLimits::kRows ? l.upper[static_cast<std::size_t>(s)] : -l.lower[static_cast<std::size_t>(s - CropLimits::kRows)];
  }
  [[nodiscard]] double row(int f, int s, const std::vector<double>& x) const {
    const auto& slope = p_.limits[static_cast<std::size_t>(f)].slope[static_cast<std::size_t>(s % CropLimits::kRows)];
    double sum = 0;
    for (std::size_t c = 0; c < kChannels; ++c) sum += slope[c] * x[static_cast<std::size_t>(f) * kChannels + c];
    return s < CropLimits::kRows ? sum : -sum;
  }
  /// out[f] += slope' * (v_upper - v_lower)
  void add_transposed(const std::vector<double>& v, double factor, std::vector<double>& out) const {
    for (int f = 0; f < frames_; ++f)
      for (int r = 0; r < CropLimits::kRows; ++r) {
        const double d = factor * (v[index(f, r)] - v[index(f, r + CropLimits::kRows)]);
        const auto& slope = p_.limits[static_cast<std::size_t>(f)].slope[static_cast<std::size_t>(r)];
        for (std::size_t c = 0; c < kChannels; ++c) out[static_cast<std::size_t>(f) * kChannels + c] += d * slope[c];
      }
  }

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
    add_transposed(dual_, 1, dual_residual_);
    for (int f = 0; f < frames_; ++f)
      for (int s = 0; s < kSides; ++s) primal_residual_[index(f, s)] = row(f, s, x_) + slack_[index(f, s)] - bound(f, s);
  }

  [[nodiscard]] double gap() const {
    double sum = 0;
    for (std::size_t i = 0; i < bounds_; ++i) sum += slack_[i] * dual_[i];
    return sum / static_cast<double>(bounds_);
  }

  [[nodiscard]] static double largest(const std::vector<double>& v) {
    double top = 1e-12;
    for (const double a : v) top = std::max(top, std::abs(a));
    return top;
  }

  [[nodiscard]] bool converged() const {
    return gap() < kGapTolerance && largest(dual_residual_) < kDualTolerance && largest(primal_residual_) < kPrimalTolerance;
  }

  /// T on every channel plus the barrier's curvature, channels of a frame side by side.
  [[nodiscard]] bool factorize() {
    const int width = p_.t.width();
    system_ = SymmetricBand(frames_ * kChannels, width * kChannels + kChannels - 1);
    for (int i = 0; i < frames_; ++i) {
      for (int j = std::max(0, i - width); j <= i; ++j)
        for (int c = 0; c < kChannels; ++c) system_.at(i * kChannels + c, j * kChannels + c) = scale_ * p_.t.at(i, j);
      for (int r = 0; r < CropLimits::kRows; ++r) {
        const std::size_t up = index(i, r), down = index(i, r + CropLimits::kRows);
        const double w = dual_[up] / slack_[up] + dual_[down] / slack_[down];
        const auto& slope = p_.limits[static_cast<std::size_t>(i)].slope[static_cast<std::size_t>(r)];
        for (int a = 0; a < kChannels; ++a)
          for (int b = 0; b <= a; ++b) system_.at(i * kChannels + a, i * kChannels + b) += w * slope[static_cast<std::size_t>(a)] * slope[static_cast<std::size_t>(b)];
      }
    }
    return system_.factorize();
  }

  /// Newton step towards slack * dual = target; `correct` adds the second-order term of the previous (affine) step.
  void newton(double target, bool correct) {
    for (std::size_t i = 0; i < bounds_; ++i) {
      const double second = correct ? step_slack_[i] * step_dual_[i] : 0.0;
      complementarity_[i] = target - slack_[i] * dual_[i] - second;
      scratch_[i] = (complementarity_[i] + dual_[i] * primal_residual_[i]) / slack_[i];
    }
    for (std::size_t i = 0; i < step_.size(); ++i) step_[i] = -dual_residual_[i];
    add_transposed(scratch_, -1, step_);
    system_.solve<1>(step_);
    for (int f = 0; f < frames_; ++f)
      for (int s = 0; s < kSides; ++s) {
        const std::size_t i = index(f, s);
        step_slack_[i] = -primal_residual_[i] - row(f, s, step_);
        step_dual_[i] = (complementarity_[i] - dual_[i] * step_slack_[i]) / slack_[i];
      }
  }
  [[nodiscard]] static double longest(const std::vector<double>& v, const std::vector<double>& step) {
    double length = 1 / kStepBack;
    for (std::size_t i = 0; i < v.size(); ++i)
      if (step[i] < 0) length = std::min(length, -v[i] / step[i]);
    return length;
  }

  const LimitedQp& p_;
  std::vector<double>& x_;
  const int frames_;
  const double scale_;
  const std::size_t bounds_;
  std::vector<double> slack_, dual_, step_slack_, step_dual_, primal_residual_, dual_residual_, step_, scratch_, complementarity_;
  SymmetricBand system_{1, 0};
};

}  // namespace

Result<void> solve_limited_qp(const LimitedQp& problem, std::vector<double>& x, std::stop_token stop) { return InteriorPoint(problem, x).run(stop); }

}  // namespace keel
