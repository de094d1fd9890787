// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/registration.h"

#include <gtest/gtest.h>

#include "engine/metrics/luma_small.h"
#include "engine/metrics/picture_measures.h"
#include "engine/metrics/sharpness.h"
#include "metrics_support.h"

namespace keel::metrics {
namespace {

using testing::Plane;

constexpr Size kSize{640, 360};

Picture small(const Frame& frame) { return make_picture(luma_small(frame)); }

Mat3 crop(double zoom, double x, double y, double turn_deg) {
  return Mat3::translation(319.5 + x, 179.5 + y) * Mat3::rotation(turn_deg * 0.017453292519943295) * Mat3::scaling(1 / zoom, 1 / zoom) *
         Mat3::translation(-319.5, -179.5);
}

TEST(Registration, UnknownZoomShiftAndTurn_AreFoundWithoutAGuess) {
  const Plane plane(21);
  const Picture source = small(plane.view(kSize, {}));
  for (const Mat3& truth : {crop(1.0, 0, 0, 0), crop(1.15, 20, -12, 1.5), crop(1.5, -70, 40, -4), crop(2.0, 100, 60, 2), crop(1.25, 30, 0, 5)}) {
    const auto found = register_output(source, small(plane.view(kSize, truth)), std::nullopt);
    ASSERT_TRUE(found);
    EXPECT_LT(mean_corner_distance(found->source_from_output, truth, kSize), 0.15);
    EXPECT_GT(found->agreeing_share, 0.8);
  }
}

TEST(Registration, Homography_IsFoundFromARoughGuess) {
  const Plane plane(22);
  Mat3 truth = crop(1.2, 10, 5, 1);
  truth(2, 0) = 6e-5;
  truth(2, 1) = -4e-5;
  const auto found = register_output(small(plane.view(kSize, {})), small(plane.view(kSize, truth)), crop(1.2, 4, 9, 1));
  ASSERT_TRUE(found);
  EXPECT_LT(mean_corner_distance(found->source_from_output, *normalized(truth), kSize), 0.3);
}

TEST(Registration, AnotherScene_IsNotFound) {
  EXPECT_FALSE(register_output(small(Plane(1).view(kSize, {})), small(Plane(2).view(kSize, {})), Mat3::identity()));
}

TEST(KeptArea, HalfOfTheOutputBesideTheSource_IsHalf) {
  EXPECT_NEAR(kept_area(Mat3::translation(320, 0), kSize, kSize), 0.5, 1e-9);
  EXPECT_NEAR(kept_area(crop(1.25, 0, 0, 0), kSize, kSize), 0.64, 2e-3);
  EXPECT_NEAR(kept_area(Mat3::translation(5000, 0), kSize, kSize), 0.0, 1e-9);
}

TEST(OutsidePx, CornerBeyondTheSource_IsItsDistance) {
  EXPECT_NEAR(outside_px(Mat3::translation(3, -7), kSize, kSize), 7, 1e-9);
  EXPECT_EQ(outside_px(crop(1.2, 0, 0, 0), kSize, kSize), 0);
}

TEST(FrameGeometry, StretchedMap_HasTheHandComputedRatios) {
  const FrameGeometry g = frame_geometry(Mat3::scaling(1.25, 1.0), kSize, 0.8);
  EXPECT_NEAR(g.fusta_crop, 0.8, 1e-9);
  EXPECT_NEAR(g.bundled_crop, 1 / std::sqrt(1.25), 1e-9);
  EXPECT_NEAR(g.eigen_ratio, 0.8, 1e-9);
  EXPECT_NEAR(g.singular_ratio, 0.8, 1e-9);
  // A shear keeps both eigenvalues at 1 but squeezes a direction: sqrt singular ratio of [1 0.5; 0 1] is (sqrt(17) - 1)^2 / 16.
  const FrameGeometry shear = frame_geometry({{1, 0.5, 0, 0, 1, 0, 0, 0, 1}}, kSize, 1);
  EXPECT_NEAR(shear.eigen_ratio, 1.0, 1e-6);
  EXPECT_NEAR(shear.singular_ratio, std::pow(std::sqrt(17.0) - 1, 2) / 16, 1e-9);
}

TEST(Sharpness, BlurredOutput_IsBelowAndExactResamplingNearOne) {
  const Plane plane(23);
  const Mat3 map = crop(1.2, 5.3, -2.2, 0.8);
  const Frame source = plane.view(kSize, {});
  const auto exact = sharpness_ratio(source, plane.view(kSize, map), map);
  ASSERT_TRUE(exact);
  EXPECT_NEAR(*exact, 1.0, 0.05);  // the plane holds a little beyond what the source's sampling keeps
  const Frame blurred = testing::paint(kSize, [&](int x, int y) {
    double sum = 0;
    for (int v = -1; v <= 1; ++v)
      for (int u = -1; u <= 1; ++u) {
        const Point p = apply(map, {double(x + u), double(y + v)});
        sum += plane.value(p.x, p.y) / 9;
      }
    return sum;
  });
  EXPECT_LT(*sharpness_ratio(source, blurred, map), 0.7);
}

}  // namespace
}  // namespace keel::metrics
