// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/motion_track.h"

#include <gtest/gtest.h>

#include <cmath>

namespace keel {
namespace {

MotionTrack track_of(std::vector<PairMotion> pairs) {
  MotionTrack track;
  track.size = {960, 540};
  track.time_base = {1, 30};
  for (std::size_t i = 0; i <= pairs.size(); ++i) track.pts.push_back(static_cast<std::int64_t>(i));
  track.pairs = std::move(pairs);
  return track;
}

TEST(Disagreement, ShiftedMotions_AreAsFarApartAsTheShift_AsIfThePictureHad1080Lines) {
  const PairMotion still{Mat3::identity(), MotionStatus::kOk, 1}, moved{Mat3::translation(3, 4), MotionStatus::kOk, 1};
  const auto apart = disagreement_px(track_of({still, still}), track_of({still, moved}));
  ASSERT_EQ(apart.size(), 3U);
  EXPECT_TRUE(std::isnan(apart[0]));
  EXPECT_FLOAT_EQ(apart[1], 0);
  EXPECT_FLOAT_EQ(apart[2], 10);  // 5 px of 540 lines
}

TEST(Disagreement, PairWithoutAMotion_HasNone_AndAShorterTrackEndsIt) {
  const PairMotion still{Mat3::identity(), MotionStatus::kOk, 1}, lost{Mat3::identity(), MotionStatus::kDiverged, 0};
  const auto apart = disagreement_px(track_of({still, lost, still}), track_of({still, still}));
  ASSERT_EQ(apart.size(), 3U);
  EXPECT_FLOAT_EQ(apart[1], 0);
  EXPECT_TRUE(std::isnan(apart[2]));
}

}  // namespace
}  // namespace keel
