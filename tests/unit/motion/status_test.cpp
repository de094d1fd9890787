// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <random>

#include "engine/motion/motion_estimator.h"
#include "engine/motion/scene_cut.h"
#include "tests/support/scenes.h"

namespace keel {
namespace {

PairMotion motion_between(const Frame& a, const Frame& b) {
  const auto estimator = std::move(*make_motion_estimator("classical"));
  const FramePair pair{*estimator->prepare(a), *estimator->prepare(b)};
  return estimator->estimate({&pair, 1}, {})->front();
}

template <class Value>
Frame filled(Size size, Value value) {
  FrameBuffer out(size, {ColorModel::kGray, 8, 0, 0, false}, {});
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) out.row<std::uint8_t>(0, y)[x] = static_cast<std::uint8_t>(value(x, y));
  return std::move(out).freeze();
}

Frame scene_frame(std::uint32_t seed, double dx) {
  PlaneScene scene;
  scene.size = {320, 180};
  scene.seed = seed;
  scene.picture_from_plane = {Mat3::translation(dx, 0)};
  return render_plane(scene, 0);
}

constexpr Size kSmall{320, 180};

TEST(MotionStatus, BlackAndFlatPictures_AreLowTexture) {
  const Frame black = filled(kSmall, [](int, int) { return 0; }), gray = filled(kSmall, [](int, int) { return 128; });
  EXPECT_EQ(motion_between(black, black).status, MotionStatus::kLowTexture);
  EXPECT_EQ(motion_between(gray, gray).status, MotionStatus::kLowTexture);
}

TEST(MotionStatus, DifferentScenes_AreASceneCut) {
  // Turned and enlarged too: both planes are paved with the same tiles.
  PlaneScene other;
  other.size = {320, 180};
  other.seed = 99;
  other.picture_from_plane = {Mat3::rotation(0.8) * Mat3::scaling(1.7, 1.7)};
  EXPECT_EQ(motion_between(scene_frame(1, 0), render_plane(other, 0)).status, MotionStatus::kSceneCut);
}

TEST(MotionStatus, SceneToBlack_IsASceneCut) {
  EXPECT_EQ(motion_between(scene_frame(1, 0), filled(kSmall, [](int, int) { return 0; })).status, MotionStatus::kSceneCut);
}

TEST(MotionStatus, IndependentNoise_IsNeverTrusted) {
  std::mt19937 random(3);
  const Frame a = filled(kSmall, [&](int, int) { return random() & 255; }), b = filled(kSmall, [&](int, int) { return random() & 255; });
  EXPECT_NE(motion_between(a, b).status, MotionStatus::kOk);
}

TEST(MotionStatus, SamePictureTwice_IsIdentityWithFullTrust) {
  const Frame frame = scene_frame(1, 0);
  const PairMotion motion = motion_between(frame, frame);
  EXPECT_EQ(motion.status, MotionStatus::kOk);
  EXPECT_GT(motion.confidence, 0.9f);
  EXPECT_LT(mean_corner_distance(motion.cur_from_prev, Mat3::identity(), kSmall), 1e-3);
}

TEST(MotionStatus, JumpOfAThirdOfThePicture_IsFoundBeyondThePyramidsReach) {
  const PairMotion motion = motion_between(scene_frame(1, 0), scene_frame(1, 75));
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  EXPECT_LT(mean_corner_distance(motion.cur_from_prev, Mat3::translation(75, 0), kSmall), 0.3);
}

TEST(MotionStatus, JerkThatSmearsThePicture_IsFollowedOnCoarserLevels) {
  PlaneScene scene;
  scene.size = {640, 360};
  scene.seed = 1;
  scene.picture_from_plane = {Mat3::identity(), Mat3::translation(36, 20)};
  const Frame sharp = render_plane(scene, 0), moved = render_plane(scene, 1);
  // As the shutter of a rover's phone leaves it: sharp before, half a jerk wide after, grainy.
  const Frame smeared = test::degrade(moved, moved, 1, {.noise_sigma = 2, .blur_px = 25});
  const PairMotion motion = motion_between(sharp, smeared);
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  // A quarter of the picture's size is followed to a few tenths of its pixels.
  EXPECT_LT(mean_corner_distance(motion.cur_from_prev, Mat3::translation(36, 20), scene.size), 3);
}

TEST(MotionStatus, LensThatIsSwitched_IsAMotionAndNoCut) {
  PlaneScene scene;
  scene.size = {640, 360};
  scene.seed = 2;  // a scene whose coarse pictures no longer resemble each other then
  const Mat3 wider = Mat3::translation(319.5 + 30, 179.5 + 30) * Mat3::scaling(0.82, 0.82) * Mat3::translation(-319.5, -179.5);
  scene.picture_from_plane = {Mat3::identity(), wider};
  const Frame before = render_plane(scene, 0), after = render_plane(scene, 1);
  const PairMotion motion = motion_between(before, after);
  ASSERT_EQ(motion.status, MotionStatus::kOk);
  EXPECT_LT(mean_corner_distance(motion.cur_from_prev, wider, scene.size), 1);
}

TEST(MotionStatus, TinyPictures_GiveAStatusAndDoNotCrash) {
  for (const Size size : {Size{1, 1}, Size{2, 2}, Size{16, 16}, Size{33, 7}}) {
    const Frame frame = filled(size, [](int x, int y) { return (x * 37 + y * 91) & 255; });
    EXPECT_NE(motion_between(frame, frame).status, MotionStatus::kSceneCut);
  }
}

TEST(ConfirmSceneCuts, LoneCut_StaysAndAFlurryBecomesDiverged) {
  std::vector<PairMotion> pairs(30, {Mat3::identity(), MotionStatus::kOk, 1.0f});
  for (const int i : {5, 20, 21, 22}) pairs[static_cast<std::size_t>(i)].status = MotionStatus::kSceneCut;
  confirm_scene_cuts(pairs);
  EXPECT_EQ(pairs[5].status, MotionStatus::kSceneCut);
  for (const int i : {20, 21, 22}) EXPECT_EQ(pairs[static_cast<std::size_t>(i)].status, MotionStatus::kDiverged);
}

TEST(EstimatorRegistry, UnknownIdOptionOrValue_IsRefusedInWords) {
  EXPECT_NE(make_motion_estimator("magic").error().message.find("classical"), std::string::npos);
  EXPECT_FALSE(make_motion_estimator("classical", {{"nonsense", 1}}).ok());
  EXPECT_FALSE(make_motion_estimator("classical", {{"working_width", 5}}).ok());
  EXPECT_TRUE(make_motion_estimator("classical", {{"working_width", 480}}).ok());
}

}  // namespace
}  // namespace keel
