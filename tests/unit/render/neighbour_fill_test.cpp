// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/neighbour_fill.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "engine/plan/framing.h"
#include "engine/render/border_fill.h"
#include "engine/sample/sample_clip.h"
#include "tests/support/digest.h"
#include "tests/support/scenes.h"

namespace keel {
namespace {

constexpr Size kSize{320, 180};

/// A hand-held pan and its plan without framing; `cut` starts another shot there.
struct Clip {
  PlaneScene scene;
  std::vector<Frame> frames;
  WarpPlan plan;
};

Clip make_clip(int frames, int cut = 0) {
  Clip clip;
  clip.scene = handheld_scene(kSize, frames, 5, true);
  MotionTrack track;
  track.size = kSize;
  track.time_base = {1, 30};
  for (int i = 0; i < frames; ++i) {
    clip.frames.push_back(render_plane(clip.scene, i));
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({exact_motion(clip.scene, i - 1, i), i == cut ? MotionStatus::kSceneCut : MotionStatus::kOk, 1.0f});
  }
  StabilizeSettings settings;
  settings.framing = Framing::kNone;
  clip.plan = solve(track, settings)->plan;
  return clip;
}

const Clip& clip() {
  static const Clip made = make_clip(22);
  return made;
}

NeighbourFilled filled(const Clip& c, int index) { return fill_from_neighbours(c.plan, {c.frames, 0}, index); }

Frame mirrored(const Clip& c, int index) {
  const int margin = filled_margin_px(c.plan);
  const auto t = static_cast<std::size_t>(index);
  return render(extend_border(c.frames[t], margin, BorderFill::kMirror), warp_from_extended(c.plan.frames[t], margin), c.plan.output);
}

/// The picture that the virtual camera would have taken, moved by so many pixels.
Frame truth(const Clip& c, int index, Point moved = {}) {
  const auto t = static_cast<std::size_t>(index);
  PlaneScene virtual_scene = c.scene;
  virtual_scene.picture_from_plane[t] = Mat3::translation(moved.x, moved.y) * *inverse(c.plan.frames[t].src_from_dst) * c.scene.picture_from_plane[t];
  return render_plane(virtual_scene, index);
}

/// How far the output pixel lies inside the frame's own picture, in source px.
double inside(const Clip& c, int index, int x, int y) {
  const Point p = apply(c.plan.frames[static_cast<std::size_t>(index)].src_from_dst, {static_cast<double>(x), static_cast<double>(y)});
  return std::min(std::min(p.x, kSize.width - 1 - p.x), std::min(p.y, kSize.height - 1 - p.y));
}

/// Mean absolute luma difference where the frame itself shows nothing, and how many pixels that is.
std::pair<double, int> outside_difference(const Clip& c, int index, const Frame& a, const Frame& b) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x) {
      if (inside(c, index, x, y) > -1) continue;
      sum += std::abs(int{a.plane(0).row<std::uint8_t>(y)[x]} - int{b.plane(0).row<std::uint8_t>(y)[x]});
      ++count;
    }
  return {count > 0 ? sum / count : 0, count};
}

int widest_border(const Clip& c) {
  int widest = 5;
  for (int t = 6; t + 6 < static_cast<int>(c.frames.size()); ++t)
    if (certify_borders({c.plan.frames[static_cast<std::size_t>(t)]}, kSize, kSize).smallest_margin_px <
                                         certify_borders({c.plan.frames[static_cast<std::size_t>(widest)]}, kSize, kSize).smallest_margin_px)
      widest = t;
  return widest;
}

TEST(NeighbourFill, StaticScene_ShowsWhatTheVirtualCameraWouldHaveSeen) {
  // Long enough for the pan to have seen all that is asked for.
  const Clip seen = make_clip(40);
  const int t = widest_border(seen);
  const NeighbourFilled out = filled(seen, t);
  const Frame expected = truth(seen, t);
  const auto [difference, pixels] = outside_difference(seen, t, out.frame, expected);
  const double by_mirror = outside_difference(seen, t, mirrored(seen, t), expected).first;
  ASSERT_GT(pixels, 1000);
  // What resampling makes of hard edges, and the mirror's few pixels.
  EXPECT_LT(difference, 0.25 * by_mirror);
  EXPECT_LT(out.pixels.mirrored, 0.05 * out.pixels.neighbours);
  // In place to half a pixel: every picture moved by as much fits worse.
  for (const Point moved : {Point{0.5, 0}, {-0.5, 0}, {0, 0.5}, {0, -0.5}}) {
    const double off = outside_difference(seen, t, out.frame, truth(seen, t, moved)).first;
    EXPECT_LT(difference, 0.9 * off) << moved.x << " " << moved.y << ": " << difference << " against " << off;
  }
}

