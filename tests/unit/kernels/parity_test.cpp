// SPDX-License-Identifier: GPL-3.0-or-later
// P0 parity: every execution of a kernel gives the bits of its plain body.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "engine/backend/device.h"
#include "engine/kernels/area_luma.h"
#include "engine/kernels/fast_variants.h"
#include "engine/kernels/kernels_cpu.h"
#include "engine/kernels/lucas_kanade_warp.h"
#include "engine/kernels/pyramid.h"
#include "engine/kernels/split_plane.h"

namespace keel {
namespace {

GrayImage random_image(Size size, std::uint32_t seed) {
  GrayImage image(size);
  std::mt19937 random(seed);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) image.row(y)[x] = static_cast<std::uint8_t>(128 + 90 * std::sin(0.2 * x + 0.03 * y * y) + random() % 30);
  image.replicate_border();
  return image;
}

template <class Sample>
Frame random_frame(Size size, int depth) {
  PixelFormat format{ColorModel::kGray, depth, 0, 0, false};
  FrameBuffer out(size, format, {});
  std::mt19937 random(5);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) out.row<Sample>(0, y)[x] = static_cast<Sample>(random() & ((1u << depth) - 1));
  return std::move(out).freeze();
}

template <class Sample>
void expect_area_luma_matches_body(Size source, Size dest, int depth) {
  const Frame frame = random_frame<Sample>(source, depth);
  const GrayImage fast = area_luma(frame, dest);
  GrayImage plain(dest), emulated(dest);
  AreaLumaBody<Sample> body{frame.plane(0).row<Sample>(0), frame.plane(0).stride_bytes / static_cast<std::ptrdiff_t>(sizeof(Sample)), source.width, source.height,
                            depth - 8, plain.row(0), plain.stride(), dest.width, dest.height};
  launch_threads({dest.width, dest.height}, body);
  body.dst = emulated.row(0);
  launch_emulated({dest.width, dest.height}, body);
  for (int y = 0; y < dest.height; ++y)
    for (int x = 0; x < dest.width; ++x) {
      ASSERT_EQ(fast.row(y)[x], plain.row(y)[x]) << x << "," << y;
      ASSERT_EQ(emulated.row(y)[x], plain.row(y)[x]) << x << "," << y;
    }
}

TEST(AreaLuma, WholeAndBrokenRatios8To16Bit_AllExecutionsAgree) {
  expect_area_luma_matches_body<std::uint8_t>({192, 108}, {64, 36}, 8);
  expect_area_luma_matches_body<std::uint8_t>({173, 101}, {64, 37}, 8);
  expect_area_luma_matches_body<std::uint8_t>({65, 31}, {65, 31}, 8);
  expect_area_luma_matches_body<std::uint16_t>({173, 101}, {64, 37}, 10);
  expect_area_luma_matches_body<std::uint16_t>({99, 57}, {50, 30}, 16);
}

/// Every `step`-th word, shifted down, of rows with a gap.
template <class Sample>
void expect_split_plane_takes_its_samples(Size plane, int step, int shift) {
  std::mt19937 random(9);
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(plane.width) * step + 7;
  std::vector<Sample> words(static_cast<std::size_t>(stride * plane.height));
  for (Sample& word : words) word = static_cast<Sample>((random() >> 8) << shift);
  const auto samples = static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.height);
  std::vector<Sample> wanted(samples), plain(samples), emulated(samples);
  // U and V take turns: the second plane begins a word further.
  const Sample* const first = words.data() + step - 1;
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      wanted[static_cast<std::size_t>(y * plane.width + x)] = static_cast<Sample>(first[y * stride + x * step] / (1 << shift));
  SplitPlaneBody<Sample> body{first, stride, step, shift, plain.data(), plane.width, plane.width, plane.height};
  launch_threads(body.extent(), body);
  body.dst = emulated.data();
  launch_emulated(body.extent(), body);
  EXPECT_EQ(plain, wanted);
  EXPECT_EQ(emulated, wanted);
}

TEST(SplitPlane, EveryLayoutAndDepth_AllExecutionsAgree) {
  expect_split_plane_takes_its_samples<std::uint8_t>({49, 31}, 2, 0);
  expect_split_plane_takes_its_samples<std::uint8_t>({33, 9}, 1, 0);
  expect_split_plane_takes_its_samples<std::uint16_t>({97, 61}, 1, 6);
  expect_split_plane_takes_its_samples<std::uint16_t>({49, 31}, 2, 6);
  expect_split_plane_takes_its_samples<std::uint16_t>({1, 1}, 2, 4);
}

