// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/frame_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "tests/support/y4m_clip.h"

namespace keel::ui {
namespace {

using namespace std::chrono_literals;
using keel::test::YuvColor;

constexpr int kFrames = 100;

/// Brightness tells the frame number.
YuvColor numbered(int frame, int, int) { return {static_cast<std::uint8_t>(20 + 2 * frame), 128, 128}; }

class FrameSourceTest : public ::testing::Test {
 protected:
  FrameSourceTest() { keel::test::write_painted_clip(clip_, {64, 48}, kFrames, numbered); }

  template <class Ready>
  bool wait_until(Ready ready) {
    std::unique_lock lock(mutex_);
    return woken_.wait_for(lock, 30s, ready);
  }

  /// Brightness of the frame, waiting for it.
  int luma_of(std::int64_t index) {
    std::optional<DecodedFrame> frame;
    EXPECT_TRUE(wait_until([&] { return (frame = source_.find(index)).has_value(); }));
    return frame ? frame->frame.plane(0).row<std::uint8_t>(10)[10] : -1;
  }

  void open() {
    source_.open(clip_);
    ASSERT_TRUE(wait_until([&] { return source_.status().ready; }));
  }

  keel::test::TemporaryFolder folder_;
  std::filesystem::path clip_ = folder_ / "numbers.y4m";
  std::mutex mutex_;
  std::condition_variable woken_;
  FrameSource source_{[this] {
    { std::lock_guard lock(mutex_); }
    woken_.notify_all();
  }};
};

TEST_F(FrameSourceTest, AnyFrame_Requested_IsTheOneAskedFor) {
  open();
  for (const int index : {0, 50, 49, 3, 99, 98, 51}) {
    source_.request(index, FrameSource::Direction::kStill);
    EXPECT_EQ(luma_of(index), 20 + 2 * index);
  }
}

TEST_F(FrameSourceTest, ManyRequests_InARow_TheNewestIsServed) {
  open();
  for (int index = 0; index < kFrames; ++index) source_.request(index, FrameSource::Direction::kStill);
  EXPECT_EQ(luma_of(kFrames - 1), 20 + 2 * (kFrames - 1));
}

TEST_F(FrameSourceTest, FarFrame_Requested_IsSoughtWithoutDecodingWhatLiesBetween) {
  open();
  luma_of(2);
  source_.request(90, FrameSource::Direction::kStill);
  luma_of(92);
  EXPECT_LE(source_.decoded_frames(), 6U);
}

TEST_F(FrameSourceTest, BackwardRequests_OneByOne_AreServedInChunks) {
  open();
  for (int index = kFrames - 1; index >= 0; --index) {
    source_.request(index, FrameSource::Direction::kBackward);
    ASSERT_EQ(luma_of(index), 20 + 2 * index);
  }
  EXPECT_LT(source_.decoded_frames(), 3U * kFrames) << "every frame was sought for on its own";
}

TEST_F(FrameSourceTest, NewestBetween_ReturnsTheCachedFrameNearestToTheEnd) {
  open();
  luma_of(2);
  source_.request(50, FrameSource::Direction::kStill);
  luma_of(52);
  EXPECT_EQ(source_.newest_between(50, 70)->index, 52);
  EXPECT_EQ(source_.newest_between(70, 30)->index, 50);
  EXPECT_FALSE(source_.newest_between(52, 70));
  EXPECT_FALSE(source_.newest_between(50, 30));
}

TEST_F(FrameSourceTest, FileThatIsNoClip_Opened_TellsWhyAndAnotherOpens) {
  source_.open(folder_ / "absent.mp4");
  ASSERT_TRUE(wait_until([&] { return !source_.status().error.empty(); }));
  open();
  EXPECT_TRUE(source_.status().error.empty());
}

/// Resident memory of this process, in MB.
double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

TEST_F(FrameSourceTest, TwoHours_OpenedAndPlayedInFivePlaces_StayWithinTheMemoryOfTheCache) {
  constexpr int kHz = 30, kLongFrames = 7200 * kHz, kPlayed = 300;
  const auto piece = folder_ / "piece.mp4", two_hours = folder_ / "long.mp4";
  const std::string quiet = "ffmpeg -v error -nostdin -y ";
  ASSERT_EQ(std::system((quiet + "-f lavfi -i testsrc=s=320x180:r=30:d=20 -c:v libx264 -preset veryfast -crf 30 -pix_fmt yuv420p " + piece.string()).c_str()), 0);
  ASSERT_EQ(std::system((quiet + "-stream_loop 359 -i " + piece.string() + " -c copy " + two_hours.string()).c_str()), 0);
  const double before = resident_mb();
  double most = before;
  source_.open(two_hours);
  ASSERT_TRUE(wait_until([&] { return source_.status().ready; }));
  ASSERT_EQ(source_.status().times->size(), static_cast<std::size_t>(kLongFrames));
  for (const int start : {0, kLongFrames / 4, kLongFrames / 2, kLongFrames - kPlayed, kHz})
    for (int index = start; index < start + kPlayed; ++index) {
      source_.request(index, FrameSource::Direction::kForward);
      ASSERT_TRUE(wait_until([&] { return source_.find(index).has_value(); })) << index;
      most = std::max(most, resident_mb());
    }
  RecordProperty("growth_mb", std::to_string(most - before));
  std::cout << "two hours, " << kLongFrames << " frames: memory grew by " << most - before << " MB from " << before << " MB\n";
  // 22 MB of cached pictures (256 of 320 x 180); 2 MB of times, twice while they are found; the rest is FFmpeg's index and codec.
  EXPECT_LT(most - before, 100);
}

}  // namespace
}  // namespace keel::ui
