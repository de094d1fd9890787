// SPDX-License-Identifier: GPL-3.0-or-later
// The fixed-point warp against the same interpolation in double precision, and vector tails.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "engine/kernels/kernels_cpu.h"

namespace keel {
namespace {

constexpr int kWidth = 640, kHeight = 96;

/// A picture of waves: its steepest slope is `slope` of full scale per pixel.
template <class Sample>
std::vector<Sample> waves(int depth, double slope) {
  std::vector<Sample> out(kWidth * kHeight);
  const double top = (1 << depth) - 1, frequency = slope / 0.4;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      out[static_cast<std::size_t>(y * kWidth + x)] = static_cast<Sample>(std::lround(top * (0.5 + 0.4 * std::sin(0.8 * frequency * x) * std::cos(0.6 * frequency * y))));
  return out;
}

/// Weight of a tap at distance `d`: triangle, or cubic convolution with a = -0.5.
double kernel(int taps, double d) {
  d = std::abs(d);
  if (taps == 2) return std::max(0.0, 1 - d);
  if (d < 1) return 1 + d * d * (1.5 * d - 2.5);
  return d < 2 ? 2 + d * (-4 + d * (2.5 - 0.5 * d)) : 0;
}

template <class Sample>
double reference(const std::vector<Sample>& src, int taps, double x, double y) {
  const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y)), first = taps == 4 ? -1 : 0;
  double sum = 0;
  for (int j = y0 + first; j < y0 + first + taps; ++j)
    for (int i = x0 + first; i < x0 + first + taps; ++i)
      sum += kernel(taps, x - i) * kernel(taps, y - j) * src[static_cast<std::size_t>(std::clamp(j, 0, kHeight - 1) * kWidth + std::clamp(i, 0, kWidth - 1))];
  return sum;
}

/// Largest difference from the reference, in units of the sample.
template <class Sample>
double worst_error(int depth, int taps, const float (&h)[9], double slope, float bend_px = 0) {
  const std::vector<Sample> src = waves<Sample>(depth, slope);
  std::vector<Sample> out(src.size());
  WarpPlane<Sample> plane{src.data(), kWidth, kWidth, kHeight, out.data(), kWidth, kWidth, kHeight, {}, depth};
  std::copy(std::begin(h), std::end(h), plane.h);
  // A bow along x, an S along y.
  plane.bend_x[0] = -bend_px;
  plane.bend_x[2] = 2 * bend_px;
  plane.bend_y[1] = -bend_px;
  plane.bend_y[3] = bend_px;
  plane.row_scale = 2.0f / kHeight;
  plane.row_offset = -1;
  warp_rows(plane, taps, 0, kHeight);
  double worst = 0;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const double w = double{h[6]} * x + double{h[7]} * y + h[8];
      const double at_x = (double{h[0]} * x + double{h[1]} * y + h[2]) / w, at_y = (double{h[3]} * x + double{h[4]} * y + h[5]) / w;
      const double place = std::clamp(2 * at_y / kHeight - 1, -1.0, 1.0);
      const double expected = reference(src, taps, at_x + bend_px * (2 * place * place - 1), at_y + bend_px * place * (place * place - 1));
      const double top = (1 << depth) - 1;
      worst = std::max(worst, std::abs(std::clamp(expected, 0.0, top) - out[static_cast<std::size_t>(y * kWidth + x)]));
    }
  return worst;
}

// A turn, a zoom and a perspective several times stronger than hand-held footage needs at this size.
constexpr float kCorrection[9] = {0.87f, -0.02f, 12.3f, 0.018f, 0.88f, 5.7f, 1e-4f, -5e-5f, 1};

TEST(Warp, GentlePictures_LieWithinHalfAGrayLevelOfDoublePrecision) {
  // Half a level is the rounding of the output; the rest is fixed-point weights and sums.
  for (const int taps : {2, 4}) EXPECT_LE(worst_error<std::uint8_t>(8, taps, kCorrection, 0.005), 0.5 + 0.06) << taps;
  for (const int taps : {2, 4}) EXPECT_LE(worst_error<std::uint16_t>(10, taps, kCorrection, 0.005), 0.5 + 0.09) << taps;
}

TEST(Warp, SteepPictures_ArePlacedWithinAHundredthOfAPixel) {
  // 0.15 of full scale per pixel: 38 gray levels; a position off by 0.01 px shows as 0.38 of a level.
  for (const int taps : {2, 4}) EXPECT_LE(worst_error<std::uint8_t>(8, taps, kCorrection, 0.15), 0.5 + 0.38) << taps;
  for (const int taps : {2, 4}) EXPECT_LE(worst_error<std::uint16_t>(12, taps, kCorrection, 0.15), 0.5 + 6.1) << taps;
}

TEST(Warp, BentRows_ArePlacedWithinAHundredthOfAPixel) {
  for (const int taps : {2, 4}) EXPECT_LE(worst_error<std::uint8_t>(8, taps, kCorrection, 0.15, 2.5f), 0.5 + 0.38) << taps;
  for (const int taps : {2, 4}) EXPECT_LE(worst_error<std::uint16_t>(12, taps, kCorrection, 0.15, 2.5f), 0.5 + 6.1) << taps;
}

template <class Sample>
void expect_tail_parity(int depth, int width, float scale_y_slope) {
  std::mt19937 random(3);
  constexpr int kRows = 21;
  std::vector<Sample> src(static_cast<std::size_t>(kWidth) * 40);
  for (Sample& s : src) s = static_cast<Sample>(random() & ((1u << depth) - 1));
  // A guard after each row shows writes past the end.
  const int stride = width + 5;
  for (const int taps : {2, 4}) {
    std::vector<Sample> fast(static_cast<std::size_t>(stride * kRows), 77), plain(fast);
    WarpPlane<Sample> plane{src.data(), kWidth, kWidth, 40, fast.data(), stride, width, kRows, {0.9f, 0.01f, 20.4f, scale_y_slope, 0.95f, 8.6f, 0, 0, 1}, depth};
    warp_rows(plane, taps, 0, kRows);
    plane.dst = plain.data();
    if (taps == 4) launch_threads({width, kRows}, WarpBody<Sample, 4>{plane});
    else launch_threads({width, kRows}, WarpBody<Sample, 2>{plane});
    ASSERT_EQ(fast, plain) << "width " << width << " taps " << taps << " depth " << depth;
  }
}

TEST(Warp, EveryWidthUpToTwoVectorBatches_EqualsThePlainBodyAndWritesNothingBehindTheRow) {
  for (int width = 1; width <= 130; ++width)
    for (const float slope : {0.0f, 0.03f, -0.03f, 0.11f, 0.2f}) {
      expect_tail_parity<std::uint8_t>(8, width, slope);
      expect_tail_parity<std::uint16_t>(10, width, slope);
    }
}

}  // namespace
}  // namespace keel
