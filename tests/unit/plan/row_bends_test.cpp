// SPDX-License-Identifier: GPL-3.0-or-later
// How far a plan straightens the rows, and what that does to its promises.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/path/crop_limits.h"
#include "plan_support.h"

namespace keel::test {
namespace {

constexpr int kFrames = 90;

/// A walking camera whose rows shake by `amount_px`, three times as far in frame 45.
MotionTrack bent_track(double amount_px) {
  const PlaneScene scene = scene_of("walking", kFrames);
  MotionTrack track = track_from_scene(scene);
  double before = 0;
  for (std::size_t i = 0; i < track.pairs.size(); ++i) {
    const double now = amount_px * std::sin(1.9 * static_cast<double>(i)) * (i == 44 ? 3 : 1);
    track.pairs[i].bend = RowBend::over(track.size.height);
    track.pairs[i].bend.x = {now - before, 0, 0.3 * (now - before)};
    track.pairs[i].bend.y = {0.5 * (now - before), 0.2 * (now - before), 0};
    before = now;
  }
  return track;
}

StabilizeSettings settings_with(const std::string& smoother, double keep = 0.8) {
  StabilizeSettings settings;
  settings.smoother = smoother;
  settings.keep = keep;
  return settings;
}

double largest_bend_px(const WarpPlan& plan) {
  double largest = 0;
  for (const FrameWarp& frame : plan.frames) largest = std::max({largest, frame.bend.bound().x, frame.bend.bound().y});
  return largest;
}

TEST(StraightenedRows, EverySmoother_TheWholeOutlineStaysInsideAndNoLessIsKept) {
  const MotionTrack track = bent_track(0.8);
  for (const std::string& smoother : smoothers())
    for (const double keep : {0.8, 0.9, 0.97}) {
      const Solution s = *solve(track, settings_with(smoother, keep));
      EXPECT_GT(largest_bend_px(s.plan), 0) << smoother;
      EXPECT_GE(s.plan.picture_kept, keep - 1e-6) << smoother;
      EXPECT_GE(s.plan.borders.smallest_margin_px, 0) << smoother << " " << keep;
      // Where the output's outline really lies: as certified or further inside.
      const Size out = s.plan.output;
      for (const FrameWarp& frame : s.plan.frames)
        for (int i = 0; i <= 200; ++i) {
          const double x = (out.width - 1) * i / 200.0, y = (out.height - 1) * i / 200.0;
          for (const Point edge : {Point{x, 0}, {x, out.height - 1.0}, {0, y}, {out.width - 1.0, y}}) {
            const Point p = apply(frame, edge);
            ASSERT_GE(std::min({p.x, p.y, track.size.width - 1 - p.x, track.size.height - 1 - p.y}), s.plan.borders.smallest_margin_px - 1e-9) << smoother;
          }
        }
    }
}

TEST(StraightenedRows, OneLargeBend_TakesNoRoomFromAllFrames) {
  const Solution s = *solve(bent_track(0.8), settings_with("l2-optimal"));
  // The ninth tenth of the frames bends by at most 0.8 * 1.3 px (mean taken off: a few hundredths more); the jerk would ask for three times that.
  EXPECT_LT(largest_bend_px(s.plan), 1.2);
  EXPECT_GT(largest_bend_px(s.plan), 0.8);
}

TEST(StraightenedRows, HardlyAnyRoom_IsSharedWithTheMotion) {
  const MotionTrack track = bent_track(0.8);
  for (const double keep : {0.97, 0.99, 1.0}) {
    const Solution s = *solve(track, settings_with("l2-optimal", keep));
    EXPECT_LE(largest_bend_px(s.plan), most_bend_px(track.size, keep) + 1e-12) << keep;
    EXPECT_GE(s.plan.borders.smallest_margin_px, -1e-9) << keep;
  }
}

TEST(StraightenedRows, SwitchedOffOrWithoutStrength_AreLeftAsFilmed) {
  StabilizeSettings off = settings_with("l2-optimal");
  off.rolling_shutter = false;
  const Solution left = *solve(bent_track(0.8), off), none = *solve(bent_track(0), settings_with("l2-optimal"));
  EXPECT_EQ(largest_bend_px(left.plan), 0);
  EXPECT_EQ(left.plan.frames, none.plan.frames) << "nothing else may change";
  StabilizeSettings weak = settings_with("l2-optimal");
  weak.strength = 0;
  EXPECT_EQ(largest_bend_px(solve(bent_track(0.8), weak)->plan), 0);
  weak.strength = 0.5;
  EXPECT_NEAR(largest_bend_px(solve(bent_track(0.8), weak)->plan), 0.5 * largest_bend_px(solve(bent_track(0.8), settings_with("l2-optimal"))->plan), 0.02);
}

TEST(StraightenedRows, CameraOnATripod_IsNotBentByWhatElseMoves) {
  // Water or people: rows seem to move though the camera does not.
  MotionTrack track = bent_track(0.8);
  for (PairMotion& pair : track.pairs) pair.cur_from_prev = Mat3::identity();
  const Solution s = *solve(track, settings_with("l2-optimal"));
  EXPECT_EQ(largest_bend_px(s.plan), 0);
  EXPECT_NEAR(s.plan.picture_kept, 1, 1e-8);
}

}  // namespace
}  // namespace keel::test
