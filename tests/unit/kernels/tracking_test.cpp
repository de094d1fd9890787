// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>

#include "engine/kernels/kernels_cpu.h"

namespace keel {
namespace {

/// A smooth analytic picture, shifted by a known amount and with another gain and offset.
std::vector<GrayImage> waves(double dx, double dy, double gain, double offset) {
  GrayImage image({320, 200});
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 320; ++x) {
      const double u = x - dx, v = y - dy;
      const double value = 110 + 30 * std::sin(0.31 * u + 0.11 * v) + 25 * std::sin(0.23 * v - 0.17 * u + 1) + 20 * std::cos(0.052 * u + 0.049 * v);
      image.row(y)[x] = static_cast<std::uint8_t>(std::lround(gain * value + offset));
    }
  image.replicate_border();
  std::vector<GrayImage> levels{std::move(image)};
  for (int l = 0; l < 3; ++l) levels.push_back(pyramid_down(levels.back()));
  return levels;
}

PyramidView view(const std::vector<GrayImage>& levels) {
  PyramidView v;
  v.levels = static_cast<int>(levels.size());
  for (int l = 0; l < v.levels; ++l) v.level[l] = levels[static_cast<std::size_t>(l)].view();
  return v;
}

void expect_tracked(double dx, double dy, double gain, double offset, double tolerance_px) {
  const auto prev = waves(0, 0, 1, 0), cur = waves(dx, dy, gain, offset);
  std::vector<LkMatch> matches;
  for (int y = 40; y < 160; y += 20)
    for (int x = 40; x < 280; x += 20) matches.push_back({static_cast<float>(x), static_cast<float>(y), static_cast<float>(x), static_cast<float>(y)});
  track_points(view(prev), view(cur), true, {}, matches);
  int tracked = 0;
  for (const LkMatch& m : matches) {
    if (!m.tracked) continue;
    ++tracked;
    EXPECT_NEAR(m.cur_x - m.prev_x, dx, tolerance_px);
    EXPECT_NEAR(m.cur_y - m.prev_y, dy, tolerance_px);
  }
  EXPECT_GT(tracked, static_cast<int>(matches.size()) * 8 / 10);
}

// 8-bit rounding of a picture with gradients of about 8 gray/px leaves some hundredths of a pixel.
TEST(LucasKanade, SubpixelShift_IsRecovered) { expect_tracked(1.37, -2.61, 1, 0, 0.05); }
TEST(LucasKanade, LargeShift_IsRecoveredThroughThePyramid) { expect_tracked(17.2, 9.4, 1, 0, 0.05); }
TEST(LucasKanade, GainAndOffset_DoNotMoveThePoint) {
  expect_tracked(1.37, -2.61, 1.2, 0, 0.06);
  expect_tracked(-0.72, 0.55, 0.8, 25, 0.06);
}

TEST(LucasKanade, FlatPicture_TracksNothing) {
  GrayImage flat({160, 120});
  for (int y = 0; y < 120; ++y) std::fill_n(flat.row(y), 160, std::uint8_t{77});
  flat.replicate_border();
  std::vector<GrayImage> levels{std::move(flat)};
  std::vector<LkMatch> matches{{60, 60, 60, 60}};
  track_points(view(levels), view(levels), true, {}, matches);
  EXPECT_FALSE(matches[0].tracked);
}

}  // namespace
}  // namespace keel
