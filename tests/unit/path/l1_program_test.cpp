// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "engine/path/path_smoother.h"

namespace keel {
namespace {

std::vector<double> frame_numbers(std::size_t n) {
  std::vector<double> times(n);
  std::iota(times.begin(), times.end(), 0.0);
  return times;
}

TEST(L1Program, TwoFrames_MeetAsFarAsTheCostPulls) {
  // |1 + x1 - x0| against k x^2 / 2 each: both move by cost / k, at most to the middle.
  const std::vector<double> raw{0, 1};
  for (const double k : {2.5, 4.0, 1.0}) {
    const std::vector<AbsoluteTerm> terms = difference_terms(frame_numbers(2), {1, 0, 0});
    const std::vector<double> stiffness{k, k};
    std::vector<double> x(2);
    ASSERT_TRUE(L1Solver({raw, stiffness, terms}, x).run(1e-9, {}).ok());
    const double expected = std::min(0.5, 1 / k);
    EXPECT_NEAR(x[0], expected, 1e-6) << k;
    EXPECT_NEAR(x[1], -expected, 1e-6) << k;
  }
}

TEST(L1Program, DividedDifferences_AreDerivativesOfPolynomialsAtUnevenTimes) {
  const std::vector<double> times{0, 0.7, 2.1, 3, 3.4, 5};
  for (int order = 1; order <= 3; ++order) {
    std::array<double, 3> costs{};
    costs[static_cast<std::size_t>(order) - 1] = 1;
    const std::vector<AbsoluteTerm> terms = difference_terms(times, costs);
    ASSERT_EQ(terms.size(), times.size() - static_cast<std::size_t>(order));
    for (const AbsoluteTerm& term : terms) {
      double sum = 0;
      for (int i = 0; i < term.taps; ++i) sum += term.tap[static_cast<std::size_t>(i)] * std::pow(times[static_cast<std::size_t>(term.first + i)], order);
      EXPECT_NEAR(sum, std::tgamma(order + 1), 1e-9);
    }
  }
}

/// Cost of a candidate: what the program minimises.
double cost(const L1Program& p, const std::vector<double>& x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += 0.5 * p.stiffness[i] * x[i] * x[i];
  for (const AbsoluteTerm& term : p.terms) {
    double z = 0;
    for (int k = 0; k < term.taps; ++k) {
      const auto i = static_cast<std::size_t>(term.first + k);
      z += term.tap[static_cast<std::size_t>(k)] * (p.raw[i] + x[i]);
    }
    sum += term.cost * std::abs(z);
  }
  return sum;
}

TEST(L1Program, Optimum_IsNotImprovedByAnyOfManySmallChanges) {
  constexpr std::size_t kFrames = 60;
  std::mt19937 random(5);
  std::normal_distribution<double> unit(0, 1);
  std::vector<double> raw(kFrames), stiffness(kFrames, 3.0), x(kFrames);
  for (double& v : raw) v = unit(random);
  const std::vector<AbsoluteTerm> terms = difference_terms(frame_numbers(kFrames), {1, 1, 100});
  const L1Program program{raw, stiffness, terms};
  ASSERT_TRUE(L1Solver(program, x).run(1e-9, {}).ok());
  const double best = cost(program, x);
  // The stated gap: 1e-9 of the raw path's cost.
  const double slack = 1e-9 * cost(program, std::vector<double>(kFrames, 0.0));
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<double> other = x;
    const double size = std::pow(10.0, -1.0 - trial % 6);
    // Bumps and shifts of whole stretches: the directions in which such paths can move cheaply.
    const std::size_t begin = random() % kFrames, end = begin + 1 + random() % (kFrames - begin);
    const double a = size * unit(random), b = trial % 2 == 0 ? 0 : size * unit(random) / kFrames;
    for (std::size_t i = begin; i < end; ++i) other[i] += a + b * static_cast<double>(i);
    EXPECT_GE(cost(program, other), best - slack);
  }
}

CameraPath resting_then_panning(double noise) {
  CameraPath path;
  std::mt19937 random(9);
  std::normal_distribution<double> unit(0, noise);
  for (int t = 0; t < 300; ++t) {
    PathPoint p{};
    p[kPathX] = 0.02 * std::clamp(t - 100, 0, 100) + unit(random);
    path.points.push_back(p);
    path.time_s.push_back(t / 30.0);
    path.weight.push_back(1);
  }
  path.shots.push_back({0, 300});
  return path;
}

double second_difference(const CameraPath& path, std::size_t t) { return path.points[t + 1][0] - 2 * path.points[t][0] + path.points[t - 1][0]; }

TEST(L1Tv, NoisyPan_BecomesFewPiecesOfConstantSpeed) {
  const CameraPath smooth = *(*make_path_smoother("l1-tv", {}))->smooth(resting_then_panning(0.003), {{640, 360}, 0.5}, {});
  int changes = 0;
  for (std::size_t t = 1; t + 1 < 300; ++t) changes += std::abs(second_difference(smooth, t)) > 1e-6;
  // Two are real, and each may fall between frames; a squared penalty changes the speed in every frame.
  EXPECT_LE(changes, 12);
  EXPECT_NEAR((smooth.points[180][0] - smooth.points[120][0]) / 60, 0.02, 5e-4);
}

TEST(L1Optimal, NoisyPan_RestsBeforeAndAfterAndIsEvenInBetween) {
  const CameraPath smooth = *(*make_path_smoother("l1-optimal", {}))->smooth(resting_then_panning(0.003), {{640, 360}, 0.5}, {});
  // Half a thousandth of half the width in 60 frames: no one sees that move.
  EXPECT_NEAR(smooth.points[70][0], smooth.points[10][0], 5e-4);
  EXPECT_NEAR(smooth.points[290][0], smooth.points[230][0], 5e-4);
  for (std::size_t t = 140; t < 160; ++t) EXPECT_LT(std::abs(second_difference(smooth, t)), 1e-5);
}

}  // namespace
}  // namespace keel
