// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "engine/math/mat3.h"
#include "engine/path/path_smoother.h"
#include "engine/plan/output_size.h"
#include "engine/plan/warp_plan.h"
#include "tests/unit/plan/plan_support.h"

namespace keel {
namespace {

using test::follows_pans;
using test::kInset_px;
using test::smoothers;
using test::track_from_scene;

/// Camera that turns by `degrees` over 300 frames with 0.3 degrees RMS of jitter on three axes, focal length 640 px. Pair motions are exact; each is
/// computed from its own two poses, as a whole turn has no common plane.
MotionTrack turning_track(double degrees) {
  constexpr int kFrames = 300;
  constexpr double kDegree = 3.14159265358979 / 180;
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  std::mt19937 random(11);
  std::normal_distribution<double> jitter(0, 0.3 * kDegree);
  const double cx = 319.5, cy = 179.5, f = 640;
  const Mat3 k{{f, 0, cx, 0, f, cy, 0, 0, 1}}, k_inv{{1 / f, 0, -cx / f, 0, 1 / f, -cy / f, 0, 0, 1}};
  Mat3 previous;
  for (int i = 0; i < kFrames; ++i) {
    const double yaw = degrees * kDegree * i / (kFrames - 1) + jitter(random), pitch = jitter(random), roll = jitter(random);
    const Mat3 ry{{std::cos(yaw), 0, std::sin(yaw), 0, 1, 0, -std::sin(yaw), 0, std::cos(yaw)}};
    const Mat3 rx{{1, 0, 0, 0, std::cos(pitch), -std::sin(pitch), 0, std::sin(pitch), std::cos(pitch)}};
    const Mat3 camera_from_world = Mat3::rotation(roll) * rx * ry;
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({*normalized(k * camera_from_world * *inverse(previous) * k_inv), MotionStatus::kOk, 1.0f});
    previous = camera_from_world;
  }
  return track;
}

/// Smaller over larger singular value of the linear part of the correction at the picture's centre.
double distortion(const Mat3& src_from_dst, Point at) {
  const double w = denominator(src_from_dst, at);
  const Point p = apply(src_from_dst, at);
  const double a = (src_from_dst(0, 0) - p.x * src_from_dst(2, 0)) / w, b = (src_from_dst(0, 1) - p.x * src_from_dst(2, 1)) / w;
  const double c = (src_from_dst(1, 0) - p.y * src_from_dst(2, 0)) / w, d = (src_from_dst(1, 1) - p.y * src_from_dst(2, 1)) / w;
  const double s = a * a + b * b + c * c + d * d, det = std::abs(a * d - b * c), root = std::sqrt(std::max(0.0, s * s - 4 * det * det));
  return std::sqrt((s - root) / (s + root));
}

/// Linear share of the source that a frame shows: the root of its outline's area in the source over the source's.
double shown_linear(const Mat3& src_from_dst, Size output, Size source) {
  const double right = output.width - 1, bottom = output.height - 1;
  const Point p[4] = {apply(src_from_dst, {0, 0}), apply(src_from_dst, {right, 0}), apply(src_from_dst, {right, bottom}), apply(src_from_dst, {0, bottom})};
  double twice = 0;
  for (int i = 0; i < 4; ++i) twice += p[i].x * p[(i + 1) % 4].y - p[(i + 1) % 4].x * p[i].y;
  return std::sqrt(0.5 * std::abs(twice) / ((source.width - 1.0) * (source.height - 1.0)));
}

double least_shown(const WarpPlan& plan) {
  double least = 1;
  for (const FrameWarp& frame : plan.frames) least = std::min(least, shown_linear(frame.src_from_dst, plan.output, plan.source));
  return least;
}

/// The small channels (aspect, skew, perspective) change the area to second order; a thousandth is a third of a pixel of 360 lines.
constexpr double kShownTolerance = 1e-3;

class TurningCamera : public testing::TestWithParam<int> {};

TEST_P(TurningCamera, ExactMotion_KeepsThePictureAndItsShape) {
  for (const std::string& smoother : smoothers()) {
    StabilizeSettings settings;
    settings.smoother = smoother;
    const Solution solution = *solve(turning_track(GetParam()), settings);
    double worst = 1;
    for (const FrameWarp& frame : solution.plan.frames) worst = std::min(worst, distortion(frame.src_from_dst, {319.5, 179.5}));
    std::cout << "  " << smoother << ", " << GetParam() << " degrees: crop " << solution.plan.picture_kept << ", worst distortion " << worst << "\n";
    // 0.93 of the picture, and the pixel of distance that the window keeps from either border.
    EXPECT_GE(solution.plan.picture_kept + 2 * kInset_px / 359, follows_pans(smoother) ? 0.93 : settings.keep) << smoother;
    EXPECT_GE(worst, 0.92) << smoother;
    EXPECT_GE(solution.plan.borders.smallest_margin_px, kInset_px) << smoother;
  }
}
INSTANTIATE_TEST_SUITE_P(Degrees, TurningCamera, testing::Values(0, 60, 120, 240, 360));

TEST(Solve, EveryMotionAndSmoother_CertificateIsNeverNegativeAndKeepIsObeyed) {
  for (const std::string& smoother : smoothers())
    for (const std::string& kind : test::motion_kinds())
      for (const double keep : {0.6, 0.8, 0.95, 1.0}) {
        StabilizeSettings settings;
        settings.smoother = smoother;
        settings.keep = keep;
        const Solution s = *solve(track_from_scene(test::scene_of(kind, 120)), settings);
        EXPECT_GE(s.plan.borders.smallest_margin_px, 0) << smoother << " " << kind << " " << keep;
        EXPECT_GE(s.plan.picture_kept, keep - 1e-6) << smoother << " " << kind << " " << keep;
        EXPECT_GE(least_shown(s.plan), keep - kShownTolerance) << smoother << " " << kind << " " << keep;
        ASSERT_EQ(s.plan.frames.size(), 120u);
      }
}

/// Two shots of 100 frames: a zoom that pumps by `pump`, and a shake of some px without any zoom.
MotionTrack pumping_then_shaking(double pump, double shake_px) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  std::mt19937 random(5);
  std::normal_distribution<double> shake(0, shake_px);
  Mat3 previous;
  for (int i = 0; i < 200; ++i) {
    const double zoom = i < 100 ? std::exp(pump * std::sin(0.8 * i)) : 1, calm = i < 100 ? 0.2 : 1;
    const Mat3 pose = Mat3::translation(319.5 + calm * shake(random), 179.5 + calm * shake(random)) * Mat3::scaling(zoom, zoom) * Mat3::translation(-319.5, -179.5);
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({pose * *inverse(previous), i == 100 ? MotionStatus::kSceneCut : MotionStatus::kOk, 1.0f});
    previous = pose;
  }
  return track;
}

TEST(Solve, ZoomThatPumpsInOneShotAndShakeInAnother_NoFrameShowsLessThanIsKept) {
  for (const std::string& smoother : smoothers())
    for (const double pump : {0.02, 0.08})
      for (const double shake_px : {1.0, 25.0})
        for (const Framing framing : {Framing::kFixed, Framing::kAdaptive})
          for (const double keep : {0.8, 0.9}) {
            StabilizeSettings settings;
            settings.smoother = smoother;
            settings.keep = keep;
            settings.framing = framing;
            const Solution s = *solve(pumping_then_shaking(pump, shake_px), settings);
            EXPECT_GE(s.plan.borders.smallest_margin_px, 0) << smoother;
            EXPECT_GE(least_shown(s.plan), keep - kShownTolerance) << smoother << ", pump " << pump << ", shake " << shake_px << ", " << to_string(framing) << ", keep " << keep;
          }
}

// Shots share one window. A shot that uses all of its room must not cost another one the smoothing of its zoom.
TEST(Solve, ZoomThatPumpsInOneShot_IsSmoothedHoweverMuchAnotherShotShakes) {
  for (const std::string smoother : {"l2-optimal", "l1-optimal"}) {
    const auto pump_left = [&](double shake_px) {
      StabilizeSettings settings;
      settings.smoother = smoother;
      const Solution s = *solve(pumping_then_shaking(0.02, shake_px), settings);
      double sum = 0;
      for (std::size_t t = 1; t < 99; ++t)
        sum += std::abs(s.smooth.points[t - 1][kPathLogZoom] - 2 * s.smooth.points[t][kPathLogZoom] + s.smooth.points[t + 1][kPathLogZoom]);
      return sum;
    };
    EXPECT_LT(pump_left(25), 1.1 * pump_left(1)) << smoother;
  }
}

TEST(Solve, Certificate_IsTheSmallestMarginOfAllCorners) {
  StabilizeSettings settings;
  const Solution s = *solve(track_from_scene(test::scene_of("walking", 60)), settings);
  double smallest = std::numeric_limits<double>::infinity();
  for (const FrameWarp& frame : s.plan.frames)
    // The whole outline, not only the corners the certificate looks at.
    for (int i = 0; i <= 100; ++i)
      for (const Point p : {Point{6.39 * i, 0}, Point{6.39 * i, 359}, Point{0, 3.59 * i}, Point{639, 3.59 * i}}) {
        const Point q = apply(frame.src_from_dst, p);
        smallest = std::min({smallest, q.x, q.y, 639 - q.x, 359 - q.y});
      }
  EXPECT_NEAR(s.plan.borders.smallest_margin_px, smallest, 1e-6);
}

TEST(Solve, ShakeBeyondTheRoom_LeavesTheInsetAndKeepIsStillObeyed) {
  for (const std::string& smoother : smoothers())
    for (const double keep : {0.8, 0.9, 0.98, 0.999}) {
      StabilizeSettings settings;
      settings.smoother = smoother;
      settings.keep = keep;
      const Solution s = *solve(track_from_scene(test::scene_of("running", 120)), settings);
      EXPECT_GE(s.plan.picture_kept, keep - 1e-6) << smoother << " " << keep;
      // A smoother may give up where there is that little room; then nothing moves and the whole picture is shown.
      if (s.plan.picture_kept > 1 - 1e-6) continue;
      // Half of the room where the room is less than 2 px: 0.5 * 0.001 * 359 / 2.
      EXPECT_GE(s.plan.borders.smallest_margin_px, keep < 0.99 ? kInset_px : 0.0897) << smoother << " " << keep;
    }
}

TEST(Solve, ClipThatHardlyMoves_LosesNoMoreThanItMoves) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  for (int i = 0; i < 60; ++i) {
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({Mat3::translation(i % 2 == 0 ? 0.1 : -0.1, 0), MotionStatus::kOk, 1.0f});
  }
  // Moved by 0.05 px around the mean: that, the same again as distance from the border, on both sides.
  EXPECT_GE(solve(track, {})->plan.picture_kept, 1 - 4 * 0.06 / 359);
}

