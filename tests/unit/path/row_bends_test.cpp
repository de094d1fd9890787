// SPDX-License-Identifier: GPL-3.0-or-later
// What of the pairs' bends is to be taken out of each frame.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "engine/path/camera_path.h"

namespace keel {
namespace {

constexpr int kFrames = 120, kHeight = 360;

/// A clip at 30 frames a second whose frames are bent by `of(frame)` along x (second degree) and half as much along y (fourth).
MotionTrack track_with(const std::function<double(int)>& of) {
  MotionTrack track;
  track.size = {640, kHeight};
  track.time_base = {1, 30};
  for (int i = 0; i < kFrames; ++i) {
    track.pts.push_back(i);
    if (i == 0) continue;
    PairMotion pair{Mat3::identity(), MotionStatus::kOk, 1};
    pair.bend = RowBend::over(kHeight);
    pair.bend.x[0] = of(i) - of(i - 1);
    pair.bend.y[2] = 0.5 * pair.bend.x[0];
    track.pairs.push_back(pair);
  }
  return track;
}

TEST(RowBends, NoPairWithABend_LeavesNothingToTakeOut) { EXPECT_TRUE(build_camera_path(track_with([](int) { return 0.0; })).bends.empty()); }

TEST(RowBends, FastShake_IsTakenOutWhole) {
  // 7.5 Hz: the mean over 0.3 s knows nothing of it.
  const auto shake = [](int i) { return 0.8 * std::sin(2 * 3.14159265 * 7.5 * i / 30); };
  const CameraPath path = build_camera_path(track_with(shake));
  ASSERT_EQ(path.bends.size(), static_cast<std::size_t>(kFrames));
  for (int i = 30; i < kFrames - 30; ++i) {
    const RowBend& bend = path.bends[static_cast<std::size_t>(i)];
    EXPECT_NEAR(bend.x[0], shake(i) - shake(0), 0.01) << i;
    EXPECT_NEAR(bend.y[2], 0.5 * (shake(i) - shake(0)), 0.01) << i;
    EXPECT_EQ(bend.x[1], 0) << i;
    // The rows are the picture's.
    EXPECT_EQ(bend.place(-0.5), -1);
    EXPECT_EQ(bend.place(kHeight - 0.5), 1);
  }
}

TEST(RowBends, SteadyGrowth_IsDepthAndStays) {
  // A camera that moves on over a ground: every pair adds as much. Of frames 27 apart one may count to the mean on one side and not on the other, by 4.5 px * exp(-4.5) / 22.
  const CameraPath path = build_camera_path(track_with([](int i) { return 0.4 * i; }));
  for (int i = 30; i < kFrames - 30; ++i) EXPECT_NEAR(path.bends[static_cast<std::size_t>(i)].x[0], 0, 0.006) << i;
}

TEST(RowBends, ShotsAndPairsWithoutMotion_DoNotReachIntoEachOther) {
  MotionTrack track = track_with([](int i) { return i < 60 ? 0.5 * (i % 2) : 0.0; });
  track.pairs[59] = {Mat3::identity(), MotionStatus::kSceneCut, 0};
  track.pairs[59].bend.x[0] = 50;  // of no meaning, as the motion
  const CameraPath path = build_camera_path(track);
  ASSERT_EQ(path.shots.size(), 2U);
  for (int i = 60; i < kFrames; ++i) EXPECT_EQ(path.bends[static_cast<std::size_t>(i)].x[0], 0) << i;
  for (int i = 0; i < 60; ++i) EXPECT_LT(std::abs(path.bends[static_cast<std::size_t>(i)].x[0]), 0.5) << i;
}

}  // namespace
}  // namespace keel
