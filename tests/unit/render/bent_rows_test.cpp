// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that lie beside the homography, straightened while rendering.
#include <gtest/gtest.h>

#include "engine/render/border_fill.h"
#include "engine/render/renderer.h"
#include "tests/unit/render/color_fields.h"

namespace keel {
namespace {

using test::largest_inner_difference;

constexpr Size kSize{160, 96};

RowBend some_bend() {
  RowBend bend = RowBend::over(kSize.height);
  bend.x = {2.1, -1.3, 0.8};
  bend.y = {-1.4, 0.6, 0.5};
  return bend;
}

/// The fields; `bent`: with their rows displaced.
template <class Sample>
Frame fields(PixelFormat format, ColorTags tags, const RowBend* bent) {
  return test::color_fields<Sample>(kSize, format, tags, [&](Point at) {
    // What is seen at a place was meant for the place that is displaced to it: a few rounds find it.
    Point meant = at;
    for (int i = 0; bent != nullptr && i < 30; ++i) meant = {at.x - bent->at(meant.y).x, at.y - bent->at(meant.y).y};
    return meant;
  });
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