TEST(Solve, StrengthZero_IsTheIdentity) {
  StabilizeSettings settings;
  settings.strength = 0;
  const Solution s = *solve(track_from_scene(test::scene_of("running", 60)), settings);
  EXPECT_NEAR(s.plan.picture_kept, 1, 1e-6);
  for (const FrameWarp& frame : s.plan.frames) EXPECT_LT(mean_corner_distance(frame.src_from_dst, Mat3::identity(), {640, 360}), 1e-3);
}

TEST(Solve, ZoomOfFourTimes_KeepsThePicture) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  const Mat3 c = Mat3::translation(319.5, 179.5), back = Mat3::translation(-319.5, -179.5);
  const double step = std::pow(4.0, 1.0 / 149);
  for (int i = 0; i < 150; ++i) {
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({c * Mat3::scaling(step, step) * back, MotionStatus::kOk, 1.0f});
  }
  for (const std::string& smoother : smoothers()) {
    StabilizeSettings settings;
    settings.smoother = smoother;
    const Solution s = *solve(track, settings);
    EXPECT_GE(s.plan.picture_kept, 0.99) << smoother;
    EXPECT_GE(s.plan.borders.smallest_margin_px, 0) << smoother;
  }
}

TEST(Solve, NoMotionAnywhere_LeavesThePictureAlone) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  for (int i = 0; i < 30; ++i) track.pts.push_back(i);
  track.pairs.assign(29, {Mat3::identity(), MotionStatus::kLowTexture, 0});
  const Solution s = *solve(track, {});
  EXPECT_NEAR(s.plan.picture_kept, 1, 1e-6);
}

