// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/mat3.h"

#include <gtest/gtest.h>

#include "engine/math/crop_window.h"

namespace keel {
namespace {

TEST(Mat3, InverseTimesMatrix_IsIdentity) {
  Mat3 h = Mat3::translation(12, -7) * Mat3::rotation(0.3) * Mat3::scaling(1.2, 0.9);
  h(2, 0) = 1e-4;
  const Mat3 product = *inverse(h) * h;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) EXPECT_NEAR(product(i, j), i == j ? 1 : 0, 1e-12);
}

TEST(Mat3, SingularOrNotFinite_HasNoInverse) {
  EXPECT_FALSE(inverse(Mat3::scaling(0, 1)).has_value());
  Mat3 nan;
  nan(0, 0) = std::nan("");
  EXPECT_FALSE(inverse(nan).has_value());
}

TEST(LargestCrop, Identity_IsTheWholePicture) { EXPECT_DOUBLE_EQ(largest_crop(Mat3::identity(), {640, 360}), 1); }

TEST(LargestCrop, InsetOfTwoPixels_KeepsTheWindowsCornersTwoPixelsInside) {
  const Size size{640, 360};
  Mat3 h = Mat3::translation(12, 7) * Mat3::rotation(0.02);
  h(2, 0) = 1e-5;
  const double k = largest_crop(h, size, 2);
  double nearest = 1e9;
  for (const Point corner : corner_centres(size)) {
    const Point p = apply(h, {319.5 + k * (corner.x - 319.5), 179.5 + k * (corner.y - 179.5)});
    nearest = std::min({nearest, p.x, p.y, 639 - p.x, 359 - p.y});
  }
  EXPECT_NEAR(nearest, 2, 1e-9);
}

TEST(LargestCrop, KnownShift_LeavesTheKnownWindow) {
  // 32 px to the side of a half-width of 319.5.
  EXPECT_NEAR(largest_crop(Mat3::translation(32, 0), {640, 360}), 1 - 32 / 319.5, 1e-12);
}

TEST(LargestCrop, CentreOutsideOrBehindTheCamera_IsZero) {
  EXPECT_EQ(largest_crop(Mat3::translation(700, 0), {640, 360}), 0);
  Mat3 behind;
  behind(2, 2) = -1;
  EXPECT_EQ(largest_crop(behind, {640, 360}), 0);
}

TEST(LargestCrop, AnyHomography_CornersLieInsideAndTouch) {
  Mat3 h = Mat3::translation(11, 5) * Mat3::rotation(0.05) * Mat3::scaling(1.02, 1.02);
  h(2, 0) = 5e-5;
  const Size size{640, 360};
  const double k = largest_crop(h, size);
  double smallest = 1e9;
  for (const Point corner : corner_centres(size)) {
    const Point p = apply(h, {319.5 + k * (corner.x - 319.5), 179.5 + k * (corner.y - 179.5)});
    smallest = std::min({smallest, p.x, p.y, 639 - p.x, 359 - p.y});
  }
  EXPECT_NEAR(smallest, 0, 1e-9);
}

}  // namespace
}  // namespace keel
