// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/frame_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <thread>
#include <utility>

#include "engine/image/device_surface.h"
#include "tests/support/device_decoder.h"
#include "tests/support/host_gpu.h"
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

/// What lies where a GPU shows it: a device that decodes into its memory, in its own time. Outlives the source of frames.
struct GpuSide {
  GpuSide() {
    device.lay_out = [this, upload = device.lay_out](const AVFrame& packed) {
      {
        std::unique_lock lock(mutex);
        may_go_on.wait(lock, [&] { return allowed > 0; });
        --allowed;
      }
      auto place = upload(packed);
      if (place) {
        ++lent;
        place->memory = std::shared_ptr<const void>(place->memory.get(), [this, memory = place->memory](const void*) mutable {
          memory.reset();
          --lent;
        });
      }
      return place;
    };
  }
  /// Only so many pictures more are decoded.
  void allow(int pictures) {
    {
      std::lock_guard lock(mutex);
      allowed = pictures;
    }
    may_go_on.notify_all();
  }

  static constexpr int kAll = std::numeric_limits<int>::max();
  keel::test::HostGpu gpu;
  keel::test::HostDevice device = keel::test::decoder_on(gpu);
  std::atomic<int> lent{0};
  std::mutex mutex;
  std::condition_variable may_go_on;
  int allowed = kAll;  // guarded by mutex
};

class FrameSourceOnAGpuTest : protected GpuSide, public FrameSourceTest {
 protected:
  static constexpr int kAhead = 5, kFarAhead = 16;  ///< decoded ahead of playing where frames say where they lie, and where they do not
  static constexpr int kMostLent = 8;               ///< by a decoder

  FrameSourceOnAGpuTest() {
    const auto coded = folder_ / "numbers.mp4";
    const std::string quiet = "ffmpeg -v error -nostdin -y -i ";
    EXPECT_EQ(std::system((quiet + clip_.string() + " -c:v libx264 -g 10 -bf 2 -pix_fmt yuv420p " + coded.string()).c_str()), 0);
    clip_ = coded;
    source_.decode_on(&device);
    source_.lend_to(&gpu);
  }
  ~FrameSourceOnAGpuTest() override { allow(kAll); }

  /// The frame as soon as it is there.
  DecodedFrame frame_of(std::int64_t index) {
    std::optional<DecodedFrame> frame;
    EXPECT_TRUE(wait_until([&] { return (frame = source_.find(index)).has_value(); })) << index;
    return frame.value_or(DecodedFrame{});
  }
  bool lies_on_gpu(const DecodedFrame& frame) { return surface_in(gpu.context(), frame.frame) != nullptr; }
  /// Whether the frame is in the cache and says where it lies.
  bool lent_in_cache(std::int64_t index) {
    const auto frame = source_.find(index);
    return frame && lies_on_gpu(*frame);
  }
  /// Shows each frame up to `last` as a player does, and waits until as much is decoded ahead as will be.
  void play_to(std::int64_t last) {
    DecodedFrame on_screen, before;  // the view has the old one until it paints
    for (std::int64_t index = 0; index <= last; ++index) {
      source_.request(index, FrameSource::Direction::kForward);
      before = std::exchange(on_screen, frame_of(index));
      EXPECT_TRUE(lies_on_gpu(on_screen)) << index;
      (void)frame_of(std::min<std::int64_t>(index + kAhead, kFrames - 1));
      // Time for whoever decodes farther.
      if (index % 10 == 0) std::this_thread::sleep_for(30ms);
      EXPECT_FALSE(source_.find(index + kAhead + 1)) << index;
      EXPECT_LE(lent.load(), kMostLent) << index;
    }
  }
};

TEST_F(FrameSourceOnAGpuTest, PlayedForward_EveryFrameShown_SaysWhereItLies) {
  open();
  play_to(kFrames - 1);
  EXPECT_EQ(source_.decoded_frames(), static_cast<unsigned>(kFrames));
}

TEST_F(FrameSourceOnAGpuTest, CachedFrames_FarFromThePlayhead_HaveGivenTheirSurfaceBack) {
  open();
  play_to(40);
  for (int index = 0; index < kFrames; ++index) EXPECT_EQ(lent_in_cache(index), index >= 40 && index <= 40 + kAhead) << index;
  EXPECT_EQ(lent.load(), 1 + kAhead);
  source_.request(10, FrameSource::Direction::kStill);
  EXPECT_EQ(lent.load(), 0) << "what is cached there has none any more";
  EXPECT_TRUE(source_.find(10));
  source_.request(90, FrameSource::Direction::kStill);
  EXPECT_TRUE(lies_on_gpu(frame_of(90)));
}

TEST_F(FrameSourceOnAGpuTest, PlayedBackward_FramesBeforeThePlayheadSayWhereTheyLie_WhereTheyCameLast) {
  open();
  (void)frame_of(2);
  source_.request(60, FrameSource::Direction::kBackward);
  (void)frame_of(60);
  for (int index = 0; index < kFrames; ++index) EXPECT_EQ(lent_in_cache(index), index >= 60 - kAhead && index <= 60) << index;
}

TEST_F(FrameSourceOnAGpuTest, DecodingThatIsLate_TheNewestFrameThatCanBeShown_SaysWhereItLies) {
  open();
  (void)frame_of(2);
  allow(4);
  source_.request(20, FrameSource::Direction::kForward);
  (void)frame_of(6);
  const auto newest = source_.newest_between(2, 20);
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->index, 6);
  EXPECT_TRUE(lies_on_gpu(*newest));
  for (int index = 0; index < 6; ++index) EXPECT_FALSE(lent_in_cache(index)) << index;
  allow(kAll);
  EXPECT_TRUE(lies_on_gpu(frame_of(20)));
}

TEST_F(FrameSourceOnAGpuTest, NobodyToLendToAnyMore_FramesGiveTheirSurfaceBack_AndDecodingGoesFarAhead) {
  open();
  play_to(3);
  source_.lend_to(nullptr);
  EXPECT_EQ(lent.load(), 0);
  (void)frame_of(3 + kFarAhead);
  EXPECT_EQ(lent.load(), 0);
}

TEST_F(FrameSourceOnAGpuTest, WhereNoFrameSaysWhereItLies_DecodingGoesFarAhead) {
  const auto upload = std::exchange(device.lay_out, nullptr);
  open();
  source_.request(0, FrameSource::Direction::kForward);
  EXPECT_FALSE(lies_on_gpu(frame_of(kFarAhead)));
  device.lay_out = upload;
  device.fail_at = device.downloads + 10;
  open();
  source_.request(0, FrameSource::Direction::kForward);
  (void)frame_of(kAhead);
  source_.request(12, FrameSource::Direction::kForward);
  (void)frame_of(12 + kFarAhead);
  EXPECT_FALSE(source_.status().decode.hardware);
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
