// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session/export_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "engine/media/decoder.h"
#include "tests/support/y4m_clip.h"

namespace keel {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class ExportQueueTest : public ::testing::Test {
 protected:
  std::shared_ptr<const ClipInfo> make_clip(const std::string& name, int frames, Size size = {64, 48}) {
    const auto path = folder_ / name;
    keel::test::write_painted_clip(path, size, frames, keel::test::shaky_texture);
    auto info = probe(path);
    EXPECT_TRUE(info.ok());
    return std::make_shared<const ClipInfo>(std::move(*info));
  }
  static std::shared_ptr<const WarpPlan> plain_plan(const ClipInfo& clip, int frames) {
    WarpPlan plan;
    plan.source = plan.output = clip.size;
    plan.frames.assign(static_cast<std::size_t>(frames), FrameWarp{Mat3::identity()});
    plan.strength.assign(plan.frames.size(), 1.0F);
    return std::make_shared<const WarpPlan>(std::move(plan));
  }
  std::uint64_t add(const std::string& output, int frames = 10, Size size = {64, 48}) {
    const auto clip = make_clip(output + ".y4m", frames, size);
    return queue_.add(clip, plain_plan(*clip, frames), folder_ / output, {});
  }
  [[nodiscard]] ExportJob job(std::uint64_t id) const {
    for (const ExportJob& job : queue_.jobs())
      if (job.id == id) return job;
    return {};
  }
  template <class Ready>
  [[nodiscard]] bool wait_until(Ready ready) {
    std::unique_lock lock(mutex_);
    return woken_.wait_for(lock, 30s, ready);
  }
  [[nodiscard]] bool wait_over(std::uint64_t id) {
    return wait_until([&] { return is_over(job(id).state); });
  }

  keel::test::TemporaryFolder folder_;
  std::mutex mutex_;
  std::condition_variable woken_;
  ExportQueue queue_{[this] {
    std::lock_guard lock(mutex_);
    woken_.notify_all();
  }};
};

TEST_F(ExportQueueTest, Jobs_RunInOrder_AndAreVerified) {
  const auto first = add("a.mp4", 12), second = add("b.mkv", 7);
  ASSERT_TRUE(wait_over(second));
  EXPECT_EQ(job(first).state, ExportState::kDone);
  for (const auto& [id, frames] : {std::pair{first, 12}, std::pair{second, 7}}) {
    EXPECT_TRUE(job(id).verified) << job(id).sentence;
    EXPECT_EQ(job(id).done, frames);
    const auto times = scan_frame_times(job(id).output);
    ASSERT_TRUE(times.ok());
    EXPECT_EQ(times->size(), static_cast<std::size_t>(frames));
  }
  queue_.clear_finished();
  EXPECT_TRUE(queue_.jobs().empty());
}

TEST_F(ExportQueueTest, FileThatDeliversLessThanItDidWhenItWasAnalysed_Fails_AndNothingIsWritten) {
  const auto clip = make_clip("short.y4m", 10);
  const auto id = queue_.add(clip, plain_plan(*clip, 12), folder_ / "short.mp4", {});
  ASSERT_TRUE(wait_over(id));
  EXPECT_EQ(job(id).state, ExportState::kFailed);
  EXPECT_NE(job(id).sentence.find("ended after 10 of 12 frames"), std::string::npos) << job(id).sentence;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "short.mp4"));
}

TEST_F(ExportQueueTest, WaitingJob_MovedEarlier_RunsEarlier_AndCancelledNeverRuns) {
  const auto running = add("a.mp4", 120, {320, 240});
  ASSERT_TRUE(wait_until([&] { return job(running).state == ExportState::kRunning; }));
  queue_.set_paused(true);
  const auto second = add("b.mp4"), third = add("c.mp4");
  queue_.move(third, -1);
  EXPECT_EQ(queue_.jobs()[1].id, third);
  queue_.move(third, -1);
  EXPECT_EQ(queue_.jobs()[1].id, third) << "nothing overtakes what is running";
  queue_.cancel(second);
  EXPECT_EQ(job(second).state, ExportState::kCancelled);
  queue_.set_paused(false);
  ASSERT_TRUE(wait_over(third));
  EXPECT_EQ(job(running).state, ExportState::kDone);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b.mp4"));
}

TEST_F(ExportQueueTest, Paused_NothingStarts_GoesOnWhenLetGo_AndARunningJobIsWholeAfterwards) {
  queue_.set_paused(true);
  const auto held = add("held.mp4", 200, {160, 120});
  EXPECT_EQ(job(held).state, ExportState::kWaiting);
  queue_.set_paused(false);
  ASSERT_TRUE(wait_until([&] { return job(held).done > 0; }));
  queue_.set_paused(true);
  EXPECT_TRUE(queue_.paused());
  const auto next = add("next.mp4");
  queue_.set_paused(false);
  ASSERT_TRUE(wait_over(next));
  EXPECT_TRUE(job(held).verified) << job(held).sentence;
  EXPECT_EQ(job(held).done, 200);
}

TEST_F(ExportQueueTest, PausedJob_Cancelled_EndsAtOnce) {
  const auto running = add("a.mp4", 400, {320, 240});
  ASSERT_TRUE(wait_until([&] { return job(running).done > 0; }));
  queue_.set_paused(true);
  queue_.cancel(running);
  ASSERT_TRUE(wait_over(running));
  EXPECT_EQ(job(running).state, ExportState::kCancelled);
}

TEST_F(ExportQueueTest, RunningJob_Cancelled_StopsSoon_LeavesNoFile_AndTheNextRuns) {
  const auto running = add("a.mp4", 400, {320, 240}), next = add("b.mp4");
  ASSERT_TRUE(wait_until([&] { return job(running).done > 0; }));
  const auto start = Clock::now();
  queue_.cancel(running);
  ASSERT_TRUE(wait_over(running));
  EXPECT_LT(Clock::now() - start, 1s);
  EXPECT_EQ(job(running).state, ExportState::kCancelled);
  ASSERT_TRUE(wait_over(next));
  EXPECT_TRUE(job(next).verified);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().filename().string().rfind("a.mp4.part", 0), std::string::npos) << entry.path();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.mp4"));
}

TEST_F(ExportQueueTest, OutputThatIsTheSource_Fails_WithASentence) {
  const auto clip = make_clip("clip.y4m", 5);
  const auto id = queue_.add(clip, plain_plan(*clip, 5), clip->path, {});
  ASSERT_TRUE(wait_over(id));
  EXPECT_EQ(job(id).state, ExportState::kFailed);
  EXPECT_FALSE(job(id).sentence.empty());
}

TEST_F(ExportQueueTest, VerifyExport_OtherFramesOrSize_TellsBoth) {
  const auto clip = make_clip("clip.y4m", 5);
  EXPECT_TRUE(verify_export(clip->path, clip->size, 5).ok());
  const auto frames = verify_export(clip->path, clip->size, 6), size = verify_export(clip->path, {32, 32}, 5);
  ASSERT_FALSE(frames.ok());
  EXPECT_NE(frames.error().message.find("5 frames instead of 6"), std::string::npos) << frames.error().message;
  ASSERT_FALSE(size.ok());
  EXPECT_NE(size.error().message.find("64 x 48 instead of 32 x 32"), std::string::npos) << size.error().message;
}

}  // namespace
}  // namespace keel
