// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/pair_tracker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/metrics/luma_small.h"
#include "metrics_support.h"

namespace keel::metrics {
namespace {

using testing::paint;
using testing::Plane;

constexpr Size kSize{640, 360};

Mat3 about_centre(double x, double y, double turn_deg, double scale) {
  const double cx = 319.5, cy = 179.5;
  return Mat3::translation(cx + x, cy + y) * Mat3::rotation(turn_deg * 0.017453292519943295) * Mat3::scaling(scale, scale) *
         Mat3::translation(-cx, -cy);
}

Picture small(const Frame& frame) { return make_picture(luma_small(frame)); }

double corner_rms(const Mat3& a, const Mat3& b) {
  double sum = 0;
  for (const Point c : corner_centres(kSize)) {
    const Point p = apply(a, c), q = apply(b, c);
    sum += (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
  }
  return std::sqrt(sum / 4);
}

TEST(PairTracker, TexturedPlaneWithRandomMotion_CornerErrorBelowAFortiethOfAPixelRms) {
  const Plane plane(7);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> shift(-30, 30), turn(-3, 3), zoom(0.97, 1.03);
  double squares = 0;
  constexpr int kPairs = 12;
  for (int i = 0; i < kPairs; ++i) {
    const Mat3 motion = about_centre(shift(random), shift(random), turn(random), zoom(random));
    const Mat3 first = Mat3::translation(500.0 * i, 0);
    const PairMeasure m = track_pair(small(plane.view(kSize, first)), small(plane.view(kSize, first * *inverse(motion))));
    ASSERT_EQ(m.status, PairStatus::kMeasured) << i;
    const double e = corner_rms(m.cur_from_prev, motion);
    squares += e * e;
    RecordProperty("corner_error_" + std::to_string(i), std::to_string(e));
  }
  const double rms = std::sqrt(squares / kPairs);
  std::printf("corner error RMS %.4f px\n", rms);
  EXPECT_LT(rms, 0.025);  // half of the 0.05 px that the measures need
}

TEST(PairTracker, SubPixelShifts_ShowNoLockingToWholePixels) {
  const Plane plane(8);
  for (const double s : {0.1, 0.25, 0.5, 0.75}) {
    const PairMeasure m = track_pair(small(plane.view(kSize, {})), small(plane.view(kSize, Mat3::translation(-s, -0.4 * s))));
    EXPECT_LT(corner_rms(m.cur_from_prev, Mat3::translation(s, 0.4 * s)), 0.02) << s;
  }
}

TEST(PairTracker, GainAndOffsetChange_LeavesTheMotionRight) {
  const Plane plane(9);
  const Mat3 motion = about_centre(5.3, -2.6, 0.7, 1.004);
  const PairMeasure m = track_pair(small(plane.view(kSize, {})), small(plane.view(kSize, *inverse(motion), 0.8, 12)));
  ASSERT_EQ(m.status, PairStatus::kMeasured);
  EXPECT_LT(corner_rms(m.cur_from_prev, motion), 0.03);
}

TEST(PairTracker, ThirdOfThePictureMovingOtherwise_FollowsTheBackground) {
  const Plane back(10), front(11);
  const Mat3 motion = about_centre(6.2, 3.1, -0.5, 1.0), other = Mat3::translation(-11.4, 7.7);
  const auto scene = [&](const Mat3& plane_from_picture, const Mat3& object_from_picture) {
    return paint(kSize, [&](int x, int y) {
      const Point o = apply(object_from_picture, {double(x), double(y)});
      if (o.x > 200 && o.x < 480 && o.y > 50 && o.y < 320) return front.value(o.x, o.y);
      const Point p = apply(plane_from_picture, {double(x), double(y)});
      return back.value(p.x, p.y);
    });
  };
  const PairMeasure m = track_pair(small(scene({}, {})), small(scene(*inverse(motion), *inverse(other))));
  ASSERT_EQ(m.status, PairStatus::kMeasured);
  EXPECT_LT(corner_rms(m.cur_from_prev, motion), 0.05);
  EXPECT_LT(m.tracked_share, 0.85);
}

/// Two planes beside each other, the border between them `border` px from the left: the left one moves right, the right one left and a little quicker.
struct TwoPlanes {
  Plane left{21}, right{22};
  double step = 1;
  [[nodiscard]] Mat3 left_motion() const { return Mat3::translation(3.3 * step, 0); }
  [[nodiscard]] Mat3 right_motion() const { return Mat3::translation(-4.4 * step, 0); }
  [[nodiscard]] Picture picture(int frame, double border) const {
    return small(paint(kSize, [&](int x, int y) { return x < border ? left.value(x - 3.3 * step * frame, y) : right.value(x + 4.4 * step * frame, y); }));
  }
};

TEST(PairTracker, TwoPlanesOfAboutOneSize_FollowsTheLargerAndNoMotionBetweenThem) {
  for (const double step : {1.0, 3.0, 8.0}) {
    const TwoPlanes scene{.step = step};
    const PairMeasure m = track_pair(scene.picture(0, 360), scene.picture(1, 360));
    ASSERT_EQ(m.status, PairStatus::kMeasured) << step;
    // Blocks across the border belong to both, so a tenth of a px and not the fortieth of one plane alone.
    EXPECT_LT(corner_rms(m.cur_from_prev, scene.left_motion()), 0.1) << step;
  }
}

TEST(PairTracker, TwoPlanesWhoseBorderPassesTheMiddle_StaysOnTheOneItFollows) {
  const TwoPlanes scene;
  const std::vector<Picture> frames = {scene.picture(0, 380), scene.picture(1, 340), scene.picture(2, 300), scene.picture(3, 260)};
  std::vector<Point> followed;
  for (std::size_t t = 1; t < frames.size(); ++t) {
    const PairMeasure m = track_pair(frames[t - 1], frames[t], followed);
    ASSERT_EQ(m.status, PairStatus::kMeasured) << t;
    EXPECT_LT(corner_rms(m.cur_from_prev, scene.left_motion()), 0.1) << t;
    followed = m.agreeing;
  }
  EXPECT_LT(corner_rms(track_pair(frames[2], frames[3]).cur_from_prev, scene.right_motion()), 0.1) << "with nothing followed before";
}

TEST(PairTracker, SecondFrameBlurred_LeavesTheMotionRight) {
  const Plane plane(12);
  const Mat3 motion = Mat3::translation(9.6, 0);
  const auto blurred = [&](int x, int y) {
    double sum = 0;
    for (int k = -3; k <= 3; ++k) sum += plane.value(x - 9.6 + k, y);
    return sum / 7;
  };
  const PairMeasure m = track_pair(small(plane.view(kSize, {})), small(paint(kSize, blurred)));
  ASSERT_EQ(m.status, PairStatus::kMeasured);
  EXPECT_LT(corner_rms(m.cur_from_prev, motion), 0.1);
}

TEST(PairTracker, LargeJump_IsFound) {
  const Plane plane(13);
  const Mat3 motion = about_centre(70, -25, 2, 1.02);
  const PairMeasure m = track_pair(small(plane.view(kSize, {})), small(plane.view(kSize, *inverse(motion))));
  ASSERT_EQ(m.status, PairStatus::kMeasured);
  EXPECT_LT(corner_rms(m.cur_from_prev, motion), 0.05);
}

TEST(PairTracker, RollingRows_AreWobbleAndARigidMoveIsNone) {
  const Plane plane(14);
  const Picture first = small(plane.view(kSize, {}));
  const Picture jelly = small(paint(kSize, [&](int x, int y) { return plane.value(x + 1.5 * std::sin(y * 0.05), y); }));
  const PairMeasure bent = track_pair(first, jelly), rigid = track_pair(first, small(plane.view(kSize, about_centre(3, 2, 1, 1.01))));
  // The median of 1.5 |sin| is 1.06 px; the best homography takes a little of it.
  EXPECT_NEAR(bent.wobble_px, 1.06, 0.25);
  EXPECT_LT(rigid.wobble_px, 0.05);
}

TEST(PairTracker, DifferentScenes_AreACut) {
  EXPECT_EQ(track_pair(small(Plane(1).view(kSize, {})), small(Plane(2).view(kSize, {}))).status, PairStatus::kCut);
}

TEST(PairTracker, SceneToBlack_IsACutAndBlackToBlackHasNoTexture) {
  const Picture black = small(paint(kSize, [](int, int) { return 0.0; }));
  EXPECT_EQ(track_pair(small(Plane(1).view(kSize, {})), black).status, PairStatus::kCut);
  EXPECT_EQ(track_pair(black, black).status, PairStatus::kLowTexture);
}

}  // namespace
}  // namespace keel::metrics
