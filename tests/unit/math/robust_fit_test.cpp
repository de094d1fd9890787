// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/robust_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace keel {
namespace {

constexpr Size kPicture{640, 360};

class Matches {
 public:
  explicit Matches(std::uint32_t seed) : random_(seed) {}
  void add(const Mat3& h, int count, double x0, double y0, double x1, double y1, double noise_px) {
    std::uniform_real_distribution<double> x(x0, x1), y(y0, y1);
    std::normal_distribution<double> noise(0, noise_px);
    for (int i = 0; i < count; ++i) {
      const Point p{x(random_), y(random_)}, q = apply(h, p);
      list.push_back({static_cast<float>(p.x), static_cast<float>(p.y), static_cast<float>(q.x + noise(random_)), static_cast<float>(q.y + noise(random_))});
    }
  }
  std::vector<PointMatch> list;

 private:
  std::mt19937 random_;
};

Mat3 turned_and_tilted() {
  Mat3 h = Mat3::translation(8, -3) * Mat3::rotation(0.01);
  h(2, 0) = 1e-5;
  return h;
}

TEST(FitSteps, HomographyThroughFourMatches_SendsThemThereAndRefusesThreeOnALine) {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> place(-0.9f, 0.9f), shift(-0.05f, 0.05f);
  int found = 0;
  for (int round = 0; round < 2000; ++round) {
    fit::UnitMatch m[4];
    for (fit::UnitMatch& at : m) {
      const float x = place(random), y = place(random);
      at = {x, y, x + shift(random), y + shift(random)};
    }
    double p[fit::kParams];
    if (!fit::homography_through(m[0], m[1], m[2], m[3], p)) continue;
    ++found;
    // In float, as residuals are: 1e-5 units are 0.003 px of 640.
    for (const fit::UnitMatch& at : m) EXPECT_LT(fit::squared_residual(fit::FloatParams(p), at, 1), 1e-10f);
    m[1] = m[0];
    m[1].x += 0.1f;
    m[2] = m[0];
    m[2].x += 0.2f;
    EXPECT_FALSE(fit::homography_through(m[0], m[1], m[2], m[3], p));
    EXPECT_FALSE(fit::homography_through(m[3], m[0], m[1], m[2], p));
  }
  EXPECT_GT(found, 500);
}

TEST(FitSteps, SystemsWithoutASolution_LeaveTheParametersAlone) {
  double terms[fit::kNormalTerms] = {}, p[fit::kParams] = {1, 0, 7};
  EXPECT_FALSE(fit::solve_normal(terms, p));
  for (int k = 0; k < fit::kParams; ++k) terms[fit::matrix_term(k, k)] = 2, terms[fit::kMatrixTerms + k] = 2.0 * k;
  EXPECT_EQ(p[2], 7);
  EXPECT_TRUE(fit::solve_normal(terms, p));
  for (int k = 0; k < fit::kParams; ++k) EXPECT_EQ(p[k], k);
}

TEST(FitMotion, CleanHomographyWithAThirdOutliers_IsRecovered) {
  Matches m(1);
  m.add(turned_and_tilted(), 200, 0, 0, 639, 359, 0.05);
  m.add(Mat3::translation(-60, 40), 50, 0, 0, 639, 359, 30);
  m.add(Mat3::translation(90, 10), 50, 0, 0, 639, 359, 30);
  const auto fit = fit_motion(m.list, kPicture);
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->model, MotionModel::kHomography);
  // 0.05 px noise over 200 points leaves about 0.02 px at the corners.
  EXPECT_LT(mean_corner_distance(fit->cur_from_prev, turned_and_tilted(), kPicture), 0.06);
}

TEST(FitMotion, DenseForegroundInTheMiddle_LosesToTheSpreadBackground) {
  Matches m(2);
  m.add(Mat3::translation(-9, 6), 160, 190, 100, 450, 260, 0.1);
  m.add(turned_and_tilted(), 70, 0, 0, 180, 359, 0.1);
  m.add(turned_and_tilted(), 70, 460, 0, 639, 359, 0.1);
  const auto fit = fit_motion(m.list, kPicture);
  ASSERT_TRUE(fit.has_value());
  EXPECT_LT(mean_corner_distance(fit->cur_from_prev, turned_and_tilted(), kPicture), 0.3);
}

TEST(FitMotion, MatchesBunchedInACorner_AnswerASimplerModelWithASaneFarCorner) {
  Matches m(3);
  m.add(Mat3::translation(5, 2), 40, 20, 20, 90, 80, 0.3);
  const auto fit = fit_motion(m.list, kPicture);
  ASSERT_TRUE(fit.has_value());
  EXPECT_NE(fit->model, MotionModel::kHomography);
  // A free homography of such data is off by tens of px at the far corner.
  EXPECT_LT(mean_corner_distance(fit->cur_from_prev, Mat3::translation(5, 2), kPicture), 4);
}

