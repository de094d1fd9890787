// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/color_conversion.h"

#include <gtest/gtest.h>

#include <array>

namespace keel::ui {
namespace {

constexpr Size kSmall{640, 480}, kHigh{1280, 720};

std::array<double, 3> convert(const ColorConversion& c, const PixelFormat& format, std::array<int, 3> stored) {
  const double peak = (1 << format.bit_depth) - 1;
  std::array<double, 3> rgb{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t col = 0; col < 3; ++col) rgb[row] += c.rgb_from_planes[3 * row + col] * (stored[col] / peak - c.offset[col]);
  return rgb;
}

void expect_rgb(const std::array<double, 3>& got, std::array<double, 3> wanted, double tolerance) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(got[i], wanted[i], tolerance) << "channel " << i;
}

TEST(ColorConversion, LimitedRange_BlackAndWhite_AreExactAtEveryDepth) {
  for (const int depth : {8, 10, 12, 16}) {
    const PixelFormat format{ColorModel::kYuv, depth};
    const auto c = make_color_conversion(format, {}, kSmall);
    const int step = 1 << (depth - 8);
    expect_rgb(convert(c, format, {16 * step, 128 * step, 128 * step}), {0, 0, 0}, 1e-5);
    expect_rgb(convert(c, format, {235 * step, 128 * step, 128 * step}), {1, 1, 1}, 1e-5);
  }
}

// Stored samples of pure red are rounded to whole numbers: half a step of Y and V move a channel by up to 0.006.
TEST(ColorConversion, UntaggedMatrix_PureRed_Is601BelowAnd709From720Lines) {
  const PixelFormat format;
  expect_rgb(convert(make_color_conversion(format, {}, kSmall), format, {81, 90, 240}), {1, 0, 0}, 0.01);
  expect_rgb(convert(make_color_conversion(format, {}, kHigh), format, {63, 102, 240}), {1, 0, 0}, 0.01);
}

TEST(ColorConversion, TaggedMatrix_OverridesTheGuess) {
  const PixelFormat format;
  ColorTags tags;
  tags.matrix = 9;
  expect_rgb(convert(make_color_conversion(format, tags, kSmall), format, {74, 97, 240}), {1, 0, 0}, 0.01);
}

TEST(ColorConversion, FullRangeYuv_ZeroAndPeak_AreBlackAndWhite) {
  const PixelFormat format;
  ColorTags tags;
  tags.full_range = tags.range_known = true;
  const auto c = make_color_conversion(format, tags, kSmall);
  expect_rgb(convert(c, format, {0, 128, 128}), {0, 0, 0}, 1e-5);
  expect_rgb(convert(c, format, {255, 128, 128}), {1, 1, 1}, 1e-5);
}

TEST(ColorConversion, GrayAndGbr_Untagged_AreFullRange) {
  const PixelFormat gray{ColorModel::kGray, 8, 0, 0}, gbr{ColorModel::kGbr, 8, 0, 0};
  expect_rgb(convert(make_color_conversion(gray, {}, kSmall), gray, {51, 0, 0}), {0.2, 0.2, 0.2}, 1e-5);
  expect_rgb(convert(make_color_conversion(gbr, {}, kSmall), gbr, {51, 102, 255}), {1.0, 0.2, 0.4}, 1e-5);
}

TEST(ColorConversion, ChromaSiting_OfLuma4_FollowsTheLocation) {
  const PixelFormat format;
  const auto position = [&](int location) {
    ColorTags tags;
    tags.chroma_location = location;
    const auto c = make_color_conversion(format, tags, kSmall);
    return std::array<float, 2>{4 * c.chroma_scale[0] + c.chroma_shift[0], 4 * c.chroma_scale[1] + c.chroma_shift[1]};
  };
  EXPECT_EQ(position(1), (std::array<float, 2>{2.0F, 1.75F})) << "left";
  EXPECT_EQ(position(2), (std::array<float, 2>{1.75F, 1.75F})) << "centre";
  EXPECT_EQ(position(3), (std::array<float, 2>{2.0F, 2.0F})) << "top left";
  EXPECT_EQ(position(0), position(1)) << "unspecified is taken as left";
}

}  // namespace
}  // namespace keel::ui
