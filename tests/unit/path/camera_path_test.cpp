// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/camera_path.h"

#include <gtest/gtest.h>

#include <cmath>

namespace keel {
namespace {

MotionTrack track_of(const std::vector<PairMotion>& pairs) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  track.pairs = pairs;
  for (std::size_t i = 0; i <= pairs.size(); ++i) track.pts.push_back(static_cast<std::int64_t>(i));
  return track;
}

PairMotion moved(double dx, double dy = 0) { return {Mat3::translation(dx, dy), MotionStatus::kOk, 1.0f}; }

TEST(PathPoint, ExpOfLog_ReturnsTheHomography) {
  Mat3 h = Mat3::translation(0.2, -0.1) * Mat3::rotation(0.4) * Mat3::scaling(1.3, 1.25);
  h(2, 0) = 0.05;
  PathPoint v;
  ASSERT_TRUE(log_homography(h, v));
  const Mat3 back = *normalized(exp_path_point(v)), expected = *normalized(h);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(back.m[i], expected.m[i], 1e-9);
}

TEST(PathPoint, ShiftRotationAndZoom_AppearInTheirChannels) {
  PathPoint v;
  ASSERT_TRUE(log_homography(Mat3::translation(0.25, -0.5), v));
  EXPECT_NEAR(v[kPathX], 0.25, 1e-12);
  EXPECT_NEAR(v[kPathY], -0.5, 1e-12);
  ASSERT_TRUE(log_homography(Mat3::rotation(0.3), v));
  EXPECT_NEAR(v[kPathRotation], 0.3, 1e-12);
  ASSERT_TRUE(log_homography(Mat3::scaling(1.5, 1.5), v));
  EXPECT_NEAR(v[kPathLogZoom], std::log(1.5), 1e-12);
}

TEST(PathPoint, MirroredOrSingularHomography_HasNoLog) {
  PathPoint v;
  EXPECT_FALSE(log_homography(Mat3::scaling(-1, 1), v));
  EXPECT_FALSE(log_homography(Mat3::scaling(0, 1), v));
}

TEST(BuildCameraPath, PairWithoutMotion_IsBridgedByItsNeighboursAndTrustedLess) {
  std::vector<PairMotion> pairs(10, moved(3));
  pairs[5] = {Mat3::identity(), MotionStatus::kDiverged, 0};
  const CameraPath path = build_camera_path(track_of(pairs));
  const double step = 3 / 320.0;
  EXPECT_NEAR(path.points[6][kPathX] - path.points[5][kPathX], step, 1e-12);
  EXPECT_LT(path.weight[5], path.weight[2]);
}

TEST(BuildCameraPath, SceneCut_SplitsShotsAndAddsNoMotion) {
  std::vector<PairMotion> pairs(9, moved(3));
  pairs[4] = {Mat3::identity(), MotionStatus::kSceneCut, 0};
  const CameraPath path = build_camera_path(track_of(pairs));
  ASSERT_EQ(path.shots.size(), 2u);
  EXPECT_EQ(path.shots[0], (CameraPath::Shot{0, 5}));
  EXPECT_EQ(path.shots[1], (CameraPath::Shot{5, 10}));
}

TEST(BuildCameraPath, NoOrOneFrame_Works) {
  EXPECT_EQ(build_camera_path(MotionTrack{}).frame_count(), 0);
  EXPECT_EQ(build_camera_path(track_of({})).frame_count(), 1);
}

TEST(TransportPath, TurningAndShakingCamera_OutputFollowsTheSmoothPathWithin005Px) {
  // Roll and shift that do not commute: a plain sum of logarithms is off by about 0.2 px here.
  std::vector<PairMotion> pairs;
  const Mat3 c = Mat3::translation(319.5, 179.5), back = Mat3::translation(-319.5, -179.5);
  for (int i = 0; i < 60; ++i)
    pairs.push_back({c * Mat3::translation(8 + 3 * std::sin(1.1 * i), 4 * std::sin(0.9 * i)) * Mat3::rotation(0.02 * std::sin(0.8 * i)) * back, MotionStatus::kOk, 1.0f});
  const MotionTrack track = track_of(pairs);
  const CameraPath raw = build_camera_path(track);
  CameraPath smooth = raw;
  for (int i = 0; i <= 60; ++i)
    for (std::size_t k = 0; k < kPathChannels; ++k) smooth.points[static_cast<std::size_t>(i)][k] = raw.points[60][k] * i / 60.0;
  const CameraPath moved_path = transport_path(raw, smooth);
  const PathFrame frame{track.size};
  const auto correction = [&](int i, const CameraPath& from) {
    PathPoint d;
    for (std::size_t k = 0; k < kPathChannels; ++k) d[k] = smooth.points[static_cast<std::size_t>(i)][k] - from.points[static_cast<std::size_t>(i)][k];
    return frame.pixel_from_normalized() * exp_path_point(d) * frame.normalized_from_pixel();
  };
  const auto worst_step = [&](const CameraPath& from) {
    double worst = 0;
    for (int i = 0; i < 60; ++i) {
      const Mat3 output = correction(i + 1, from) * track.pairs[static_cast<std::size_t>(i)].cur_from_prev * *inverse(correction(i, from));
      PathPoint step;
      for (std::size_t k = 0; k < kPathChannels; ++k) step[k] = smooth.points[static_cast<std::size_t>(i) + 1][k] - smooth.points[static_cast<std::size_t>(i)][k];
      const Mat3 wanted = frame.pixel_from_normalized() * exp_path_point(step) * frame.normalized_from_pixel();
      worst = std::max(worst, mean_corner_distance(*normalized(output), *normalized(wanted), track.size));
    }
    return worst;
  };
  EXPECT_GT(worst_step(raw), 0.1);
  // What is left is third order in the correction.
  EXPECT_LT(worst_step(moved_path), 0.05);
}

/// A shaking camera of even trust, of which pair 30 says something else.
MotionTrack track_with_odd_pair(double shift_px, double zoom, float confidence) {
  MotionTrack track;
  track.size = {640, 360};
  track.time_base = {1, 30};
  const Mat3 centre = Mat3::translation(319.5, 179.5), back = Mat3::translation(-319.5, -179.5);
  for (int i = 0; i < 60; ++i) {
    track.pts.push_back(i);
    if (i == 0) continue;
    const bool odd = i == 31;
    const double z = odd ? zoom : 1 + 0.002 * std::sin(2.1 * i);
    track.pairs.push_back({centre * Mat3::translation(3 * std::sin(1.3 * i) + (odd ? shift_px : 0), 0) * Mat3::scaling(z, z) * back, MotionStatus::kOk, odd ? confidence : 0.8f});
  }
  return track;
}

double zoom_step(const CameraPath& path) { return path.points[31][kPathLogZoom] - path.points[30][kPathLogZoom]; }

TEST(BuildCameraPath, UnsurePairThatGrowsUnlikeItsNeighbours_IsBridged) {
  const CameraPath path = build_camera_path(track_with_odd_pair(-25, 1.07, 0.1f));
  EXPECT_NEAR(zoom_step(path), 0, 0.004);
  EXPECT_LT(std::abs(path.points[31][kPathX] - path.points[30][kPathX]), 4 / 320.0);
  EXPECT_LT(path.weight[31], 0.1);
}

TEST(BuildCameraPath, JerksLensSwitchesAndSureGrowth_StayAsMeasured) {
  const CameraPath jerk = build_camera_path(track_with_odd_pair(-25, 1, 0.1f));
  EXPECT_LT(jerk.points[31][kPathX] - jerk.points[30][kPathX], -20 / 320.0);
  EXPECT_NEAR(zoom_step(build_camera_path(track_with_odd_pair(0, 1.19, 0.3f))), std::log(1.19), 1e-9);
  EXPECT_NEAR(zoom_step(build_camera_path(track_with_odd_pair(0, 1.07, 0.8f))), std::log(1.07), 1e-9);
}

MotionTrack drifting_track(int frames, double drift_px) {
  // The camera shakes by a pixel or two about one place; every pair is measured wrong by the same little.
  std::vector<PairMotion> pairs;
  const auto at = [](int frame) { return 2.0 * std::sin(0.9 * frame); };
  for (int i = 1; i < frames; ++i) pairs.push_back(moved(at(i) - at(i - 1) + drift_px, -0.5 * drift_px));
  MotionTrack track = track_of(pairs);
  for (int to = 30; to < frames; to += 30) track.anchors.push_back({0, to, Mat3::translation(at(to) - at(0), 0), 0.9f});
  return track;
}

/// The path with its drift added, as the tripod smoother sees it.
CameraPath anchored_path(const MotionTrack& track) {
  CameraPath path = build_camera_path(track);
  for (std::size_t t = 0; t < path.drift.size(); ++t)
    for (std::size_t c = 0; c < kPathChannels; ++c) path.points[t][c] += path.drift[t][c];
  return path;
}

TEST(BuildCameraPath, DriftThatAnchorsShow_IsKnown_AndLeavesThePointsAlone) {
  const MotionTrack track = drifting_track(301, 0.02);
  MotionTrack without = track;
  without.anchors.clear();
  EXPECT_EQ(build_camera_path(track).points, build_camera_path(without).points);
  EXPECT_TRUE(build_camera_path(without).drift.empty());
  const CameraPath path = anchored_path(track);
  // 6 px without the anchors. At an anchor nothing may be left but rounding; between two the shake keeps its shape.
  EXPECT_NEAR((path.points[300][kPathX] - path.points[0][kPathX]) * 320, 2 * std::sin(270.0), 1e-6);
  EXPECT_NEAR(path.points[300][kPathY], path.points[0][kPathY], 1e-9);
  const double step = 2 * std::sin(0.9 * 101) - 2 * std::sin(0.9 * 100);
  EXPECT_NEAR((path.points[101][kPathX] - path.points[100][kPathX]) * 320, step, 1e-6);
}

TEST(BuildCameraPath, AnchorThatDisagreesByMoreThanDrift_IsNotBelieved) {
  MotionTrack track = drifting_track(91, 0);
  const CameraPath honest = anchored_path(track);
  track.anchors[1].to_from_from = Mat3::translation(25, 0);
  const CameraPath path = anchored_path(track);
  for (std::size_t i = 0; i < path.points.size(); ++i) EXPECT_NEAR(path.points[i][kPathX], honest.points[i][kPathX], 1e-9) << i;
}

TEST(BuildCameraPath, AnchorsOfAnotherShot_TouchTheirOwnOnly) {
  MotionTrack track = drifting_track(121, 0.02);
  track.pairs[60] = {Mat3::identity(), MotionStatus::kSceneCut, 0};
  track.anchors = {{61, 91, Mat3::translation(2 * (std::sin(0.9 * 91) - std::sin(0.9 * 61)), 0), 0.9f}};
  const CameraPath path = anchored_path(track);
  EXPECT_NEAR(path.points[60][kPathY] * 320, -0.5 * 0.02 * 60, 1e-6);
  EXPECT_NEAR((path.points[91][kPathY] - path.points[61][kPathY]) * 320, 0, 1e-6);
}

}  // namespace
}  // namespace keel
