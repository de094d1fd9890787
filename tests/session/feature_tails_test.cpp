// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/feature_tails.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>

#include "engine/session/analyzer.h"
#include "tests/support/y4m_clip.h"

namespace keel::test {
namespace {

class FeatureTailsTest : public ::testing::Test {
 protected:
  void open(int frames) {
    clip_ = folder_ / "clip.y4m";
    write_painted_clip(clip_, {192, 128}, frames, shaky_texture);
    auto analysis = analyze_clip(clip_, "classical", {});
    ASSERT_TRUE(analysis.ok());
    track_ = std::make_shared<const MotionTrack>(std::move(analysis->track));
  }
  TailsPtr tails_at(std::int64_t frame) {
    tails_.request(clip_, track_, frame);
    std::unique_lock lock(mutex_);
    TailsPtr found;
    woken_.wait_for(lock, std::chrono::seconds(60), [&] { return (found = tails_.find(clip_, frame)) != nullptr; });
    return found;
  }

  TemporaryFolder folder_;
  std::filesystem::path clip_;
  std::shared_ptr<const MotionTrack> track_;
  std::mutex mutex_;
  std::condition_variable woken_;
  FeatureTails tails_{[this] {
    const std::lock_guard lock(mutex_);
    woken_.notify_all();
  }};
};

// The texture moves by whole pixels: exact to the tracker's noise, a fraction of a pixel.
TEST_F(FeatureTailsTest, EachTail_IsTheMeasuredMotionOfItsPair) {
  open(30);
  for (const std::int64_t frame : {20, 21, 5, 29}) {
    const TailsPtr found = tails_at(frame);
    ASSERT_TRUE(found) << frame;
    ASSERT_GT(found->size(), 20U) << frame;
    int oldest = 0;
    for (const Tail& tail : *found) {
      ASSERT_LT(tail.age, FeatureTails::kFrames);
      oldest = std::max(oldest, tail.age);
      const Mat3& motion = track_->pairs[static_cast<std::size_t>(frame - tail.age - 1)].cur_from_prev;
      const Point expected = apply(motion, tail.from);
      EXPECT_LT(std::hypot(expected.x - tail.to.x, expected.y - tail.to.y), 3) << "frame " << frame << " age " << tail.age;
    }
    EXPECT_EQ(oldest, std::min<std::int64_t>(FeatureTails::kFrames, frame) - 1) << frame;
  }
}

TEST_F(FeatureTailsTest, FirstFrame_HasNone_AndAPairIsBounded) {
  open(12);
  const TailsPtr first = tails_at(0);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->empty());
  const TailsPtr second = tails_at(1);
  ASSERT_TRUE(second);
  EXPECT_LE(second->size(), static_cast<std::size_t>(FeatureTails::kMostPoints));
}

}  // namespace
}  // namespace keel::test
