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
#include "tests/support/scenes.h"

namespace keel {
namespace {

MotionTrack track_from_scene(const PlaneScene& scene) {
  MotionTrack track;
  track.size = scene.size;
  track.time_base = {1, 30};
  for (int i = 0; i < static_cast<int>(scene.picture_from_plane.size()); ++i) {
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({exact_motion(scene, i - 1, i), MotionStatus::kOk, 1.0f});
  }
  return track;
}

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

std::vector<std::string> smoothers() {
  std::vector<std::string> list;
  for (const AlgorithmInfo& info : path_smoothers()) list.push_back(info.id);
  return list;
}

/// What the certificate promises where the clip moves and the window has room: 1 px, less rounding.
constexpr double kInset_px = 1 - 1e-5;

/// Some smoothers let the camera rest and catch up with a pan later, as far as `keep` leaves room; the others follow pans.
bool follows_pans(const std::string& smoother) { return smoother != "l1-optimal" && smoother != "tripod"; }

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