TEST(NeighbourFill, WellInsideTheFrame_NotAByteChanges) {
  const int t = widest_border(clip());
  const Frame out = filled(clip(), t).frame, plain = mirrored(clip(), t);
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x)
      // The unused rim and the blend: 1.5 and 0.012 * 320 px.
      if (inside(clip(), t, x, y) > 6) { ASSERT_EQ(out.plane(0).row<std::uint8_t>(y)[x], plain.plane(0).row<std::uint8_t>(y)[x]) << x << " " << y; }
}

TEST(NeighbourFill, Shares_SayHowMuchIsNotTheFrameItself) {
  const int t = widest_border(clip());
  const FilledPixels pixels = filled(clip(), t).pixels;
  int outside = 0;
  for (int y = 0; y < kSize.height; ++y)
    for (int x = 0; x < kSize.width; ++x) outside += inside(clip(), t, x, y) < -0.5;
  const double share = outside / (1.0 * kSize.width * kSize.height);
  EXPECT_GE(pixels.neighbours + pixels.mirrored, share - 1e-3);
  // The blend lies inside: at most 6 px along the outline.
  EXPECT_LE(pixels.neighbours + pixels.mirrored, share + 6.0 * 2 * (kSize.width + kSize.height) / (kSize.width * kSize.height));
  EXPECT_GT(pixels.neighbours, 0.5 * share);
}

TEST(NeighbourFill, AloneInTheWindow_IsTheMirror) {
  const int t = widest_border(clip());
  const auto at = static_cast<std::size_t>(t);
  const NeighbourFilled out = fill_from_neighbours(clip().plan, {std::span(clip().frames).subspan(at, 1), t}, t);
  const Frame plain = mirrored(clip(), t);
  for (int p = 0; p < 3; ++p)
    for (int y = 0; y < plain.plane(p).height; ++y)
      for (int x = 0; x < plain.plane(p).width; ++x) ASSERT_EQ(out.frame.plane(p).row<std::uint8_t>(y)[x], plain.plane(p).row<std::uint8_t>(y)[x]);
  EXPECT_EQ(out.pixels.neighbours, 0);
  EXPECT_NEAR(out.pixels.mirrored, measure_filled({clip().plan.frames[at]}, kSize, kSize).mean_share, 0.003);
}

TEST(NeighbourFill, FramesBeyondACut_AreNeverUsed) {
  const Clip cut = make_clip(16, 8);
  for (const int t : {6, 7, 8, 9}) {
    const NeighbourFilled whole = filled(cut, t);
    const int first = t < 8 ? 0 : 8;
    const NeighbourFilled shot = fill_from_neighbours(cut.plan, {std::span(cut.frames).subspan(static_cast<std::size_t>(first), 8), first}, t);
    for (int y = 0; y < kSize.height; ++y)
      for (int x = 0; x < kSize.width; ++x) ASSERT_EQ(whole.frame.plane(0).row<std::uint8_t>(y)[x], shot.frame.plane(0).row<std::uint8_t>(y)[x]) << t;
  }
}

TEST(NeighbourFill, PairsWithoutMotion_AreNotChained) {
  Clip broken = clip();
  const int t = widest_border(broken);
  broken.plan.cur_from_prev[static_cast<std::size_t>(t)].reset();
  broken.plan.cur_from_prev[static_cast<std::size_t>(t) + 1].reset();
  EXPECT_EQ(filled(broken, t).pixels.neighbours, 0);
}

/// Every sample scaled about black.
Frame brighter(const Frame& in, double gain) {
  FrameBuffer out(in.size(), in.format(), in.color());
  for (int p = 0; p < in.plane_count(); ++p) {
    const double zero = p == 0 ? 16 : 128;
    for (int y = 0; y < in.plane(p).height; ++y)
      for (int x = 0; x < in.plane(p).width; ++x)
        out.row<std::uint8_t>(p, y)[x] = static_cast<std::uint8_t>(std::lround(std::clamp(zero + gain * (in.plane(p).row<std::uint8_t>(y)[x] - zero), 0.0, 255.0)));
  }
  return std::move(out).freeze();
}

