// SPDX-License-Identifier: GPL-3.0-or-later
// The bends of rows that the classical estimator measures in pictures.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "engine/motion/motion_estimator.h"
#include "tests/support/scenes.h"

namespace keel::test {
namespace {

PairMotion motion_between(const Frame& a, const Frame& b) {
  const auto estimator = std::move(*make_motion_estimator("classical"));
  const FramePair pair{*estimator->prepare(a), *estimator->prepare(b)};
  return estimator->estimate({&pair, 1}, {})->front();
}

/// Root of the mean squared distance over the rows of a picture.
double difference_px(const RowBend& a, const RowBend& b, int height) {
  double sum = 0;
  for (int row = 0; row < height; ++row) sum += std::pow(a.at(row).x - b.at(row).x, 2) + std::pow(a.at(row).y - b.at(row).y, 2);
  return std::sqrt(sum / height);
}

PlaneScene moving_scene(Size size) {
  PlaneScene scene;
  scene.size = size;
  const double k = size.width / 640.0;
  scene.picture_from_plane = {Mat3::identity(), Mat3::translation(3.4 * k, -2.3 * k) * Mat3::rotation(0.004)};
  return scene;
}

TEST(RowBendOfPictures, RollingShutter_IsMeasuredInSourcePixelsAtAnySize) {
  // The last is a camera on an engine: bends of 2 px and more at 640 px width, which the best homography lies as far off.
  for (const auto& [size, strength] : {std::pair{Size{640, 360}, 1.0}, std::pair{Size{1280, 720}, 1.0}, std::pair{Size{640, 360}, 3.0}}) {
    const double k = size.width / 640.0;
    RowBend truth = RowBend::over(size.height);
    truth.x = {0.7 * k, -0.3 * k, 0.2 * k};
    truth.y = {-0.3 * k, 0.2 * k, 0};
    truth = truth.scaled(strength);
    const PlaneScene scene = moving_scene(size);
    const PairMotion motion = motion_between(render_plane(scene, 0), bent(render_plane(scene, 1), truth));
    ASSERT_EQ(motion.status, MotionStatus::kOk);
    // Of the 0.4 and 1.1 px that this is: corners are tracked to some hundredths, and the homography's perspective says a part of what bends along y in second degree itself.
    EXPECT_LE(difference_px(motion.bend, truth, size.height), 0.07 * k) << size.width << " " << strength;
    EXPECT_LE(mean_corner_distance(motion.cur_from_prev, scene.picture_from_plane[1], size), 0.08 * k) << size.width << " " << strength;
    EXPECT_EQ(motion.bend.place(-0.5), -1);
    EXPECT_EQ(motion.bend.place(size.height - 0.5), 1);
  }
}

TEST(RowBendOfPictures, GlobalShutter_HasNone) {
  const PlaneScene scene = moving_scene({640, 360});
  const PairMotion motion = motion_between(render_plane(scene, 0), render_plane(scene, 1));
  EXPECT_LE(difference_px(motion.bend, RowBend::over(360), 360), 0.03);
}

}  // namespace
}  // namespace keel::test
