// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/math/mat3.h"
#include "engine/plan/output_size.h"
#include "tests/unit/plan/plan_support.h"

namespace keel {
namespace {

using test::follows_pans;
using test::kInset_px;
using test::smoothers;
using test::track_from_scene;

/// Calm, then a violent stretch, then calm.
PlaneScene stormy_scene() {
  PlaneScene scene = test::scene_of("walking", 400);
  for (int i = 180; i < 220; ++i)
    scene.picture_from_plane[static_cast<std::size_t>(i)] = Mat3::translation(25 * std::sin(1.9 * i), 15 * std::cos(1.3 * i)) * scene.picture_from_plane[static_cast<std::size_t>(i)];
  return scene;
}

TEST(AdaptiveFraming, StormInACalmClip_ShowsMoreOfTheCalmPartsAndZoomsSlowly) {
  const MotionTrack track = track_from_scene(stormy_scene());
  for (const std::string& smoother : smoothers()) {
    StabilizeSettings settings;
    settings.smoother = smoother;
    settings.framing = Framing::kAdaptive;
    const Solution adaptive = *solve(track, settings);
    settings.framing = Framing::kFixed;
    const Solution fixed = *solve(track, settings);
    EXPECT_TRUE(fixed.plan.window.empty());
    ASSERT_EQ(adaptive.plan.window.size(), 400u);
    const auto& window = adaptive.plan.window;
    double sum = 0, fastest = 0;
    for (std::size_t t = 0; t < 400; ++t) {
      sum += window[t] / 400;
      if (t > 0) fastest = std::max(fastest, std::abs(window[t] - window[t - 1]));
      EXPECT_GE(window[t], settings.keep - 1e-6) << smoother << " " << t;
    }
    EXPECT_NEAR(adaptive.plan.picture_kept, *std::min_element(window.begin(), window.end()), 0);
    EXPECT_GE(adaptive.plan.picture_kept, fixed.plan.picture_kept - 1e-6) << smoother;
    EXPECT_GE(adaptive.plan.borders.smallest_margin_px, kInset_px) << smoother;
    // At most 0.2 of the picture within two seconds, eased: no faster than twice the mean speed.
    EXPECT_LT(fastest, 2 * 0.2 / 60) << smoother;
    // The others use all the room everywhere.
    if (follows_pans(smoother)) {
      EXPECT_GT(sum, fixed.plan.picture_kept + 0.01) << smoother;
    }
  }
}

TEST(AdaptiveFraming, MoreZoomSmoothness_ZoomsMoreSlowly) {
  const MotionTrack track = track_from_scene(stormy_scene());
  const auto fastest = [&](double zoom_smoothness) {
    StabilizeSettings settings;
    settings.framing = Framing::kAdaptive;
    settings.zoom_smoothness = zoom_smoothness;
    const std::vector<double> window = solve(track, settings)->plan.window;
    double most = 0;
    for (std::size_t t = 1; t < window.size(); ++t) most = std::max(most, std::abs(window[t] - window[t - 1]));
    return most;
  };
  EXPECT_LT(fastest(1), 0.5 * fastest(0));
}

TEST(AdaptiveFraming, CutBetweenCalmAndStorm_ZoomsAtTheCutOnly) {
  MotionTrack track = track_from_scene(stormy_scene());
  track.pairs[149].status = MotionStatus::kSceneCut;
  StabilizeSettings settings;
  settings.framing = Framing::kAdaptive;
  settings.zoom_smoothness = 1;
  const std::vector<double> window = solve(track, settings)->plan.window;
  // Eight seconds would reach from the storm over the whole first shot.
  EXPECT_GT(window[149], window[150] + 0.01);
}

TEST(NoFraming, WholePicture_IsShownAndTheFilledShareIsThatOfThePixelsOutside) {
  StabilizeSettings settings;
  settings.framing = Framing::kNone;
  const Solution s = *solve(track_from_scene(test::scene_of("running", 40)), settings);
  EXPECT_EQ(s.plan.picture_kept, 1);
  EXPECT_LT(s.plan.borders.smallest_margin_px, -1);
  // `keep` bounds the movement: no border is wider than a crop of 0.8 takes away, plus what half a degree of rotation adds.
  EXPECT_GT(s.plan.borders.smallest_margin_px, -0.1 * 640 - 8);
  double mean = 0;
  for (const FrameWarp& frame : s.plan.frames) {
    int outside = 0;
    for (int y = 0; y < 360; ++y)
      for (int x = 0; x < 640; ++x) {
        const Point p = apply(frame.src_from_dst, {static_cast<double>(x), static_cast<double>(y)});
        outside += p.x < -0.5 || p.y < -0.5 || p.x > 639.5 || p.y > 359.5;
      }
    mean += outside / (640.0 * 360 * 40);
  }
  // Counting pixels is off by a part of the outline's pixels, at most 2000 of 230400.
  EXPECT_NEAR(s.plan.filled.mean_share, mean, 0.002);
  EXPECT_GE(s.plan.filled.largest_share, s.plan.filled.mean_share);
}

TEST(NativeSize, EverySizeAndCrop_IsEvenBelowTheWindowAndOfNearlyTheAspect) {
  for (const Size picture : {Size{1920, 1080}, Size{1280, 720}, Size{640, 360}, Size{634, 360}, Size{352, 288}, Size{480, 854}, Size{3840, 2160}, Size{641, 361}})
    for (double crop = 0.5; crop < 0.99; crop += 0.013) {
      const Size size = native_size(picture, crop);
      EXPECT_EQ(size.width % 2 + size.height % 2, 0);
      // Pixel centres: a window of share k has k (n - 1) + 1 of them.
      EXPECT_LE(size.width, crop * (picture.width - 1) + 1);
      EXPECT_LE(size.height, crop * (picture.height - 1) + 1);
      EXPECT_GE(size.width, 0.97 * crop * picture.width - 4);
      // Half a step of two lines in a picture of this size.
      const double stretch = (static_cast<double>(size.width) / picture.width) / (static_cast<double>(size.height) / picture.height);
      EXPECT_NEAR(stretch, 1, 1.5 / size.height) << picture.width << "x" << picture.height << " " << crop;
    }
  EXPECT_EQ(native_size({641, 361}, 1), (Size{641, 361}));
  EXPECT_EQ(native_size({640, 360}, 1 - 1e-9), (Size{640, 360}));
}

TEST(NativeSize, Plan_ShowsTheSameWindowWithoutEnlargingAnythingAndIsCertified) {
  const MotionTrack track = track_from_scene(test::scene_of("running", 80));
  for (const Framing framing : {Framing::kFixed, Framing::kAdaptive}) {
    StabilizeSettings settings;
    settings.framing = framing;
    const Solution full = *solve(track, settings);
    settings.size = OutputSize::kNative;
    const Solution native = *solve(track, settings);
    EXPECT_EQ(native.plan.source, (Size{640, 360}));
    EXPECT_EQ(native.plan.output, native_size({640, 360}, full.plan.picture_kept));
    EXPECT_LT(native.plan.output.width, 640);
    EXPECT_EQ(native.plan.picture_kept, full.plan.picture_kept);
    const WarpPlan resized = with_output_size(full.plan, OutputSize::kNative);
    EXPECT_EQ(resized.output, native.plan.output);
    for (std::size_t t = 0; t < resized.frames.size(); ++t)
      for (const Point p : {Point{0, 0}, Point{200, 100}}) {
        const Point a = apply(resized.frames[t].src_from_dst, p), b = apply(native.plan.frames[t].src_from_dst, p);
        EXPECT_LT(std::hypot(a.x - b.x, a.y - b.y), 1e-9) << "px, as solving again";
      }
    // The same four corners, so the same margin.
    EXPECT_NEAR(native.plan.borders.smallest_margin_px, full.plan.borders.smallest_margin_px, 1e-6);
    EXPECT_EQ(native.plan.borders.frame, full.plan.borders.frame);
    const Point centre{0.5 * (native.plan.output.width - 1), 0.5 * (native.plan.output.height - 1)};
    for (const FrameWarp& frame : native.plan.frames) {
      const Point a = apply(frame.src_from_dst, centre), b = apply(frame.src_from_dst, {centre.x + 1, centre.y});
      // Source px per output px; the correction's own zoom is smooth and within a percent and a half.
      EXPECT_GE(std::hypot(b.x - a.x, b.y - a.y), 1 - 0.015);
    }
  }
}

TEST(NoFraming, PairMotions_AreThoseOfTheTrackAndEndAtCuts) {
  MotionTrack track = track_from_scene(test::scene_of("walking", 60));
  track.pairs[19].status = MotionStatus::kSceneCut;
  track.pairs[39].status = MotionStatus::kLowTexture;
  StabilizeSettings settings;
  EXPECT_TRUE(solve(track, settings)->plan.cur_from_prev.empty());
  settings.framing = Framing::kNone;
  const WarpPlan plan = solve(track, settings)->plan;
  ASSERT_EQ(plan.cur_from_prev.size(), 60u);
  for (std::size_t t = 0; t < 60; ++t) {
    const auto& motion = plan.cur_from_prev[t];
    // Both frames of a pair without motion are of little trust, and so are their other pairs.
    EXPECT_EQ(motion.has_value(), t != 0 && t != 20 && (t < 39 || t > 41)) << t;
    if (motion) {
      EXPECT_LT(mean_corner_distance(*normalized(*motion), track.pairs[t - 1].cur_from_prev, {640, 360}), 1e-6);
    }
  }
}

}  // namespace
}  // namespace keel