TEST(JoinPlane, EveryLayoutAndDepth_IsWhatSplitPlaneUndoesAndAllExecutionsAgree) {
  struct Case {
    Size plane;
    int step, depth;
  };
  for (const Case& c : {Case{{49, 31}, 2, 10}, Case{{97, 61}, 1, 10}, Case{{33, 9}, 2, 16}, Case{{1, 1}, 2, 12}}) {
    const Frame frame = random_frame<std::uint16_t>(c.plane, c.depth);
    const PlaneView& plane = frame.plane(0);
    const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(c.plane.width) * c.step + 5;
    const auto words = static_cast<std::size_t>(stride * c.plane.height + 1);
    constexpr std::uint16_t kUntouched = 0xa5a5;
    std::vector<std::uint16_t> plain(words, kUntouched), emulated(words, kUntouched), back(static_cast<std::size_t>(c.plane.width * c.plane.height));
    const int shift = 16 - c.depth, second = c.step - 1;
    JoinPlaneBody<std::uint16_t> body{plane.row<std::uint16_t>(0), plane.stride_bytes / 2, plain.data() + second, stride, c.step, shift, c.plane.width, c.plane.height};
    launch_threads(body.extent(), body);
    body.dst = emulated.data() + second;
    launch_emulated(body.extent(), body);
    EXPECT_EQ(plain, emulated);
    const SplitPlaneBody<std::uint16_t> undo{plain.data() + second, stride, c.step, shift, back.data(), c.plane.width, c.plane.width, c.plane.height};
    launch_threads(undo.extent(), undo);
    for (int y = 0; y < c.plane.height; ++y)
      for (int x = 0; x < c.plane.width; ++x) {
        ASSERT_EQ(back[static_cast<std::size_t>(y * c.plane.width + x)], plane.row<std::uint16_t>(y)[x]);
        ASSERT_EQ(plain[static_cast<std::size_t>(y * stride + x * c.step + second)], plane.row<std::uint16_t>(y)[x] << shift);
        if (c.step == 2) ASSERT_EQ(plain[static_cast<std::size_t>(y * stride + x * c.step)], kUntouched) << "the other plane's";
      }
  }
}

/// The front end reads deep luma where a decoder left it, at the top of its words.
TEST(AreaLuma, SamplesAtTheTopOfTheirWords_GiveTheSameAverages) {
  for (const int depth : {9, 10, 12}) {
    const Frame frame = random_frame<std::uint16_t>({173, 101}, depth);
    const int shift = 16 - depth;
    std::vector<std::uint16_t> words;
    for (int y = 0; y < frame.size().height; ++y)
      for (int x = 0; x < frame.size().width; ++x) words.push_back(static_cast<std::uint16_t>(frame.plane(0).row<std::uint16_t>(y)[x] << shift));
    const Size dest{64, 37};
    const GrayImage wanted = area_luma(frame, dest);
    GrayImage got(dest);
    launch_threads({dest.width, dest.height}, AreaLumaBody<std::uint16_t>{words.data(), 173, 173, 101, depth - 8 + shift, got.row(0), got.stride(), dest.width, dest.height});
    for (int y = 0; y < dest.height; ++y)
      for (int x = 0; x < dest.width; ++x) ASSERT_EQ(got.row(y)[x], wanted.row(y)[x]) << x << "," << y;
  }
}

TEST(PyramidDown, OddSizes_AllExecutionsAgree) {
  const GrayImage src = random_image({131, 77}, 3), fast = pyramid_down(src);
  GrayImage plain(fast.size()), emulated(fast.size());
  launch_threads({fast.size().width, fast.size().height}, PyramidDownBody{src.view(), plain.row(0), plain.stride()});
  launch_emulated({fast.size().width, fast.size().height}, PyramidDownBody{src.view(), emulated.row(0), emulated.stride()});
  for (int y = 0; y < fast.size().height; ++y)
    for (int x = 0; x < fast.size().width; ++x) {
      ASSERT_EQ(fast.row(y)[x], plain.row(y)[x]);
      ASSERT_EQ(emulated.row(y)[x], plain.row(y)[x]);
    }
}

TEST(ReplicateBorder, EmulatedGrid_FillsThePaddingAsTheImageDoes) {
  for (const Size size : {Size{131, 77}, Size{1, 1}, Size{5, 40}}) {
    const GrayImage wanted = random_image(size, 6);
    GrayImage image(size);
    for (int y = 0; y < size.height; ++y) std::memcpy(image.row(y), wanted.row(y), static_cast<std::size_t>(size.width));
    const ReplicateBorderBody body{image.row(0), image.stride(), size.width, size.height};
    launch_emulated(body.extent(), body);
    for (int y = -kGrayPadding; y < size.height + kGrayPadding; ++y)
      ASSERT_EQ(std::memcmp(image.row(y) - kGrayPadding, wanted.row(y) - kGrayPadding, static_cast<std::size_t>(image.stride())), 0) << y;
  }
}

