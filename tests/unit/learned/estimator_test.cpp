// SPDX-License-Identifier: GPL-3.0-or-later
// What the learned estimators say of pictures that have a motion, and of those that have none.
#include "engine/learned/learned_estimator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

#include "engine/learned/weights.h"
#include "engine/motion/learned_plugin.h"
#include "tests/support/scenes.h"

namespace keel::learned {
namespace {

constexpr Size kSmall{320, 176};

MotionNets shipped_nets() { return *load_weights(std::filesystem::path(KEEL_SOURCE_DIR) / "resources/models/ihn.safetensors"); }

PairMotion motion_between(const LearnedEstimator& estimator, const Frame& a, const Frame& b) {
  const FramePair pair{*estimator.prepare(a), *estimator.prepare(b)};
  return estimator.estimate({&pair, 1}, {})->front();
}

template <class Value>
Frame filled(Value value) {
  FrameBuffer out(kSmall, {ColorModel::kGray, 8, 0, 0, false}, {});
  for (int y = 0; y < kSmall.height; ++y)
    for (int x = 0; x < kSmall.width; ++x) out.row<std::uint8_t>(0, y)[x] = static_cast<std::uint8_t>(value(x, y));
  return std::move(out).freeze();
}

Frame scene_frame(const Mat3& picture_from_plane, std::uint32_t seed = 1) {
  PlaneScene scene;
  scene.size = kSmall;
  scene.seed = seed;
  scene.picture_from_plane = {picture_from_plane};
  return render_plane(scene, 0);
}

class LearnedEstimatorTest : public ::testing::TestWithParam<NetKind> {
 protected:
  LearnedEstimator estimator_{ihn_description(), GetParam(), shipped_nets(), 320};
};

INSTANTIATE_TEST_SUITE_P(Nets, LearnedEstimatorTest, ::testing::Values(NetKind::kIhn, NetKind::kRegression));

TEST_P(LearnedEstimatorTest, BlackFlatNoiseAndCuts_AreNeverAMotion) {
  if (GetParam() == NetKind::kRegression) GTEST_SKIP() << "One look has nothing to check itself with.";
  std::mt19937 random(3);
  const Frame black = filled([](int, int) { return 0; }), flat = filled([](int, int) { return 128; });
  EXPECT_EQ(motion_between(estimator_, black, black).status, MotionStatus::kLowTexture);
  EXPECT_EQ(motion_between(estimator_, flat, flat).status, MotionStatus::kLowTexture);
  const auto noise = [&] { return filled([&](int, int) { return random() & 255; }); };
  EXPECT_NE(motion_between(estimator_, noise(), noise()).status, MotionStatus::kOk);
  const Frame scene = scene_frame(Mat3{}), other = scene_frame(Mat3::rotation(0.8) * Mat3::scaling(1.7, 1.7), 99);
  EXPECT_EQ(motion_between(estimator_, scene, other).status, MotionStatus::kSceneCut);
  EXPECT_EQ(motion_between(estimator_, scene, black).status, MotionStatus::kSceneCut);
}

TEST_P(LearnedEstimatorTest, MotionFarOutsideOfWhatWasTrained_IsNotBelieved) {
  if (GetParam() == NetKind::kRegression) GTEST_SKIP() << "One look has nothing to check itself with.";
  // Turns, because the plane's texture repeats under shifts.
  const Frame scene = scene_frame(Mat3{}), far = scene_frame(Mat3::rotation(1.1));
  EXPECT_NE(motion_between(estimator_, scene, far).status, MotionStatus::kOk);
}

TEST_P(LearnedEstimatorTest, WeightsThatAreNoNumbers_MakeEveryPairDiverge) {
  MotionNets nets = shipped_nets();
  torch::NoGradGuard no_gradient;
  for (auto& parameter : nets->parameters()) parameter.fill_(std::numeric_limits<float>::quiet_NaN());
  const LearnedEstimator broken(ihn_description(), GetParam(), nets, 320);
  const PairMotion motion = motion_between(broken, scene_frame(Mat3{}), scene_frame(Mat3::translation(2, 1)));
  EXPECT_EQ(motion.status, MotionStatus::kDiverged);
  EXPECT_EQ(motion.cur_from_prev, Mat3{});
}

TEST(LearnedSearchTest, ShiftBeyondTheFirstLook_IsFoundFromAnotherStart) {
  const LearnedEstimator estimator(ihn_description(), NetKind::kIhn, shipped_nets(), 320);
  // Four coarse cells are 32 px; this is more in both directions.
  const Mat3 motion = Mat3::translation(46, 38);
  const PairMotion found = motion_between(estimator, scene_frame(Mat3{}), scene_frame(motion));
  ASSERT_EQ(found.status, MotionStatus::kOk);
  // A pixel: what is asked here is the basin, not the last fraction.
  EXPECT_LT(mean_corner_distance(found.cur_from_prev, motion, kSmall), 1.0);
  EXPECT_GT(found.confidence, 0.1f);
}

TEST(LearnedConfidenceTest, HalfThePictureMovingByItself_IsTrustedLess) {
  const LearnedEstimator estimator(ihn_description(), NetKind::kIhn, shipped_nets(), 320);
  const Frame a = scene_frame(Mat3{}), b = scene_frame(Mat3::translation(3, 1));
  const Frame foreground_a = scene_frame(Mat3{}, 5), foreground_b = scene_frame(Mat3::translation(-7, 4), 5);
  const auto with_foreground = [](const Frame& back, const Frame& front) {
    return filled([&](int x, int y) { return (x < 120 ? front : back).plane(0).row<std::uint8_t>(y)[x]; });
  };
  EXPECT_LT(motion_between(estimator, with_foreground(a, foreground_a), with_foreground(b, foreground_b)).confidence, motion_between(estimator, a, b).confidence);
}

}  // namespace
}  // namespace keel::learned