TEST(NeighbourFill, DarkerNeighbours_AreMatchedInBrightness) {
  Clip darker = clip();
  const int t = widest_border(darker);
  for (std::size_t i = 0; i < darker.frames.size(); ++i)
    if (static_cast<int>(i) != t) darker.frames[i] = brighter(darker.frames[i], 0.85);
  const double matched = outside_difference(darker, t, filled(darker, t).frame, truth(darker, t)).first;
  // Unmatched, 15 % of about a hundred levels would remain.
  EXPECT_LT(matched, 2 + outside_difference(clip(), t, filled(clip(), t).frame, truth(clip(), t)).first);
}

/// The clip's luma in every plane of another format.
Frame converted(const Frame& in, const PixelFormat& format) {
  FrameBuffer out(in.size(), format, {});
  for (int p = 0; p < out.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) {
        const int sx = format.is_chroma(p) ? format.chroma_shift_x : 0, sy = format.is_chroma(p) ? format.chroma_shift_y : 0;
        const int v = in.plane(0).row<std::uint8_t>(std::min(y << sy, in.size().height - 1))[std::min(x << sx, in.size().width - 1)];
        if (format.bytes_per_sample() == 1) out.row<std::uint8_t>(p, y)[x] = static_cast<std::uint8_t>(v);
        else out.row<std::uint16_t>(p, y)[x] = static_cast<std::uint16_t>(v << (format.bit_depth - 8));
      }
  return std::move(out).freeze();
}

TEST(NeighbourFill, EveryFormat_IsFilledLikeEightBitLuma) {
  const int t = widest_border(clip());
  const Frame reference = filled(clip(), t).frame;
  for (const PixelFormat& format : {PixelFormat{ColorModel::kGray, 8, 0, 0, false}, PixelFormat{ColorModel::kYuv, 10, 1, 0, false}, PixelFormat{ColorModel::kYuv, 12, 0, 0, true},
                                    PixelFormat{ColorModel::kYuv, 8, 2, 2, false}, PixelFormat{ColorModel::kGbr, 16, 0, 0, false}}) {
    Clip other = clip();
    for (Frame& frame : other.frames) frame = converted(frame, format);
    const Frame out = filled(other, t).frame;
    ASSERT_EQ(out.format(), format);
    double worst = 0;
    for (int y = 0; y < kSize.height; ++y)
      for (int x = 0; x < kSize.width; ++x) {
        const int v = format.bytes_per_sample() == 1 ? out.plane(0).row<std::uint8_t>(y)[x] : out.plane(0).row<std::uint16_t>(y)[x] >> (format.bit_depth - 8);
        worst = std::max<double>(worst, std::abs(v - reference.plane(0).row<std::uint8_t>(y)[x]));
      }
    // Rounding, cut to 8 bits, and gains that differ in the fourth digit.
    EXPECT_LE(worst, 2) << format.bit_depth;
  }
}

std::uint64_t digest() {
  test::Fnv hash;
  const Frame out = filled(clip(), widest_border(clip())).frame;
  for (int p = 0; p < 3; ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) hash.add(std::uint64_t{out.plane(p).row<std::uint8_t>(y)[x]});
  return hash.value();
}

TEST(NeighbourFillDigest, Result_CanBeSaidInANumber) { std::cout << "digest " << digest() << std::endl; }

TEST(NeighbourFillThreads, OneTwoOrSeven_GiveTheSameBytes) { test::expect_same_digest_on_any_threads("NeighbourFillDigest.*", digest()); }

TEST(NeighbourReach, LargePictures_HaveFewerNeighbours) {
  EXPECT_EQ(neighbour_reach({640, 360}, {}), 30);
  EXPECT_EQ(neighbour_reach({1920, 1080}, {}), 30);
  // 512 MB are 10 pictures of 50 MB.
  EXPECT_EQ(neighbour_reach({7680, 4320}, {}), 4);
}

}  // namespace
}  // namespace keel
