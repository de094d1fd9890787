// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/crop_barrier.h"

#include <algorithm>
#include <cmath>

namespace keel {
namespace {

constexpr std::size_t kChannels = kLimitedChannels;
constexpr double kLeastSlack = 1e-3;

}  // namespace

CropBarrier::CropBarrier(const std::vector<CropLimits>& limits) : limits_(limits), slack_(static_cast<Eigen::Index>(limits.size() * kRows)), residual_(slack_.size()) {
  dual_ = step_slack_ = step_dual_ = Eigen::ArrayXd::Zero(slack_.size());
}

double CropBarrier::row(std::size_t f, std::size_t r, std::span<const double> x) const {
  const auto& slope = limits_[f].slope[r];
  double sum = 0;
  for (std::size_t c = 0; c < kChannels; ++c) sum += slope[c] * x[f * kChannels + c];
  return sum;
}

void CropBarrier::add_transposed(const Eigen::ArrayXd& v, double factor, std::span<double> out) const {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) {
      const double d = factor * v.data()[f * kRows + r];
      for (std::size_t c = 0; c < kChannels; ++c) out[f * kChannels + c] += d * limits_[f].slope[r][c];
    }
}

void CropBarrier::start(std::span<const double> x) {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) slack_.data()[f * kRows + r] = std::max(limits_[f].bound[r] - row(f, r, x), kLeastSlack);
}

void CropBarrier::set_multipliers(double value) { dual_ = value; }

void CropBarrier::centre_multipliers(double mu) { dual_ = mu / slack_; }

double CropBarrier::gap(double primal_length, double dual_length) const { return ((slack_ + primal_length * step_slack_) * (dual_ + dual_length * step_dual_)).sum(); }

double CropBarrier::measure(std::span<const double> x) {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) residual_.data()[f * kRows + r] = row(f, r, x) - limits_[f].bound[r];
  residual_ += slack_;
  return residual_.abs().maxCoeff();
}

void CropBarrier::add_multipliers(std::span<double> out) const { add_transposed(dual_, 1, out); }

void CropBarrier::add_curvature(SymmetricBand& system) const {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) {
      const double w = dual_.data()[f * kRows + r] / slack_.data()[f * kRows + r];
      const auto& slope = limits_[f].slope[r];
      const int first = static_cast<int>(f) * kLimitedChannels;
      for (int a = 0; a < kLimitedChannels; ++a)
        for (int b = 0; b <= a; ++b) system.at(first + a, first + b) += w * slope[static_cast<std::size_t>(a)] * slope[static_cast<std::size_t>(b)];
    }
}

void CropBarrier::set_target(double target, bool correct) {
  const double second = correct ? 1 : 0;
  complementarity_ = target - slack_ * dual_ - second * step_slack_ * step_dual_;
  force_ = (complementarity_ + dual_ * residual_) / slack_;
}

void CropBarrier::add_force(std::span<double> rhs) const { add_transposed(force_, -1, rhs); }

void CropBarrier::step(std::span<const double> dx) {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) step_slack_.data()[f * kRows + r] = -row(f, r, dx);
  step_slack_ -= residual_;
  step_dual_ = (complementarity_ - dual_ * step_slack_) / slack_;
}

void CropBarrier::advance(double length) {
  slack_ += length * step_slack_;
  dual_ += length * step_dual_;
}

}  // namespace keel
