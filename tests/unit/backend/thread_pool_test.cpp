// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/backend/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/backend/device.h"
#include "engine/backend/launch.h"

namespace keel {
namespace {

TEST(ThreadPool, ParallelForOverAnyThreadCount_VisitsEachIndexOnce) {
  for (const int threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    std::vector<std::atomic<int>> visits(1013);
    pool.parallel_for(0, 1013, 10, [&](int begin, int end) {
      for (int i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    for (const auto& v : visits) ASSERT_EQ(v, 1);
  }
}

TEST(ThreadPool, LoopsFromSeveralThreadsAndNested_AllFinish) {
  ThreadPool pool(3);
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 3; ++c)
    callers.emplace_back([&] {
      for (int k = 0; k < 50; ++k)
        pool.parallel_for(0, 8, 1, [&](int, int) { pool.parallel_for(0, 4, 1, [&](int b, int e) { total += e - b; }); });
    });
  for (auto& c : callers) c.join();
  // A worker-less fallback may hand the whole range to one call, so only the inner sums are exact per outer call.
  EXPECT_EQ(total % 4, 0);
  EXPECT_GE(total, 3 * 50 * 4);
}

TEST(ThreadPool, EmptyRange_NeverCallsTheBody) {
  ThreadPool pool(2);
  pool.parallel_for(5, 5, 1, [](int, int) { FAIL(); });
}

TEST(LaunchEmulated, OddExtent_VisitsEachPixelOnceInAnotherOrder) {
  constexpr int kWidth = 45, kHeight = 19;
  std::vector<int> order;
  launch_emulated({kWidth, kHeight}, [&](int x, int y) { order.push_back(y * kWidth + x); });
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < kWidth * kHeight; ++i) ASSERT_EQ(sorted[static_cast<std::size_t>(i)], i);
  EXPECT_NE(order.front(), 0);
}

TEST(DeviceStatus, WithoutADriver_SaysWhyInWords) {
  const DeviceStatus& status = device_status();
  EXPECT_GE(status.cpu_threads, 1);
  EXPECT_FALSE(status.cuda_text.empty());
}

}  // namespace
}  // namespace keel
