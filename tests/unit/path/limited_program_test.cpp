// SPDX-License-Identifier: GPL-3.0-or-later
// The two interior point methods where crop limits bind.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "engine/math/banded_cholesky.h"
#include "engine/path/l1_program.h"
#include "engine/path/limited_qp.h"

namespace keel {
namespace {

constexpr std::size_t kFrames = 40, kChannels = kLimitedChannels;
using Path = std::vector<double>;  // frames x kLimitedChannels

/// A hand that wanders through twice the room that a crop of 0.9 leaves, and the limits around no correction.
struct Shot {
  Path raw;
  std::vector<CropLimits> limits;

  Shot() {
    std::mt19937 random(11);
    std::normal_distribution<double> unit(0, 1);
    Path at(kChannels, 0.0);
    for (std::size_t t = 0; t < kFrames; ++t)
      for (std::size_t c = 0; c < kChannels; ++c) raw.push_back(at[c] = 0.9 * at[c] + 0.05 * unit(random));
    limits.assign(kFrames, linearize_crop({}, PathFrame{{640, 360}}, 0.9, 1e-3));
  }

  /// The largest violation of any row; negative inside.
  [[nodiscard]] double violation(const Path& x) const {
    double worst = -1;
    for (std::size_t t = 0; t < kFrames; ++t)
      for (std::size_t r = 0; r < CropLimits::kRows; ++r) {
        double sum = -limits[t].bound[r];
        for (std::size_t c = 0; c < kChannels; ++c) sum += limits[t].slope[c][r] * x[t * kChannels + c];
        worst = std::max(worst, sum);
      }
    return worst;
  }
};

/// Compares `x` with many paths inside the limits: bumps, shifts and slopes of stretches in each channel, halved until they fit, from tenths of the room to millionths.
void expect_optimum(const Shot& shot, const Path& x, const std::function<double(const Path&)>& cost, double slack) {
  ASSERT_LT(shot.violation(x), 1e-8);
  EXPECT_GT(shot.violation(x), -1e-6) << "No limit binds: this shows nothing.";
  const double best = cost(x);
  EXPECT_LT(best, 0.9 * cost(Path(x.size(), 0.0)));
  std::mt19937 random(5);
  std::normal_distribution<double> unit(0, 1);
  int fitted = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    Path change(x.size(), 0.0);
    const std::size_t begin = random() % kFrames, end = begin + 1 + random() % (kFrames - begin), channel = random() % kChannels;
    const double offset = unit(random), slope = trial % 2 == 0 ? 0 : unit(random) / kFrames;
    for (std::size_t t = begin; t < end; ++t) change[t * kChannels + channel] = offset + slope * static_cast<double>(t);
    for (double size = std::pow(10.0, -2 - trial % 5); size > 1e-9; size *= 0.5) {
      Path other = x;
      for (std::size_t i = 0; i < x.size(); ++i) other[i] += size * change[i];
      if (shot.violation(other) > 0) continue;
      ++fitted;
      ASSERT_GE(cost(other), best - slack) << "trial " << trial << ", size " << size;
      break;
    }
  }
  EXPECT_GT(fitted, 500) << "Too few of the 4000 fit to show anything.";
}

/// The default costs of l1-optimal.
std::vector<AbsoluteTerm> terms_of_all_orders() {
  std::vector<double> times(kFrames);
  std::iota(times.begin(), times.end(), 0.0);
  return difference_terms(times, {10, 1, 100});
}

TEST(L1Program, OptimumInsideLimits_IsNotImprovedByAnyOfManySmallChanges) {
  const Shot shot;
  const std::vector<AbsoluteTerm> terms = terms_of_all_orders();
  const Path stiffness(shot.raw.size(), 3.0);
  const auto cost = [&](const Path& x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += 0.5 * stiffness[i] * x[i] * x[i];
    for (const AbsoluteTerm& term : terms)
      for (std::size_t c = 0; c < kChannels; ++c) {
        double z = 0;
        for (int k = 0; k < term.taps; ++k) {
          const std::size_t i = static_cast<std::size_t>(term.first + k) * kChannels + c;
          z += term.tap[static_cast<std::size_t>(k)] * (shot.raw[i] + x[i]);
        }
        sum += term.cost * std::abs(z);
      }
    return sum;
  };
  Path x(shot.raw.size());
  ASSERT_TRUE(L1Solver({shot.raw, stiffness, terms, &shot.limits}, x).run(1e-9, {}).ok());
  // The stated gap: 1e-9 of the raw path's cost.
  expect_optimum(shot, x, cost, 1e-9 * cost(Path(x.size(), 0.0)));
}

TEST(L1Program, LimitsThatMoveBetweenTwoRuns_AreMetByTheSecond) {
  Shot shot;
  const std::vector<AbsoluteTerm> terms = terms_of_all_orders();
  const Path stiffness(shot.raw.size(), 3.0);
  Path x(shot.raw.size()), afresh(shot.raw.size());
  L1Solver solver({shot.raw, stiffness, terms, &shot.limits}, x);
  ASSERT_TRUE(solver.run(1e-2, {}).ok());
  for (CropLimits& limits : shot.limits)
    for (double& bound : limits.bound) bound *= 0.95;
  ASSERT_TRUE(solver.run(1e-9, {}).ok());
  ASSERT_TRUE(L1Solver({shot.raw, stiffness, terms, &shot.limits}, afresh).run(1e-9, {}).ok());
  EXPECT_LT(shot.violation(x), 1e-8);
  // A gap of 1e-9 leaves flat directions some 1e-4 of room: hundredths of a pixel.
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], afresh[i], 1e-4) << i;
}

TEST(LimitedQp, OptimumInsideLimits_IsNotImprovedByAnyOfManySmallChanges) {
  const Shot shot;
  // Squares of second differences of raw + x, and of x.
  SymmetricBand form(kFrames, 3);
  Path gradient(shot.raw.size(), 0.0);
  constexpr double kWeight = 50;
  constexpr std::array<double, 3> kDifference{1, -2, 1};
  for (std::size_t t = 0; t + 2 < kFrames; ++t)
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j <= i; ++j) form.at(static_cast<int>(t + i), static_cast<int>(t + j)) += kWeight * kDifference[i] * kDifference[j];
      for (std::size_t c = 0; c < kChannels; ++c) {
        double second = 0;
        for (std::size_t k = 0; k < 3; ++k) second += kDifference[k] * shot.raw[(t + k) * kChannels + c];
        gradient[(t + i) * kChannels + c] += kWeight * kDifference[i] * second;
      }
    }
  for (int t = 0; t < static_cast<int>(kFrames); ++t) form.at(t, t) += 1;
  const auto cost = [&](const Path& x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += 0.5 * x[i] * x[i];
    for (std::size_t t = 0; t + 2 < kFrames; ++t)
      for (std::size_t c = 0; c < kChannels; ++c) {
        double second = 0;
        for (std::size_t k = 0; k < 3; ++k) second += kDifference[k] * (shot.raw[(t + k) * kChannels + c] + x[(t + k) * kChannels + c]);
        sum += 0.5 * kWeight * second * second;
      }
    return sum;
  };
  Path x(shot.raw.size(), 0.0);
  ASSERT_TRUE(LimitedQpSolver({form, gradient, shot.limits}, x).run(true, {}).ok());
  // The gap of 1e-11 a row, on the problem scaled to a largest gradient of 1.
  const double largest = std::abs(*std::max_element(gradient.begin(), gradient.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  expect_optimum(shot, x, cost, 1e-11 * largest * kFrames * CropLimits::kRows);
}

}  // namespace
}  // namespace keel