TEST(Solve, FewFrames_Work) {
  for (const int frames : {0, 1, 2, 3, 4}) {
    MotionTrack track;
    track.size = {640, 360};
    track.time_base = {1, 30};
    for (int i = 0; i < frames; ++i) track.pts.push_back(i);
    if (frames > 1) track.pairs.assign(static_cast<std::size_t>(frames) - 1, {Mat3::translation(4, 1), MotionStatus::kOk, 1.0f});
    const auto s = solve(track, {});
    ASSERT_TRUE(s.ok());
    EXPECT_EQ(static_cast<int>(s->plan.frames.size()), frames);
  }
}

TEST(Solve, SettingsOutOfRange_AreRefusedWithTheRange) {
  StabilizeSettings settings;
  settings.keep = 0.2;
  const auto s = solve(MotionTrack{}, settings);
  ASSERT_FALSE(s.ok());
  EXPECT_NE(s.error().message.find("0.5"), std::string::npos);
  settings.keep = std::nan("");
  EXPECT_FALSE(solve(MotionTrack{}, settings).ok());
}

TEST(Solve, ViolentBump_StaysCalmOutsideTheBump) {
  PlaneScene scene = test::scene_of("walking", 200);
  for (int i = 98; i < 106; ++i) scene.picture_from_plane[static_cast<std::size_t>(i)] = Mat3::translation(60 * std::sin((i - 97) * 0.35), -40 * std::sin((i - 97) * 0.35)) * scene.picture_from_plane[static_cast<std::size_t>(i)];
  StabilizeSettings settings;
  settings.keep = 0.85;
  settings.smoother = "l2-optimal";
  const Solution s = *solve(track_from_scene(scene), settings);
  const auto acceleration = [&](int t) {
    const auto& p = s.smooth.points;
    const auto i = static_cast<std::size_t>(t);
    return 320 * std::hypot(p[i + 1][0] - 2 * p[i][0] + p[i - 1][0], p[i + 1][1] - 2 * p[i][1] + p[i - 1][1]);
  };
  double peak = 0, calm = 0;
  for (int t = 1; t < 199; ++t) {
    peak = std::max(peak, acceleration(t));
    if (t < 50 || t > 150) calm = std::max(calm, acceleration(t));
  }
  std::cout << "  peak " << peak << " px/frame^2, outside the bump " << calm << "\n";
  EXPECT_GE(s.plan.borders.smallest_margin_px, kInset_px);
  // The raw bump accelerates by about 30 px/frame^2; a blend towards no correction was seen to jerk as much.
  EXPECT_LT(peak, 0.6);
  EXPECT_LT(calm, 0.15);
}

