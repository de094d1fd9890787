// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/crop_barrier.h"

#include <algorithm>
#include <cmath>

namespace keel {
namespace {

constexpr std::size_t kChannels = kLimitedChannels;
constexpr double kLeastSlack = 1e-3;

}  // namespace

CropBarrier::CropBarrier(const std::vector<CropLimits>& limits)
    : limits_(limits), slack_(limits.size() * kRows), dual_(slack_.size()), step_slack_(slack_.size()), step_dual_(slack_.size()), residual_(slack_.size()),
      complementarity_(slack_.size()), force_(slack_.size()) {}

double CropBarrier::row(std::size_t f, std::size_t r, std::span<const double> x) const {
  const auto& slope = limits_[f].slope[r];
  double sum = 0;
  for (std::size_t c = 0; c < kChannels; ++c) sum += slope[c] * x[f * kChannels + c];
  return sum;
}

void CropBarrier::add_transposed(const std::vector<double>& v, double factor, std::span<double> out) const {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) {
      const double d = factor * v[f * kRows + r];
      for (std::size_t c = 0; c < kChannels; ++c) out[f * kChannels + c] += d * limits_[f].slope[r][c];
    }
}

void CropBarrier::start(std::span<const double> x) {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) slack_[f * kRows + r] = std::max(limits_[f].bound[r] - row(f, r, x), kLeastSlack);
}

void CropBarrier::set_multipliers(double value) { std::fill(dual_.begin(), dual_.end(), value); }

void CropBarrier::centre_multipliers(double mu) {
  for (std::size_t i = 0; i < slack_.size(); ++i) dual_[i] = mu / slack_[i];
}

double CropBarrier::gap(double primal_length, double dual_length) const {
  double sum = 0;
  for (std::size_t i = 0; i < slack_.size(); ++i) sum += (slack_[i] + primal_length * step_slack_[i]) * (dual_[i] + dual_length * step_dual_[i]);
  return sum;
}

double CropBarrier::measure(std::span<const double> x) {
  double largest = 0;
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::size_t i = f * kRows + r;
      residual_[i] = row(f, r, x) + slack_[i] - limits_[f].bound[r];
      largest = std::max(largest, std::abs(residual_[i]));
    }
  return largest;
}

void CropBarrier::add_multipliers(std::span<double> out) const { add_transposed(dual_, 1, out); }

void CropBarrier::add_curvature(SymmetricBand& system) const {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) {
      const double w = dual_[f * kRows + r] / slack_[f * kRows + r];
      const auto& slope = limits_[f].slope[r];
      const int first = static_cast<int>(f) * kLimitedChannels;
      for (int a = 0; a < kLimitedChannels; ++a)
        for (int b = 0; b <= a; ++b) system.at(first + a, first + b) += w * slope[static_cast<std::size_t>(a)] * slope[static_cast<std::size_t>(b)];
    }
}

void CropBarrier::set_target(double target, bool correct) {
  for (std::size_t i = 0; i < slack_.size(); ++i) {
    const double second = correct ? step_slack_[i] * step_dual_[i] : 0.0;
    complementarity_[i] = target - slack_[i] * dual_[i] - second;
    force_[i] = (complementarity_[i] + dual_[i] * residual_[i]) / slack_[i];
  }
}

void CropBarrier::add_force(std::span<double> rhs) const { add_transposed(force_, -1, rhs); }

void CropBarrier::step(std::span<const double> dx) {
  for (std::size_t f = 0; f < limits_.size(); ++f)
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::size_t i = f * kRows + r;
      step_slack_[i] = -residual_[i] - row(f, r, dx);
      step_dual_[i] = (complementarity_[i] - dual_[i] * step_slack_[i]) / slack_[i];
    }
}

double CropBarrier::longest(const std::vector<double>& v, const std::vector<double>& step, double most) {
  double length = most;
  for (std::size_t i = 0; i < v.size(); ++i)
    if (step[i] < 0) length = std::min(length, -v[i] / step[i]);
  return length;
}

void CropBarrier::advance(double length) {
  for (std::size_t i = 0; i < slack_.size(); ++i) {
    slack_[i] += length * step_slack_[i];
    dual_[i] += length * step_dual_[i];
  }
}

}  // namespace keel
