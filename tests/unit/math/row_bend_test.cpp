// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/row_bend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace keel {
namespace {

constexpr Size kPicture{640, 360};
constexpr double kPerPlace = 180;  // rows

RowBend bend_of(const RowBend::Terms& x, const RowBend::Terms& y) {
  RowBend bend = RowBend::over(kPicture.height);
  bend.x = x;
  bend.y = y;
  return bend;
}

/// Matches all over the picture that a slight turn and the bend explain, with normal noise; of every ten `strangers` go anywhere.
std::vector<PointMatch> matches_of(const Mat3& cur_from_prev, const RowBend& bend, int count, double noise_px, int strangers) {
  std::mt19937 random(17);
  std::uniform_real_distribution<double> x(0, kPicture.width - 1), y(0, kPicture.height - 1), anywhere(-2.4, 2.4);
  std::normal_distribution<double> noise(0, 1);
  std::vector<PointMatch> out;
  for (int i = 0; i < count; ++i) {
    const Point prev{x(random), y(random)};
    const Point straight = apply(cur_from_prev, prev), off = bend.at(straight.y);
    const bool stranger = i % 10 < strangers;
    out.push_back({static_cast<float>(prev.x), static_cast<float>(prev.y), static_cast<float>(straight.x + (stranger ? anywhere(random) : off.x + noise_px * noise(random))),
                   static_cast<float>(straight.y + (stranger ? anywhere(random) : off.y + noise_px * noise(random))), 1});
  }
  return out;
}

const Mat3 kMotion = Mat3::translation(3, -2) * Mat3::rotation(0.01);

double worst_difference(const RowBend& a, const RowBend& b) {
  double worst = 0;
  for (int row = 0; row < kPicture.height; ++row) worst = std::max({worst, std::abs(a.at(row).x - b.at(row).x), std::abs(a.at(row).y - b.at(row).y)});
  return worst;
}

TEST(RowBend, EachTerm_IsOrthogonalToConstantLinearAndTheOthers) {
  constexpr int kSteps = 2000;
  const auto inner = [](const auto& f, const auto& g) {
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double t = -1 + (2 * i + 1.0) / kSteps;
      sum += f(t) * g(t) / kSteps;
    }
    return sum;
  };
  for (std::size_t k = 0; k < RowBend::kTerms; ++k) {
    RowBend::Terms one{};
    one[k] = 1;
    const auto term = [&](double t) { return bend_of(one, {}).at_place(t).x; };
    // The midpoint rule over 2000 steps is right to 1e-5.
    EXPECT_NEAR(inner(term, [](double) { return 1.0; }), 0, 1e-5) << k;
    EXPECT_NEAR(inner(term, [](double t) { return t; }), 0, 1e-5) << k;
    for (std::size_t l = 0; l < k; ++l) {
      RowBend::Terms other{};
      other[l] = 1;
      EXPECT_NEAR(inner(term, [&](double t) { return bend_of(other, {}).at_place(t).x; }), 0, 1e-5) << k << l;
    }
    EXPECT_DOUBLE_EQ(term(1), 1) << k;
  }
}

TEST(RowBend, Powers_AreTheSamePolynomial) {
  const RowBend bend = bend_of({0.3, -0.7, 1.1}, {-0.2, 0.05, 0.4});
  const RowBend::Powers x = RowBend::powers(bend.x), y = RowBend::powers(bend.y);
  for (double t = -1; t <= 1; t += 0.125) {
    const auto sum = [t](const RowBend::Powers& p) { return (((p[4] * t + p[3]) * t + p[2]) * t + p[1]) * t + p[0]; };
    EXPECT_NEAR(bend.at_place(t).x, sum(x), 1e-12);
    EXPECT_NEAR(bend.at_place(t).y, sum(y), 1e-12);
  }
}

TEST(RowBend, Bound_IsNeverExceededAndHardlyEverLoose) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal(0, 1);
  for (int i = 0; i < 1000; ++i) {
    const RowBend bend = bend_of({normal(random), normal(random), normal(random)}, {0, 0, normal(random)});
    Point largest{};
    for (int step = 0; step <= 4000; ++step) {
      const Point at = bend.at_place(-1 + step / 2000.0);
      largest = {std::max(largest.x, std::abs(at.x)), std::max(largest.y, std::abs(at.y))};
    }
    EXPECT_GE(bend.bound().x, largest.x);
    EXPECT_GE(bend.bound().y, largest.y);
    const double terms = std::max({std::abs(bend.x[0]), std::abs(bend.x[1]), std::abs(bend.x[2])});
    // What the second derivatives let through between samples: (3 + 15 + 45) / 512.
    EXPECT_LE(bend.bound().x, largest.x + 63.0 / 512 * terms + 1e-9);
  }
}

TEST(RowBend, BeyondThePicture_HoldsTheEdgesValue) {
  const RowBend bend = bend_of({0.5, 0.25, -1}, {1, 2, 3});
  EXPECT_EQ(bend.at(-400), bend.at(-0.5));
  EXPECT_EQ(bend.at(900), bend.at(kPicture.height - 0.5));
}

