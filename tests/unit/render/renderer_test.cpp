// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/renderer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/render/border_fill.h"
#include "tests/unit/render/color_fields.h"

namespace keel {
namespace {

using test::largest_inner_difference;

/// The fields, moved.
template <class Sample>
Frame analytic(Size size, PixelFormat format, ColorTags tags, double dx, double dy) {
  return test::color_fields<Sample>(size, format, tags, [&](Point at) { return Point{at.x + dx, at.y + dy}; });
}

const PixelFormat k420{ColorModel::kYuv, 8, 1, 1, false}, k422_10{ColorModel::kYuv, 10, 1, 0, false}, k444_12a{ColorModel::kYuv, 12, 0, 0, true}, k410{ColorModel::kYuv, 8, 2, 2, false};

TEST(Render, Identity_IsBitExactInEveryFormat) {
  const Size size{127, 61};
  for (const PixelFormat& format : {k420, k410}) {
    const Frame in = analytic<std::uint8_t>(size, format, {}, 0, 0), out = render(in, {Mat3::identity()}, size);
    EXPECT_EQ(largest_inner_difference<std::uint8_t>(in, out), 0);
  }
  for (const PixelFormat& format : {k422_10, k444_12a}) {
    const Frame in = analytic<std::uint16_t>(size, format, {}, 0, 0), out = render(in, {Mat3::identity()}, size);
    EXPECT_EQ(largest_inner_difference<std::uint16_t>(in, out), 0);
  }
}

TEST(Render, FractionalShift_MovesLumaAndChromaTogetherForEachSiting) {
  const Size size{160, 96};
  for (const int location : {1, 2})
    for (const PixelFormat& format : {k420, k410}) {
      ColorTags tags;
      tags.chroma_location = location;
      const Frame in = analytic<std::uint8_t>(size, format, tags, 0, 0), expected = analytic<std::uint8_t>(size, format, tags, 3.3, -1.7);
      const Frame out = render(in, {Mat3::translation(3.3, -1.7)}, size);
      // Rounding twice: one gray level; a siting that is wrong by half a luma pixel shows as two and more.
      EXPECT_LE(largest_inner_difference<std::uint8_t>(out, expected), 1) << "siting " << location;
    }
}

TEST(Render, TenBitShift_KeepsTenBits) {
  const Size size{160, 96};
  ColorTags tags;
  tags.chroma_location = 1;
  const Frame in = analytic<std::uint16_t>(size, k422_10, tags, 0, 0), expected = analytic<std::uint16_t>(size, k422_10, tags, 2.6, 0.4);
  EXPECT_LE(largest_inner_difference<std::uint16_t>(render(in, {Mat3::translation(2.6, 0.4)}, size), expected), 1);
}

TEST(Render, ZoomToAnotherSize_HasThatSize) {
  const Frame in = analytic<std::uint8_t>({160, 96}, k420, {}, 0, 0);
  const Frame out = render(in, {Mat3::scaling(2, 2)}, {80, 48}, Interpolation::kBilinear);
  EXPECT_EQ(out.size(), (Size{80, 48}));
  EXPECT_EQ(out.plane(1).width, 40);
}

TEST(Render, TinyPictures_DoNotReadOutside) {
  for (const Size size : {Size{1, 1}, Size{2, 3}, Size{5, 2}, Size{17, 4}}) {
    const Frame in = analytic<std::uint8_t>(size, k420, {}, 0, 0);
    EXPECT_EQ(render(in, {Mat3::rotation(0.1)}, size).size(), size);
  }
}

TEST(ExtendBorder, Inside_IsTheSourceAndOutsideIsMirroredOrBlack) {
  const Size size{61, 37};
  for (const PixelFormat& format : {k420, k422_10, k444_12a, k410}) {
    const bool bytes = format.bytes_per_sample() == 1;
    const Frame in = bytes ? analytic<std::uint8_t>(size, format, {}, 0, 0) : analytic<std::uint16_t>(size, format, {}, 0, 0);
    const auto sample = [&](const Frame& f, int p, int x, int y) { return bytes ? f.plane(p).row<std::uint8_t>(y)[x] : f.plane(p).row<std::uint16_t>(y)[x]; };
    constexpr int kMargin = 12;
    for (const BorderFill fill : {BorderFill::kMirror, BorderFill::kBlack}) {
      const Frame out = extend_border(in, kMargin, fill);
      ASSERT_EQ(out.size(), (Size{61 + 24, 37 + 24}));
      for (int p = 0; p < format.plane_count(); ++p) {
        const int mx = format.is_chroma(p) ? kMargin >> format.chroma_shift_x : kMargin, my = format.is_chroma(p) ? kMargin >> format.chroma_shift_y : kMargin;
        const int w = in.plane(p).width, h = in.plane(p).height;
        ASSERT_EQ(out.plane(p).width, w + 2 * mx);
        ASSERT_EQ(out.plane(p).height, h + 2 * my);
        for (int y = 0; y < h; ++y)
          for (int x = 0; x < w; ++x) ASSERT_EQ(sample(out, p, x + mx, y + my), sample(in, p, x, y));
        const bool alpha = format.alpha && p == format.plane_count() - 1;
        const int black = alpha ? 0 : (format.is_chroma(p) ? 1 << (format.bit_depth - 1) : 16 << (format.bit_depth - 8));
        for (int d = 1; d <= mx && d < w; ++d) {
          EXPECT_EQ(sample(out, p, mx - d, my), fill == BorderFill::kMirror ? sample(in, p, d, 0) : black);
          EXPECT_EQ(sample(out, p, mx + w - 1 + d, my), fill == BorderFill::kMirror ? sample(in, p, w - 1 - d, 0) : black);
        }
        for (int d = 1; d <= my && d < h; ++d) EXPECT_EQ(sample(out, p, mx, my - d), fill == BorderFill::kMirror ? sample(in, p, 0, d) : black);
      }
    }
  }
}

TEST(ExtendBorder, WarpFromTheExtendedPicture_IsTheSameWhereTheSourceIsSeen) {
  const Size size{160, 96};
  const Frame in = analytic<std::uint8_t>(size, k420, {}, 0, 0);
  const FrameWarp warp{Mat3::translation(-21.4, 9.3)};
  WarpPlan plan;
  plan.output = size;
  plan.borders.smallest_margin_px = -21.4;
  const int margin = filled_margin_px(plan);
  EXPECT_EQ(margin, 28);
  const Frame direct = render(in, warp, size), filled = render(extend_border(in, margin, BorderFill::kBlack), warp_from_extended(warp, margin), size);
  // A position is rounded to 1/256 px in float, from a larger number here: one level of difference.
  for (int y = 0; y < 96 - 12; ++y)
    for (int x = 24; x < 160; ++x) EXPECT_NEAR(filled.plane(0).row<std::uint8_t>(y)[x], direct.plane(0).row<std::uint8_t>(y)[x], 1);
  EXPECT_EQ(filled.plane(0).row<std::uint8_t>(40)[5], 16);
}

}  // namespace
}  // namespace keel
