// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

namespace keel {
namespace {

TEST(BoundedQueue, TwoProducersAndTwoConsumers_EveryItemArrivesOnce) {
  BoundedQueue<int> queue(3);
  constexpr int kItems = 2000;
  std::atomic<long> sum{0};
  std::vector<std::thread> threads;
  std::atomic<int> producing{2};
  for (int p = 0; p < 2; ++p)
    threads.emplace_back([&, p] {
      for (int i = p; i < kItems; i += 2) EXPECT_TRUE(queue.push(i));
      if (--producing == 0) queue.close();
    });
  for (int c = 0; c < 2; ++c)
    threads.emplace_back([&] {
      while (auto item = queue.pop()) sum += *item;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(sum, static_cast<long>(kItems) * (kItems - 1) / 2);
}

TEST(BoundedQueue, ClosedWhileProducerWaits_PushFailsAndPopDrains) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.push(7));
  std::thread producer([&] { EXPECT_FALSE(queue.push(8)); });
  queue.close();
  producer.join();
  EXPECT_EQ(queue.pop(), 7);
  EXPECT_FALSE(queue.pop().has_value());
}

}  // namespace
}  // namespace keel
