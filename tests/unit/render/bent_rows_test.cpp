// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that lie beside the homography, straightened while rendering.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/render/border_fill.h"
#include "engine/render/renderer.h"

namespace keel {
namespace {

constexpr Size kSize{160, 96};

RowBend some_bend() {
  RowBend bend = RowBend::over(kSize.height);
  bend.x = {2.1, -1.3, 0.8};
  bend.y = {-1.4, 0.6, 0.5};
  return bend;
}

/// Smooth colour fields given in luma pixels, sampled where the format's chroma lies; `bent`: with its rows displaced.
template <class Sample>
Frame fields(PixelFormat format, ColorTags tags, const RowBend* bent) {
  FrameBuffer out(kSize, format, tags);
  const double top = (1 << format.bit_depth) - 1;
  const double step_x = 1 << format.chroma_shift_x, step_y = 1 << format.chroma_shift_y;
  for (int p = 0; p < format.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) {
        Point at{static_cast<double>(x), static_cast<double>(y)};
        if (format.is_chroma(p)) at = {x * step_x + (tags.chroma_location == 2 ? 0.5 * (step_x - 1) : 0), y * step_y + 0.5 * (step_y - 1)};
        // What is seen at a place was meant for the place that is displaced to it: a few rounds find it.
        Point meant = at;
        for (int i = 0; bent != nullptr && i < 30; ++i) meant = {at.x - bent->at(meant.y).x, at.y - bent->at(meant.y).y};
        const double v = 0.5 + 0.3 * std::sin(0.05 * meant.x + p) * std::cos(0.04 * meant.y);
        out.row<Sample>(p, y)[x] = static_cast<Sample>(std::lround(v * top));
      }
  return std::move(out).freeze();
}

template <class Sample>
double largest_inner_difference(const Frame& a, const Frame& b) {
  double worst = 0;
  for (int p = 0; p < a.plane_count(); ++p)
    for (int y = 8; y < a.plane(p).height - 8; ++y)
      for (int x = 8; x < a.plane(p).width - 8; ++x) worst = std::max(worst, std::abs(static_cast<double>(a.plane(p).row<Sample>(y)[x]) - b.plane(p).row<Sample>(y)[x]));
  return worst;
}

TEST(BentRows, LumaAndChromaOfEachSiting_ComeOutStraight) {
  const RowBend bend = some_bend();
  for (const int location : {1, 2}) {
    ColorTags tags;
    tags.chroma_location = location;
    const PixelFormat k420{ColorModel::kYuv, 8, 1, 1, false}, k422_10{ColorModel::kYuv, 10, 1, 0, false};
    const Frame bent = fields<std::uint8_t>(k420, tags, &bend), straight = fields<std::uint8_t>(k420, tags, nullptr);
    ASSERT_GE(largest_inner_difference<std::uint8_t>(bent, straight), 4) << "nothing to straighten";
    // Rounding twice: one level.
    EXPECT_LE(largest_inner_difference<std::uint8_t>(render(bent, {Mat3::identity(), bend}, kSize), straight), 1) << location;
    const Frame bent_deep = fields<std::uint16_t>(k422_10, tags, &bend), straight_deep = fields<std::uint16_t>(k422_10, tags, nullptr);
    EXPECT_LE(largest_inner_difference<std::uint16_t>(render(bent_deep, {Mat3::identity(), bend}, kSize), straight_deep), 1) << location;
  }
}

TEST(BentRows, ExtendedBorder_ShowsTheSamePicture) {
  const RowBend bend = some_bend();
  const FrameWarp warp{Mat3::translation(4.3, -2.2) * Mat3::scaling(0.85, 0.85), bend};
  const Frame bent = fields<std::uint8_t>({ColorModel::kYuv, 8, 1, 1, false}, {}, &bend);
  constexpr int kMargin = 32;
  const Frame plain = render(bent, warp, kSize), extended = render(extend_border(bent, kMargin, BorderFill::kMirror), warp_from_extended(warp, kMargin), kSize);
  // Positions in other pixels round differently: one level.
  EXPECT_LE(largest_inner_difference<std::uint8_t>(plain, extended), 1);
}

}  // namespace
}  // namespace keel