TEST(RowMaximum, EmulatedGrid_FindsTheStrongestOfEachRow) {
  const std::vector<float> response{3, 1, 2, 0, -4, -5, 7, 7, 9};
  float out[3];
  const RowMaximumBody body{response.data(), 3, 3, out, 3};
  launch_emulated(body.extent(), body);
  EXPECT_EQ(out[0], 3);
  EXPECT_EQ(out[1], 0);
  EXPECT_EQ(out[2], 9);
}

TEST(CornerResponse, RunningSums_EqualTheWindowedBody) {
  const GrayImage src = random_image({97, 61}, 4);
  const std::vector<float> fast = corner_response(src.view());
  std::vector<float> plain(fast.size());
  launch_emulated({97, 61}, CornerResponseBody{src.view(), plain.data(), 97});
  for (std::size_t i = 0; i < fast.size(); ++i) ASSERT_EQ(fast[i], plain[i]) << i;
}

TEST(CellCorners, EmulatedGrid_FindsTheSameCornersAsThreads) {
  const GrayImage src = random_image({97, 61}, 4);
  const std::vector<float> response = corner_response(src.view());
  constexpr int kCells = 7 * 4;
  std::vector<Corner> a(2 * kCells), b(2 * kCells);
  CellCornersBody body{response.data(), 97, 97, 61, 16, 4, 5, 10.0f, a.data(), 7};
  launch_threads({7, 4}, body);
  body.out = b.data();
  launch_emulated({7, 4}, body);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].x, b[i].x);
    ASSERT_EQ(a[i].y, b[i].y);
    ASSERT_EQ(a[i].response, b[i].response);
  }
}

TEST(CellCorners, LowThreshold_FindsWhatAHigherOneDoesAndMore) {
  // What a device does not know yet when it searches, the strongest corner, may be asked for afterwards.
  const GrayImage src = random_image({97, 61}, 4);
  const std::vector<float> response = corner_response(src.view());
  const float high = 0.3f * *std::max_element(response.begin(), response.end());
  constexpr int kCells = 7 * 4;
  std::vector<Corner> low_found(2 * kCells), high_found(2 * kCells);
  CellCornersBody body{response.data(), 97, 97, 61, 16, 4, 5, 10.0f, low_found.data(), 7};
  launch_emulated(body.extent(), body);
  body.threshold = high;
  body.out = high_found.data();
  launch_emulated(body.extent(), body);
  std::erase_if(low_found, [&](const Corner& c) { return c.response <= high; });
  std::erase_if(high_found, [&](const Corner& c) { return c.response <= 0; });
  ASSERT_EQ(low_found.size(), high_found.size());
  EXPECT_GT(high_found.size(), 4u);
  EXPECT_LT(high_found.size(), 2u * kCells);
  for (std::size_t i = 0; i < high_found.size(); ++i) {
    EXPECT_EQ(low_found[i].x, high_found[i].x);
    EXPECT_EQ(low_found[i].y, high_found[i].y);
  }
}

TEST(LucasKanade, VectorWarpAndEmulatedVariants_EqualTheScalarBody) {
  std::vector<GrayImage> prev{random_image({160, 120}, 1)}, cur{random_image({160, 120}, 2)};
  for (int l = 0; l < 2; ++l) {
    prev.push_back(pyramid_down(prev.back()));
    cur.push_back(pyramid_down(cur.back()));
  }
  PyramidView a, b;
  a.levels = b.levels = 3;
  for (int l = 0; l < 3; ++l) {
    a.level[l] = prev[static_cast<std::size_t>(l)].view();
    b.level[l] = cur[static_cast<std::size_t>(l)].view();
  }
  std::vector<LkMatch> start;
  for (int y = 0; y < 120; y += 7)
    for (int x = 0; x < 160; x += 9) start.push_back({static_cast<float>(x) + 0.3f, static_cast<float>(y), static_cast<float>(x) + 1.8f, static_cast<float>(y)});
  std::vector<LkMatch> scalar = start, emulated = start, warps = start, fast = start;
  const LkBody<LkScalarOps> body{a, b, scalar.data(), true, {}};
  for (int i = 0; i < static_cast<int>(start.size()); ++i) body(i, 0);
  launch_emulated({static_cast<int>(start.size()), 1}, LkBody<LkScalarOps>{a, b, emulated.data(), true, {}});
  launch_emulated({static_cast<int>(start.size()), 1}, LkBody<LkWarpOps>{a, b, warps.data(), true, {}});
  track_points(a, b, true, {}, fast);
  int tracked = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    tracked += scalar[i].tracked;
    for (const auto* other : {&emulated[i], &warps[i], &fast[i]}) {
      ASSERT_EQ(scalar[i].tracked, other->tracked) << i;
      ASSERT_EQ(scalar[i].cur_x, other->cur_x) << i;
      ASSERT_EQ(scalar[i].cur_y, other->cur_y) << i;
      ASSERT_EQ(scalar[i].round_trip_px, other->round_trip_px) << i;
      ASSERT_EQ(scalar[i].min_eigen, other->min_eigen) << i;
    }
  }
  EXPECT_GT(tracked, 20) << "too few points tracked for the comparison to mean anything";
}

