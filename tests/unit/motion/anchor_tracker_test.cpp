// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/anchor_tracker.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/sample/sample_clip.h"
#include "tests/support/scenes.h"

namespace keel {
namespace {

/// Knows where the camera of each frame stands, and says so.
struct KnownFrame final : PreparedFrame {
  explicit KnownFrame(double place) : x(place) {}
  double x;
};

class KnowingEstimator final : public MotionEstimator {
 public:
  [[nodiscard]] const AlgorithmInfo& info() const noexcept override { return info_; }
  [[nodiscard]] Result<PreparedFramePtr> prepare(const Frame&) const override { return PreparedFramePtr(); }
  [[nodiscard]] Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token) const override {
    std::vector<PairMotion> motions;
    for (const FramePair& pair : pairs)
      motions.push_back({Mat3::translation(static_cast<const KnownFrame&>(*pair.cur).x - static_cast<const KnownFrame&>(*pair.prev).x, 0), MotionStatus::kOk, confidence});
    return motions;
  }
  float confidence = 0.8f;

 private:
  AlgorithmInfo info_{"knows", "", "", {}};
};

constexpr Size kSize{1000, 500};

/// Anchors of frames at these places, px; pair `cut` (if any) is a scene cut.
std::vector<AnchorMotion> anchors_of(const MotionEstimator& estimator, const std::vector<double>& places, int cut = -1) {
  AnchorTracker tracker(estimator, kSize);
  std::vector<AnchorMotion> anchors;
  tracker.begin(std::make_shared<KnownFrame>(places[0]));
  for (std::size_t i = 1; i < places.size(); ++i) {
    const PairMotion pair{Mat3::translation(places[i] - places[i - 1], 0), static_cast<int>(i) - 1 == cut ? MotionStatus::kSceneCut : MotionStatus::kOk, 1};
    EXPECT_TRUE(tracker.add(pair, std::make_shared<KnownFrame>(places[i]), {}, anchors).ok());
  }
  return anchors;
}

TEST(AnchorTracker, CameraThatStandsStill_IsMeasuredAgainstItsFirstFrameEachThirty) {
  const KnowingEstimator estimator;
  const auto anchors = anchors_of(estimator, std::vector<double>(100, 3.0));
  ASSERT_EQ(anchors.size(), 3u);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(anchors[k].from, 0);
    EXPECT_EQ(anchors[k].to, 30 * (static_cast<int>(k) + 1));
  }
}

TEST(AnchorTracker, CameraThatMovesOn_ChainsItsKeyframes) {
  const KnowingEstimator estimator;
  std::vector<double> places;
  for (int i = 0; i < 60; ++i) places.push_back(5.0 * i);
  const auto anchors = anchors_of(estimator, places);
  // 8 % of 1000 px are reached after 17 frames.
  ASSERT_EQ(anchors.size(), 3u);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(anchors[k].from, 17 * static_cast<int>(k));
    EXPECT_EQ(anchors[k].to, anchors[k].from + 17);
    EXPECT_EQ(anchors[k].to_from_from(0, 2), 85.0);
  }
}

TEST(AnchorTracker, QuickPan_CostsNothing) {
  const KnowingEstimator estimator;
  std::vector<double> places;
  for (int i = 0; i < 60; ++i) places.push_back(40.0 * i);
  EXPECT_TRUE(anchors_of(estimator, places).empty());
}

TEST(AnchorTracker, CutOrLittleTrust_BeginsAnew) {
  KnowingEstimator estimator;
  const auto cut = anchors_of(estimator, std::vector<double>(100, 0.0), 49);
  ASSERT_EQ(cut.size(), 2u);
  EXPECT_EQ(cut[0].to, 30);
  EXPECT_EQ(cut[1].from, 50);
  estimator.confidence = 0.1f;
  EXPECT_TRUE(anchors_of(estimator, std::vector<double>(100, 0.0)).empty());
}

TEST(AnchorTracker, HandHeldShotOfThreeSeconds_AnchorsAreExactWherePairsHaveDrifted) {
  // A hand that shakes about one place, in low light.
  constexpr int kFrames = 91;
  PlaneScene scene;
  scene.size = {320, 180};
  for (int i = 0; i < kFrames; ++i)
    scene.picture_from_plane.push_back(Mat3::translation(3 * std::sin(0.61 * i), 2 * std::cos(0.83 * i)) * Mat3::rotation(0.004 * std::sin(0.5 * i)));
  const auto made = make_motion_estimator("classical");
  ASSERT_TRUE(made.ok());
  const MotionEstimator& estimator = **made;
  test::Degradation dark;
  dark.noise_sigma = 6;
  AnchorTracker tracker(estimator, scene.size);
  std::vector<AnchorMotion> anchors;
  PreparedFramePtr prev;
  Mat3 chain;
  for (int i = 0; i < kFrames; ++i) {
    const Frame clean = render_plane(scene, i);
    PreparedFramePtr cur = *estimator.prepare(test::degrade(clean, clean, i, dark));
    if (i == 0) tracker.begin(cur);
    else {
      const FramePair pair{prev, cur};
      const PairMotion motion = estimator.estimate({&pair, 1}, {})->front();
      ASSERT_EQ(motion.status, MotionStatus::kOk);
      chain = motion.cur_from_prev * chain;
      ASSERT_TRUE(tracker.add(motion, cur, {}, anchors).ok());
    }
    prev = cur;
  }
  ASSERT_EQ(anchors.size(), 3u);
  for (const AnchorMotion& anchor : anchors) EXPECT_LT(mean_corner_distance(anchor.to_from_from, exact_motion(scene, 0, anchor.to), scene.size), 0.15) << anchor.to;  // px
  const double drifted = mean_corner_distance(*normalized(chain), exact_motion(scene, 0, kFrames - 1), scene.size);
  std::printf("drift of the pairs after %d frames: %.3f px, of the last anchor: %.3f px\n", kFrames - 1, drifted,
              mean_corner_distance(anchors.back().to_from_from, exact_motion(scene, 0, anchors.back().to), scene.size));
  EXPECT_LT(mean_corner_distance(anchors.back().to_from_from, exact_motion(scene, 0, anchors.back().to), scene.size), 0.5 * drifted);
}

}  // namespace
}  // namespace keel