TEST(RowBend, InOtherPixels_DisplacesTheSameRowsByTheSameShare) {
  const RowBend full = bend_of({0.5, 0.25, -1}, {1, 2, 3}), half = full.in_pixels(0.5, 0.25, 7);
  for (int row = 0; row < kPicture.height; row += 13) {
    EXPECT_NEAR(half.at(0.25 * row + 7).x, 0.5 * full.at(row).x, 1e-12);
    EXPECT_NEAR(half.at(0.25 * row + 7).y, 0.25 * full.at(row).y, 1e-12);
  }
}

TEST(FitRowBend, NoisyMatchesWithStrangersAmongThem_FindsTheBendToAFewHundredths) {
  const RowBend truth = bend_of({0.3, -0.15, 0.1}, {-0.2, 0.05, 0.12});
  // The homography that is known is off by what is constant and linear: that is put right, and not taken for a bend.
  const Mat3 known = Mat3{{1, 1e-3, -0.3, 0, 1 + 5e-4, 0.2, 0, 0, 1}} * kMotion;
  const auto [cur_from_prev, found] = fit_row_bend(matches_of(kMotion, truth, 800, 0.1, 2), known, kPicture);
  EXPECT_LE(mean_corner_distance(cur_from_prev, kMotion, kPicture), 0.06);
  // 640 matches with 0.1 px: a term's standard error is 0.1 / sqrt(640 / 7) = 0.01 px; three add, and the prior draws a little.
  EXPECT_LE(worst_difference(found, truth), 0.06);
}

TEST(FitRowBend, StraightRows_AreFoundStraight) {
  const RowBend found = fit_row_bend(matches_of(kMotion, RowBend::over(kPicture.height), 800, 0.1, 2), kMotion, kPicture).bend;
  EXPECT_LE(worst_difference(found, RowBend::over(kPicture.height)), 0.05);
}

TEST(FitRows, HomographyThatHoldsOnToAThirdOfTheRows_LetsGoAndTheBendIsFound) {
  // What a robust search for a homography answers where the rows are bent by pixels: one that fits the upper rows, and none other.
  const RowBend truth = bend_of({2.1, -0.9, 0.6}, {-0.9, 0.6, 0});
  const std::vector<PointMatch> matches = matches_of(kMotion, truth, 800, 0.1, 2);
  std::vector<PointMatch> upper = matches;
  std::erase_if(upper, [](const PointMatch& m) { return m.prev_y > kPicture.height / 3; });
  RobustFit found = *fit_motion(upper, kPicture);
  found.model = MotionModel::kHomography;
  ASSERT_GT(mean_corner_distance(found.cur_from_prev, kMotion, kPicture), 0.8);
  const RowFit rows = fit_rows(found, matches, kPicture);
  EXPECT_LE(mean_corner_distance(rows.cur_from_prev, kMotion, kPicture), 0.2);
  EXPECT_LE(worst_difference(rows.bend, truth), 0.3);
}

TEST(FitRows, SimilarityWithStraightRows_StaysASimilarity) {
  const std::vector<PointMatch> matches = matches_of(kMotion, RowBend::over(kPicture.height), 800, 0.1, 0);
  RobustFit found = *fit_motion(matches, kPicture);
  found.model = MotionModel::kSimilarity;
  found.cur_from_prev = kMotion;
  const Mat3 fitted = fit_rows(found, matches, kPicture).cur_from_prev;
  EXPECT_EQ(fitted(2, 0), 0);
  EXPECT_EQ(fitted(2, 1), 0);
}

TEST(FitRowBend, FewerMatches_SayLess) {
  const RowBend truth = bend_of({1, 0, 0}, {});
  EXPECT_TRUE(fit_row_bend(matches_of(kMotion, truth, 39, 0.1, 0), kMotion, kPicture).bend.is_zero());
  double last = 0;
  for (const int count : {40, 80, 800}) {
    const double found = fit_row_bend(matches_of(kMotion, truth, count, 0.4, 0), kMotion, kPicture).bend.x[0];
    EXPECT_GT(found, last) << count;
    last = found;
  }
  EXPECT_LT(last, 1.05);
}

TEST(FitRowBend, OnePicturesRowsOnly_ClaimsNothingWildElsewhere) {
  // A strip of matches cannot tell a bend from anything else; what it leaves open must not grow.
  std::vector<PointMatch> strip = matches_of(kMotion, RowBend::over(kPicture.height), 4000, 0.2, 0);
  std::erase_if(strip, [](const PointMatch& m) { return std::abs(m.prev_y - kPerPlace) > 20; });
  ASSERT_GT(strip.size(), 200U);
  EXPECT_LE(worst_difference(fit_row_bend(strip, kMotion, kPicture).bend, RowBend::over(kPicture.height)), 0.2);
}

}  // namespace
}  // namespace keel
