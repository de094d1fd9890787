// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/metrics/border_check.h"
#include "metrics_support.h"

namespace keel::metrics {
namespace {

using testing::paint;
using testing::Plane;

constexpr Size kSize{640, 360};
constexpr double kShift = 12;

/// The source moved right by 12 px, the uncovered strip filled by a rule that gives the column to copy (-1: black).
Frame moved(const Plane& plane, int (*column)(int)) {
  return paint(kSize, [&](int x, int y) {
    const int from = x < kShift ? column(x) : x;
    return from < 0 ? 0.0 : plane.value(from - kShift, y);
  });
}

const Mat3 kMap = Mat3::translation(-kShift, 0);

TEST(BorderCheck, BlackStrip_IsFoundWithAndWithoutRegistration) {
  const Plane plane(31);
  const Frame source = plane.view(kSize, {}), output = moved(plane, [](int) { return -1; });
  EXPECT_TRUE(check_border(source, output, kMap).black);
  EXPECT_TRUE(check_border(source, output, std::nullopt).black);
  EXPECT_FALSE(check_border(source, output, kMap).repeated);
}

TEST(BorderCheck, SmearedStrip_IsRepeatedNotBlack) {
  const Plane plane(32);
  const Frame source = plane.view(kSize, {}), output = moved(plane, [](int) { return 12; });
  EXPECT_TRUE(check_border(source, output, kMap).repeated);
  EXPECT_TRUE(check_border(source, output, std::nullopt).repeated);
  EXPECT_FALSE(check_border(source, output, kMap).black);
}

TEST(BorderCheck, MirroredStrip_IsRepeatedForBothKindsOfMirror) {
  const Plane plane(33);
  const Frame source = plane.view(kSize, {});
  EXPECT_TRUE(check_border(source, moved(plane, [](int x) { return 24 - x; }), kMap).repeated);
  EXPECT_TRUE(check_border(source, moved(plane, [](int x) { return 23 - x; }), kMap).repeated);
  EXPECT_TRUE(check_border(source, moved(plane, [](int x) { return 23 - x; }), std::nullopt).repeated);
}

TEST(BorderCheck, CleanCrop_HasNeither) {
  const Plane plane(34);
  const Mat3 map = Mat3::translation(30, 20) * Mat3::scaling(0.9, 0.9);
  const BorderFlags flags = check_border(plane.view(kSize, {}), plane.view(kSize, map), map);
  EXPECT_FALSE(flags.black);
  EXPECT_FALSE(flags.repeated);
}

TEST(BorderCheck, BlackBarsOfTheSourceItself_AreNoBorder) {
  const Plane plane(35);
  const Frame barred = paint(kSize, [&](int x, int y) { return y < 40 || y >= 320 ? 0.0 : plane.value(x, y); });
  const BorderFlags with = check_border(barred, barred, Mat3::identity()), without = check_border(barred, barred, std::nullopt);
  EXPECT_FALSE(with.black || with.repeated);
  EXPECT_FALSE(without.black || without.repeated);
}

TEST(BorderCheck, FlatSkyAtTheEdge_IsNoSmear) {
  const Plane plane(36);
  const Frame sky = paint(kSize, [&](int x, int y) { return y < 25 ? 200.0 : plane.value(x, y); });
  EXPECT_FALSE(check_border(sky, sky, Mat3::identity()).repeated);
  EXPECT_FALSE(check_border(sky, sky, std::nullopt).repeated);
}

TEST(BorderCheck, EvenWallThatEndsJustOutside_IsNoSmearThoughTheMapIsOffByAPixel) {
  // The output begins two lines below the end of an even wall; by the map it would begin in the middle of the step.
  const Plane plane(37);
  const auto wall = [&](double x, double y) { return y < 40 ? plane.value(x, y) : y < 52 ? 190.0 : plane.value(x, y); };
  const Frame source = paint(kSize, wall), output = paint(kSize, [&](int x, int y) { return wall(x, y + 42); });
  const BorderFlags flags = check_border(source, output, Mat3::translation(0, 40.5));
  EXPECT_FALSE(flags.black || flags.repeated);
}

TEST(BorderCheck, NarrowSmearOfFiveLines_IsFoundThoughTheMapIsOffByAPixel) {
  const Plane plane(38);
  const Frame source = plane.view(kSize, {});
  const Frame output = paint(kSize, [&](int x, int y) { return plane.value(x + 20, std::max(y, 5) + 30); });
  for (const double off : {-1.0, 0.0, 1.0}) EXPECT_TRUE(check_border(source, output, Mat3::translation(20, 30 + off)).repeated) << off;
}

}  // namespace
}  // namespace keel::metrics
