// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/side_by_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

template <class Sample>
Frame textured(Size size, const PixelFormat& format, const ColorTags& color, int seed) {
  FrameBuffer out(size, format, color);
  for (int p = 0; p < out.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) out.row<Sample>(p, y)[x] = static_cast<Sample>((40 + (7 * x + 13 * y + 31 * p + seed) % 100) << (format.bit_depth - 8));
  return std::move(out).freeze();
}

/// Where a plane of `out` is not the plane of `picture` that begins at column `left`: left, top, right, bottom (the last two exclusive), in samples.
struct Difference {
  int left = 1 << 20, top = 1 << 20, right = 0, bottom = 0;
  int brightest = 0, darkest = 1 << 20;
  [[nodiscard]] bool none() const { return right == 0; }
};
template <class Sample>
Difference difference(const Frame& out, const Frame& picture, int plane, int left, int top = 0) {
  Difference found;
  for (int y = 0; y < picture.plane(plane).height; ++y)
    for (int x = 0; x < picture.plane(plane).width; ++x) {
      const int sample = out.plane(plane).row<Sample>(y + top)[x + left];
      if (sample == picture.plane(plane).row<Sample>(y)[x]) continue;
      found.left = std::min(found.left, x);
      found.top = std::min(found.top, y);
      found.right = std::max(found.right, x + 1);
      found.bottom = std::max(found.bottom, y + 1);
      found.brightest = std::max(found.brightest, sample);
      found.darkest = std::min(found.darkest, sample);
    }
  return found;
}

/// All but a label near the upper left corner is the picture.
template <class Sample>
void expect_half(const Frame& out, const Frame& picture, int left) {
  const PixelFormat& format = picture.format();
  const bool full = is_full_range(format, picture.color());
  for (int p = 0; p < picture.plane_count(); ++p) {
    const Difference found = difference<Sample>(out, picture, p, format.is_chroma(p) ? left >> format.chroma_shift_x : left);
    if (format.is_chroma(p)) {
      EXPECT_TRUE(found.none()) << "chroma " << p;
      continue;
    }
    EXPECT_GT(found.left, 0);
    EXPECT_GT(found.top, 0);
    EXPECT_LT(found.right, 0.6 * picture.size().width);
    EXPECT_LT(found.bottom, 0.15 * picture.size().height);
    const int white = full ? (1 << format.bit_depth) - 1 : 235 << (format.bit_depth - 8);
    const bool alpha = format.alpha && p == format.plane_count() - 1;
    EXPECT_EQ(found.brightest, alpha ? (1 << format.bit_depth) - 1 : white);
    if (!alpha) {
      EXPECT_LT(found.darkest, 40 << (format.bit_depth - 8)) << "the ground is darker than the picture";
    }
  }
}

TEST(SideBySide, Halves_AreThePicturesSampleForSample_ButForTheLabels_InEveryFormat) {
  ColorTags full;
  full.full_range = full.range_known = true;
  const Size size{322, 240};
  for (const ColorTags& color : {ColorTags{}, full})
    for (const PixelFormat& format : {PixelFormat{ColorModel::kYuv, 8, 1, 1, false}, PixelFormat{ColorModel::kYuv, 8, 0, 1, false}, PixelFormat{ColorModel::kGray, 8, 0, 0, false}}) {
      const Frame a = textured<std::uint8_t>(size, format, color, 0), b = textured<std::uint8_t>(size, format, color, 50), out = side_by_side(a, b);
      EXPECT_EQ(out.size(), (Size{644, 240}));
      EXPECT_EQ(out.format(), format);
      expect_half<std::uint8_t>(out, a, 0);
      expect_half<std::uint8_t>(out, b, 322);
    }
  for (const PixelFormat& format : {PixelFormat{ColorModel::kYuv, 10, 1, 0, false}, PixelFormat{ColorModel::kYuv, 12, 0, 0, true}, PixelFormat{ColorModel::kGbr, 10, 0, 0, false}}) {
    const Frame a = textured<std::uint16_t>(size, format, {}, 0), b = textured<std::uint16_t>(size, format, {}, 50), out = side_by_side(a, b);
    expect_half<std::uint16_t>(out, a, 0);
    expect_half<std::uint16_t>(out, b, 322);
  }
}

TEST(SideBySide, OddSizes_AreRoundedUpToWholeChroma_AndASmallerPictureStandsInTheMiddleOverBlack) {
  const PixelFormat format{ColorModel::kYuv, 8, 1, 1, false};
  EXPECT_EQ(side_by_side_size(format, {321, 241}, {321, 241}), (Size{644, 242}));
  EXPECT_EQ(side_by_side_size({ColorModel::kYuv, 8, 2, 0, false}, {321, 241}, {100, 50}), (Size{424, 241}));
  const Frame a = textured<std::uint8_t>({321, 241}, format, {}, 0), b = textured<std::uint8_t>({200, 120}, format, {}, 50), out = side_by_side(a, b);
  ASSERT_EQ(out.size(), (Size{522, 242}));
  EXPECT_EQ(out.plane(0).row<std::uint8_t>(240)[321], out.plane(0).row<std::uint8_t>(240)[320]) << "the last column is repeated";
  EXPECT_EQ(out.plane(0).row<std::uint8_t>(241)[100], out.plane(0).row<std::uint8_t>(240)[100]) << "the last row too";
  EXPECT_TRUE(difference<std::uint8_t>(out, b, 1, 161, 30).none());
  EXPECT_EQ(out.plane(0).row<std::uint8_t>(235)[500], 16);
  EXPECT_EQ(out.plane(1).row<std::uint8_t>(118)[250], 128);
}

TEST(SideBySide, PicturesTooSmallForLetters_HaveNone) {
  const PixelFormat format{ColorModel::kYuv, 8, 1, 1, false};
  const Frame a = textured<std::uint8_t>({40, 30}, format, {}, 0), out = side_by_side(a, a);
  EXPECT_TRUE(difference<std::uint8_t>(out, a, 0, 0).none());
  EXPECT_TRUE(difference<std::uint8_t>(out, a, 0, 40).none());
}

TEST(BlackSample, UntaggedGray_IsZeroAsThePreviewShowsIt_AndTaggedLimitedIsSixteen) {
  const PixelFormat gray{ColorModel::kGray, 8, 0, 0, false};
  ColorTags limited;
  limited.range_known = true;
  EXPECT_EQ(black_sample(gray, {}, 0), 0);
  EXPECT_EQ(black_sample(gray, limited, 0), 16);
}

}  // namespace
}  // namespace keel