template <class Sample, int kTaps>
void expect_warp_parity(int depth, const float (&h)[9], float bend_px) {
  constexpr int kWidth = 149, kHeight = 83, kOutWidth = 141, kOutHeight = 77;
  std::mt19937 random(9);
  std::vector<Sample> src(kWidth * kHeight), fast(kOutWidth * kOutHeight), plain(fast.size()), emulated(fast.size());
  for (Sample& s : src) s = static_cast<Sample>(random() & ((1u << depth) - 1));
  WarpPlane<Sample> plane{src.data(), kWidth, kWidth, kHeight, fast.data(), kOutWidth, kOutWidth, kOutHeight, {}, depth};
  std::copy(std::begin(h), std::end(h), plane.h);
  plane.row_scale = 2.0f / kHeight;
  plane.row_offset = -1;
  for (int i = 0; i < 5; ++i) {
    plane.bend_x[i] = bend_px * static_cast<float>(i - 2);
    plane.bend_y[i] = bend_px * static_cast<float>(1 - i % 3);
  }
  warp_rows(plane, kTaps, 0, kOutHeight);
  plane.dst = plain.data();
  launch_threads({kOutWidth, kOutHeight}, WarpBody<Sample, kTaps>{plane});
  plane.dst = emulated.data();
  launch_emulated({kOutWidth, kOutHeight}, WarpBody<Sample, kTaps>{plane});
  for (std::size_t i = 0; i < fast.size(); ++i) {
    ASSERT_EQ(fast[i], plain[i]) << "pixel " << i % kOutWidth << "," << i / kOutWidth << " depth " << depth << " taps " << kTaps;
    ASSERT_EQ(emulated[i], plain[i]) << i;
  }
}

TEST(Warp, ShiftTurnZoomPerspectiveOutsideAndBentRows_AllExecutionsAgreeAtEveryDepth) {
  const float transforms[][9] = {{1, 0, 0, 0, 1, 0, 0, 0, 1},
                                 {0.87f, -0.02f, 12.3f, 0.018f, 0.88f, 5.7f, 1e-5f, -2e-5f, 1},
                                 {0.5f, 0.7f, 10, -0.7f, 0.5f, 60, 0, 0, 1},
                                 {2.9f, 0, -20, 0, 2.9f, -30, 0, 0, 1},
                                 {-1, 0, 148, 0, -1, 82, 0, 0, 1},
                                 {1, 0, -400, 0, 1, 900, 0.002f, 0, 1}};
  for (const auto& h : transforms)
    for (const float bend_px : {0.0f, 0.37f, 11.0f}) {
      expect_warp_parity<std::uint8_t, 4>(8, h, bend_px);
      expect_warp_parity<std::uint8_t, 2>(8, h, bend_px);
      expect_warp_parity<std::uint16_t, 4>(10, h, bend_px);
      expect_warp_parity<std::uint16_t, 2>(12, h, bend_px);
      expect_warp_parity<std::uint16_t, 4>(16, h, bend_px);
    }
}

TEST(Warp, Weights_SumToOneExactlyAndAreSymmetric) {
  for (int f = 0; f < 256; ++f) {
    int w[4], mirrored[4];
    cubic_weights(f, w);
    ASSERT_EQ(w[0] + w[1] + w[2] + w[3], 16384);
    if (f == 0) continue;
    cubic_weights(256 - f, mirrored);
    // Fixed-point rounding: two units of 1/16384.
    for (int i = 0; i < 4; ++i) ASSERT_NEAR(w[i], mirrored[3 - i], 2) << f;
  }
}

}  // namespace
}  // namespace keel