// In such a scene the best plane is another one from frame to frame; what is averaged must not jump with it.
TEST(FitMotion, TwoDepthsOfChangingShare_AreFollowedOnTheWhole) {
  std::vector<Mat3> motions;
  for (std::uint32_t frame = 0; frame < 12; ++frame) {
    Matches m(100 + frame);
    const int nearer = frame % 2 == 0 ? 85 : 65;
    for (int k = 0; k < 6; ++k) m.add(Mat3::translation(2 + 2.0 * k, 1), k < 3 ? nearer / 3 : (150 - nearer) / 3, 0, 0, 639, 359, 0.4);
    const auto fit = fit_motion(m.list, kPicture);
    ASSERT_TRUE(fit.has_value());
    EXPECT_FALSE(fit->clear);
    motions.push_back(fit->cur_from_prev);
  }
  // The mean shift of all matches moves by 0.8 px from frame to frame, which the robust weights double. A search for the best plane jumps by 2.9 to 3.9 px here.
  for (std::size_t i = 1; i < motions.size(); ++i) EXPECT_LT(mean_corner_distance(motions[i], motions[i - 1], kPicture), 2.2) << i;
}

// A plane that nearly everything agrees with, but loosely, because the scene is not flat. The answer must not jump between the plane and the whole picture's similarity.
TEST(FitMotion, LoosePlane_CountsForMoreTheMoreMatchesAgreeWithIt) {
  Mat3 tilted = Mat3::translation(4, -2);
  tilted(2, 1) = 6e-5;  // some px at the corners, which no similarity follows
  double last_px = 5;
  for (const int strangers : {50, 35, 20, 5}) {
    Matches m(static_cast<std::uint32_t>(strangers));
    m.add(tilted, 180 - strangers, 0, 0, 639, 359, 0.6);
    m.add(Mat3::translation(12, 6), strangers, 0, 0, 639, 359, 1.5);
    const auto fit = fit_motion(m.list, kPicture);
    ASSERT_TRUE(fit.has_value());
    EXPECT_EQ(fit->model, MotionModel::kBetween) << strangers;
    const double off_px = mean_corner_distance(fit->cur_from_prev, tilted, kPicture);
    // A twelfth of the matches more is a quarter of the answer more, of 4 px between the two.
    EXPECT_LT(off_px, last_px - 0.5) << strangers;
    EXPECT_GT(off_px, last_px - 1.5) << strangers;
    last_px = off_px;
  }
  EXPECT_LT(last_px, 1.5);
}

TEST(FitMotion, TooFewMatches_AnswersNothing) {
  Matches m(4);
  m.add(Mat3::translation(5, 2), 3, 0, 0, 639, 359, 0.1);
  EXPECT_FALSE(fit_motion(m.list, kPicture).has_value());
}

TEST(FitMotion, SameInputTwice_GivesTheSameBits) {
  Matches m(5);
  m.add(turned_and_tilted(), 100, 0, 0, 639, 359, 0.2);
  EXPECT_EQ(fit_motion(m.list, kPicture)->cur_from_prev, fit_motion(m.list, kPicture)->cur_from_prev);
}

TEST(PixelFrame, Matrix_HasTheBitsOfTheProductOfMatrices) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0, 0.1);
  for (const Size picture : {Size{640, 360}, Size{200, 113}, Size{1, 1}, Size{359, 640}})
    for (int k = 0; k < 200; ++k) {
      double p[fit::kParams] = {1, 0, 0, 0, 1, 0, 0, 0};
      for (double& entry : p) entry += noise(random);
      const double cx = 0.5 * (picture.width - 1), cy = 0.5 * (picture.height - 1), unit = 0.5 * std::max(picture.width, picture.height);
      const Mat3 pixel_from_unit = Mat3::translation(cx, cy) * Mat3::scaling(unit, unit), unit_from_pixel = Mat3::scaling(1 / unit, 1 / unit) * Mat3::translation(-cx, -cy);
      const auto wanted = normalized(pixel_from_unit * Mat3{{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], 1}} * unit_from_pixel);
      ASSERT_TRUE(wanted);
      Mat3 got;
      fit::PixelFrame(picture).to_pixels(p, got.m.data());
      ASSERT_EQ(got, *wanted);
    }
  // A homography that sends the origin of the pixels to infinity.
  const double p[fit::kParams] = {1, 0, 0, 0, 1, 0, 0.5 / (319.5 / 320), 0.5 / (179.5 / 320)};
  Mat3 got = Mat3::zero();
  fit::PixelFrame({640, 360}).to_pixels(p, got.m.data());
  EXPECT_EQ(got, Mat3::identity());
}

}  // namespace
}  // namespace keel