/// Largest acceleration of the smooth path's shift, px/frame^2, over the frames [begin, end).
double peak_acceleration(const Solution& s, int begin, int end) {
  double peak = 0;
  for (int t = std::max(begin, 1); t < std::min(end, s.smooth.frame_count() - 1); ++t) {
    const auto i = static_cast<std::size_t>(t);
    const PathPoint &a = s.smooth.points[i - 1], &b = s.smooth.points[i], &c = s.smooth.points[i + 1];
    peak = std::max(peak, 320 * std::hypot(a[kPathX] - 2 * b[kPathX] + c[kPathX], a[kPathY] - 2 * b[kPathY] + c[kPathY]));
  }
  return peak;
}

TEST(Solve, BumpThatAGaussianPaysWithAZoomForTheWholeClip_CostsHardlyAnything) {
  const PlaneScene calm_scene = test::scene_of("walking", 200);
  PlaneScene scene = calm_scene;
  for (int i = 98; i < 106; ++i) {
    const double bump = std::sin((i - 97) * 3.14159265358979 / 9);
    scene.picture_from_plane[static_cast<std::size_t>(i)] = Mat3::translation(46 * bump, -31 * bump) * scene.picture_from_plane[static_cast<std::size_t>(i)];
  }
  StabilizeSettings settings;
  settings.smoother = "gaussian";
  settings.keep = 0.5;
  // The bump of the published figures: a static crop around a Gaussian path needs a zoom of 1.238.
  EXPECT_GE(1 / solve(track_from_scene(scene), settings)->plan.picture_kept, 1.238);
  settings.smoother = "l2-optimal";
  settings.keep = 0.85;
  const Solution s = *solve(track_from_scene(scene), settings), calm = *solve(track_from_scene(calm_scene), settings);
  std::cout << "  peak " << peak_acceleration(s, 0, 200) << " px/frame^2, outside the bump " << std::max(peak_acceleration(s, 0, 50), peak_acceleration(s, 150, 200)) << ", without it "
            << std::max(peak_acceleration(calm, 0, 50), peak_acceleration(calm, 150, 200)) << "\n";
  EXPECT_GE(s.plan.picture_kept, settings.keep - 1e-6);
  EXPECT_GE(s.plan.borders.smallest_margin_px, kInset_px);
  EXPECT_LE(peak_acceleration(s, 0, 200), 0.25);
  // What a hundredth of a pixel of path over one frame makes.
  for (const auto& [begin, end] : {std::pair{0, 50}, {150, 200}}) EXPECT_LE(peak_acceleration(s, begin, end), peak_acceleration(calm, begin, end) + 0.01);
}

}  // namespace
}  // namespace keel
