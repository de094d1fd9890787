// SPDX-License-Identifier: GPL-3.0-or-later
// Events between streams, on the machine's GPU and on the one that tests put in its place, which must show where a wait is missing.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "engine/backend/device.h"
#include "tests/support/host_gpu.h"

namespace keel {
namespace {

using test::HostGpu;

constexpr std::size_t kBytes = 4096;

/// A value on its way: pinned -> first on one stream, first -> second -> pinned on another.
struct Relay {
  explicit Relay(GpuRuntime& runtime_)
      : runtime(runtime_),
        pinned(*GpuMemory::allocate(runtime, GpuMemory::Kind::kPinned, 2 * kBytes)),
        first(*GpuMemory::allocate(runtime, GpuMemory::Kind::kDevice, kBytes)),
        second(*GpuMemory::allocate(runtime, GpuMemory::Kind::kDevice, kBytes)),
        mark(*GpuMark::create(runtime)),
        producer(*GpuQueue::create(runtime)),
        consumer(*GpuQueue::create(runtime)) {}

  void produce(int value) {
    std::memset(pinned.data(), value, kBytes);
    EXPECT_EQ(runtime.copy(first.data(), pinned.data(), kBytes, CopyDirection::kToDevice, producer.stream()), 0);
    EXPECT_EQ(runtime.record(mark.event(), producer.stream()), 0);
  }
  void consume() {
    EXPECT_EQ(runtime.copy(second.data(), first.data(), kBytes, CopyDirection::kOnDevice, consumer.stream()), 0);
    EXPECT_EQ(runtime.copy(pinned.data() + kBytes, second.data(), kBytes, CopyDirection::kToHost, consumer.stream()), 0);
  }
  int result() {
    EXPECT_EQ(runtime.wait(consumer.stream()), 0);
    return std::to_integer<int>(pinned.data()[2 * kBytes - 1]);
  }

  GpuRuntime& runtime;
  GpuMemory pinned, first, second;
  GpuMark mark;
  GpuQueue producer, consumer;
};

void expect_relayed(GpuRuntime& runtime) {
  Relay relay(runtime);
  for (const int value : {7, 8, 9}) {
    relay.produce(value);
    EXPECT_EQ(runtime.stream_wait(relay.consumer.stream(), relay.mark.event()), 0);
    relay.consume();
    EXPECT_EQ(relay.result(), value);
  }
}

TEST(GpuEvents, AStreamThatWaitsForAnEvent_SeesWhatWasQueuedBeforeIt) {
  HostGpu device;
  expect_relayed(device);
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(GpuEvents, AForgottenWait_ShowsOnTheEmulatedGpu) {
  HostGpu device;
  Relay relay(device);
  relay.produce(7);
  relay.consume();
  EXPECT_NE(relay.result(), 7);
}

TEST(GpuEvents, WhatIsQueuedAfterTheEvent_IsNotWaitedFor) {
  HostGpu device;
  const auto later = GpuMemory::allocate(device, GpuMemory::Kind::kPinned, kBytes);
  std::memset(later->data(), 9, kBytes);
  Relay relay(device);  // after the memory: its queues are waited for at the end
  relay.produce(7);
  EXPECT_EQ(device.copy(relay.first.data(), later->data(), kBytes, CopyDirection::kToDevice, relay.producer.stream()), 0);
  EXPECT_EQ(device.stream_wait(relay.consumer.stream(), relay.mark.event()), 0);
  relay.consume();
  EXPECT_EQ(relay.result(), 7);
}

TEST(GpuEvents, EventsMayGoBeforeTheyAreReachedAndNeedNoRecord) {
  HostGpu device;
  Relay relay(device);
  {
    const auto never = GpuMark::create(device);
    EXPECT_EQ(device.stream_wait(relay.consumer.stream(), never->event()), 0);
    const auto early = GpuMark::create(device);
    relay.produce(5);
    EXPECT_EQ(device.record(early->event(), relay.producer.stream()), 0);
    EXPECT_EQ(device.stream_wait(relay.consumer.stream(), early->event()), 0);
  }
  relay.consume();
  EXPECT_EQ(relay.result(), 5);
}

TEST(GpuEvents, StreamsOfManyThreads_WaitForEachOtherWithoutStandingStill) {
  HostGpu device;
  std::vector<std::thread> threads;
  Relay shared(device);
  shared.produce(3);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        Relay own(device);
        own.produce(i);
        EXPECT_EQ(device.stream_wait(own.consumer.stream(), own.mark.event()), 0);
        EXPECT_EQ(device.stream_wait(own.consumer.stream(), shared.mark.event()), 0);
        own.consume();
        EXPECT_EQ(own.result(), i);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST(GpuEvents, FailingCalls_AreErrorsAndLeakNothing) {
  for (int first = 0; first < 4; ++first) {
    HostGpu device;
    {
      const auto queue = GpuQueue::create(device);
      device.fail_from(first, 1);
      const auto mark = GpuMark::create(device);
      EXPECT_EQ(mark.ok(), first != 0);
      if (!mark) continue;
      EXPECT_EQ(device.record(mark->event(), queue->stream()) != 0, first == 1);
      EXPECT_EQ(device.stream_wait(queue->stream(), mark->event()) != 0, first == 2);
    }
    EXPECT_EQ(device.leaks(), 0u) << first;
  }
}

TEST(GpuEvents, OnTheMachinesGpu_StreamsWaitForEachOther) {
  GpuRuntime* const runtime = system_gpu().runtime;
  if (runtime == nullptr) {
    const char* required = std::getenv("KEEL_REQUIRE_GPU");
    if (required != nullptr && std::strcmp(required, "1") == 0) FAIL() << "a GPU is required: " << device_status().cuda_text;
    GTEST_SKIP() << "no GPU: " << device_status().cuda_text;
  }
  EXPECT_NE(runtime->context(), nullptr) << "other libraries cannot share it";
  expect_relayed(*runtime);
}

}  // namespace
}  // namespace keel
