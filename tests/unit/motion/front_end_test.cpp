// SPDX-License-Identifier: GPL-3.0-or-later
// The classical estimator's pixel work on a GPU: the same bits as the CPU's, whatever the device does.
#include "engine/motion/front_end.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/backend/device.h"
#include "engine/motion/classical.h"
#include "tests/support/device_frames.h"
#include "tests/support/host_gpu.h"
#include "tests/support/scenes.h"
#include "tests/unit/motion/pair_spans.h"

namespace keel {
namespace {

using test::HostGpu;
using test::motions_of_spans;
using Launch = HostGpu::Launch;

constexpr Size kSource{261, 147};
/// Smaller than the source by no whole number.
constexpr int kWorkingWidth = 200;
constexpr int kFrames = 5;
const PixelFormat kGray{ColorModel::kGray, 8, 0, 0, false}, k420_10{ColorModel::kYuv, 10, 1, 1, false};

ClassicalOptions options() {
  ClassicalOptions o;
  o.working_width = kWorkingWidth;
  return o;
}

/// The 8-bit picture at another depth, with noise in the bits that are new.
Frame deeper(const Frame& frame, const PixelFormat& format) {
  FrameBuffer out(frame.size(), format, {});
  std::mt19937 random(11);
  const int shift = format.bit_depth - 8;
  for (int p = 0; p < out.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) {
        const unsigned sample = p == 0 ? frame.plane(0).row<std::uint8_t>(y)[x] : 128u;
        out.row<std::uint16_t>(p, y)[x] = static_cast<std::uint16_t>((sample << shift) | (random() & ((1u << shift) - 1)));
      }
  return std::move(out).freeze();
}

/// A hand-held walk that ends in a cut to another scene, so that every way of looking for a motion is gone.
std::vector<Frame> clip(const PixelFormat& format) {
  const PlaneScene walk = handheld_scene(kSource, kFrames - 1, 3, false), other = handheld_scene(kSource, 1, 77, false);
  std::vector<Frame> frames;
  for (int i = 0; i < kFrames; ++i) {
    const Frame frame = i + 1 < kFrames ? render_plane(walk, i) : render_plane(other, 0);
    frames.push_back(format.bit_depth == 8 ? frame : deeper(frame, format));
  }
  return frames;
}

const std::vector<Frame>& clip_8() {
  static const std::vector<Frame> frames = clip(kGray);
  return frames;
}
const std::vector<Frame>& clip_10() {
  static const std::vector<Frame> frames = clip(k420_10);
  return frames;
}

std::vector<PairMotion> motions_of(const ClassicalEstimator& estimator, const std::vector<Frame>& frames) {
  std::vector<PairMotion> motions;
  PreparedFramePtr prev = *estimator.prepare(frames.front());
  for (std::size_t i = 1; i < frames.size(); ++i) {
    PreparedFramePtr cur = *estimator.prepare(frames[i]);
    const FramePair pair{prev, cur};
    motions.push_back(estimator.estimate({&pair, 1}, {})->front());
    prev = std::move(cur);
  }
  return motions;
}

/// As a decoder leaves them on the device.
std::vector<Frame> on_device(GpuRuntime& runtime, const std::vector<Frame>& frames, test::SurfaceLayout layout) {
  std::vector<Frame> there;
  for (const Frame& frame : frames) there.push_back(test::on_device(runtime, frame, layout));
  return there;
}

const std::vector<PairMotion>& expected_motions() {
  static const std::vector<PairMotion> motions = motions_of(ClassicalEstimator(options()), clip_8());
  return motions;
}

TEST(FrontEnd, OnTheCpu_SaysSo) {
  const ClassicalEstimator estimator(options());
  const auto motions = motions_of(estimator, clip_8());
  EXPECT_FALSE(estimator.compute().on_gpu);
  EXPECT_FALSE(estimator.compute().trouble);
  // The clip shows what the other tests need: motions, and a pair without one.
  EXPECT_EQ(motions.front().status, MotionStatus::kOk);
  EXPECT_NE(motions.back().status, MotionStatus::kOk);
}

TEST(FrontEnd, OnAnEmulatedGpu_GivesTheBitsOfTheCpuAt8And10Bits) {
  for (const auto* frames : {&clip_8(), &clip_10()}) {
    HostGpu device;
    {
      const ClassicalEstimator estimator(options(), device.gpu()), oracle(options());
      EXPECT_FALSE(estimator.compute().on_gpu) << "nothing was compared yet";
      EXPECT_EQ(motions_of(estimator, *frames), motions_of(oracle, *frames));
      EXPECT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
      for (const Launch kind : {Launch::kAreaLuma, Launch::kCornerResponse, Launch::kRowMaximum, Launch::kCellCorners})
        EXPECT_EQ(device.launches(kind), kFrames) << "each frame is sent and prepared once";
      EXPECT_GE(device.launches(Launch::kTrack), kFrames - 1) << "every pair is followed";
      EXPECT_EQ(device.launches(Launch::kSearch), device.launches(Launch::kTrack)) << "and searched";
      EXPECT_GE(device.launches(Launch::kTrackGrid), kFrames - 2);
      EXPECT_EQ(device.waits(), kFrames + device.launches(Launch::kTrack)) << "neither the search for a motion nor the points that refine it wait";
    }
    EXPECT_EQ(device.leaks(), 0u);
  }
}

TEST(FrontEnd, LevelsAndCornersOfAGpu_AreTheCpusBitForBit) {
  HostGpu device;
  GpuFrontEnd gpu(device.gpu());
  for (const Frame& frame : {clip_8().front(), clip_10().front(), test::degrade(clip_8()[1], clip_8()[1], 0, {.contrast = 0.05})})
    for (const Size working : {Size{200, 113}, Size{97, 55}, Size{33, 7}, Size{1, 1}}) {
      const auto wanted = prepare_on_cpu(frame, working);
      const auto got = gpu.prepare(frame, working);
      ASSERT_TRUE(got.ok()) << got.error().message;
      ASSERT_EQ((*got)->levels.size(), wanted->levels.size());
      for (std::size_t l = 0; l < wanted->levels.size(); ++l) {
        const GrayImage &a = (*got)->levels[l], &b = wanted->levels[l];
        ASSERT_EQ(a.size(), b.size());
        for (int y = -kGrayPadding; y < a.size().height + kGrayPadding; ++y)
          ASSERT_EQ(std::memcmp(a.row(y) - kGrayPadding, b.row(y) - kGrayPadding, static_cast<std::size_t>(a.stride())), 0) << "level " << l << " row " << y;
      }
      ASSERT_EQ((*got)->corners.size(), wanted->corners.size());
      for (std::size_t i = 0; i < wanted->corners.size(); ++i) {
        EXPECT_EQ((*got)->corners[i].x, wanted->corners[i].x);
        EXPECT_EQ((*got)->corners[i].y, wanted->corners[i].y);
        EXPECT_EQ((*got)->corners[i].response, wanted->corners[i].response);
      }
    }
}

TEST(FrontEnd, AnyCallOfTheGpuFailing_EndsInTheMotionsOfTheCpuWithNothingLeaked) {
  HostGpu counting;
  {
    const ClassicalEstimator estimator(options(), counting.gpu());
    ASSERT_EQ(motions_of(estimator, clip_8()), expected_motions());
  }
  ASSERT_GT(counting.calls(), 100);
  for (const int count : {1, HostGpu::kNever})  // a passing failure; a device that is lost for good
    for (int first = 0; first < counting.calls(); ++first) {
      HostGpu device;
      device.fail_from(first, count);
      {
        const ClassicalEstimator estimator(options(), device.gpu());
        SCOPED_TRACE("failing call " + std::to_string(first));
        EXPECT_EQ(motions_of(estimator, clip_8()), expected_motions());
        // The last calls only give things back.
        if (const MotionCompute compute = estimator.compute(); !compute.on_gpu) {
          ASSERT_TRUE(compute.trouble);
          EXPECT_EQ(compute.trouble->rfind("The GPU failed while ", 0), 0u) << *compute.trouble;
          EXPECT_NE(compute.trouble->find("unspecified launch failure; the CPU goes on."), std::string::npos) << *compute.trouble;
        }
      }
      EXPECT_EQ(device.leaks(), 0u) << "failing call " << first;
    }
}

TEST(FrontEnd, FramesThatLieOnTheGpu_AreReadThereAndGiveTheBitsOfTheCpu) {
  for (const auto layout : {test::SurfaceLayout::kPlanar, test::SurfaceLayout::kSemiPlanar})
    for (const auto* frames : {&clip_8(), &clip_10()}) {
      HostGpu device, sending;
      {
        const ClassicalEstimator estimator(options(), device.gpu()), sender(options(), sending.gpu()), oracle(options());
        const auto wanted = motions_of(oracle, *frames);
        EXPECT_EQ(motions_of(estimator, on_device(device, *frames, layout)), wanted);
        EXPECT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
        EXPECT_EQ(motions_of(sender, *frames), wanted);
        EXPECT_EQ(device.copies(CopyDirection::kToDevice), sending.copies(CopyDirection::kToDevice)) << "each picture is filled in once, and not sent";
        EXPECT_EQ(device.waits(), sending.waits() + kFrames) << "those of the surfaces' own queues at their end";
      }
      EXPECT_EQ(device.leaks(), 0u);
    }
}

TEST(FrontEnd, FramesThatLieOnAGpuWhoseCallsFail_EndInTheMotionsOfTheCpuWithNothingLeaked) {
  const std::vector<Frame> frames(clip_8().begin(), clip_8().begin() + 3);
  const std::vector<PairMotion> wanted(expected_motions().begin(), expected_motions().begin() + 2);
  HostGpu counting;
  {
    const ClassicalEstimator estimator(options(), counting.gpu());
    ASSERT_EQ(motions_of(estimator, on_device(counting, frames, test::SurfaceLayout::kSemiPlanar)), wanted);
  }
  for (const int count : {1, HostGpu::kNever})
    for (int first = 0; first < counting.calls(); ++first) {
      HostGpu device;
      device.fail_from(first, count);
      {
        const ClassicalEstimator estimator(options(), device.gpu());
        EXPECT_EQ(motions_of(estimator, on_device(device, frames, test::SurfaceLayout::kSemiPlanar)), wanted) << "failing call " << first;
      }
      EXPECT_EQ(device.leaks(), 0u) << "failing call " << first;
    }
}

TEST(FrontEnd, TheFirstFrameThatLiesOnTheGpu_IsComparedEvenAfterOthersWereTheCpus) {
  HostGpu device;
  {
    const ClassicalEstimator estimator(options(), device.gpu());
    std::vector<Frame> frames = clip_8();
    // Another picture lies there.
    frames[3] = frames[3].with_surface(test::on_device(device, frames[0], test::SurfaceLayout::kPlanar).surface());
    EXPECT_EQ(motions_of(estimator, frames), expected_motions());
    EXPECT_EQ(estimator.compute().trouble, "The GPU does not measure motion as the CPU does; the CPU goes on.");
  }
  EXPECT_EQ(device.leaks(), 0u);
}

void expect_that_the_gpu_is_left(HostGpu& device, std::size_t at_once) {
  {
    const ClassicalEstimator estimator(options(), device.gpu());
    EXPECT_EQ(motions_of_spans(estimator, clip_8(), at_once), expected_motions());
    EXPECT_FALSE(estimator.compute().on_gpu);
    EXPECT_EQ(estimator.compute().trouble, "The GPU does not measure motion as the CPU does; the CPU goes on.");
  }
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(FrontEnd, GpuThatMiscalculatesAnyLaunch_IsLeftAndTheMotionsAreTheCpus) {
  for (const std::size_t at_once : {1, 4}) {
    for (const Launch kind : {Launch::kAreaLuma, Launch::kReplicateBorder, Launch::kPyramidDown, Launch::kCornerResponse, Launch::kRowMaximum, Launch::kCellCorners, Launch::kTrack,
                              Launch::kTrackGrid}) {
      SCOPED_TRACE("launch " + std::to_string(static_cast<int>(kind)));
      HostGpu device;
      device.miscalculate(kind);
      expect_that_the_gpu_is_left(device, at_once);
    }
    for (int step = static_cast<int>(SearchStep::kGather); step <= static_cast<int>(SearchStep::kToPixels); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      HostGpu device;
      device.miscalculate(static_cast<SearchStep>(step));
      expect_that_the_gpu_is_left(device, at_once);
    }
  }
}

TEST(FrontEnd, FramesPreparedAheadOnAGpuThatTracksWrongly_AreTheCpus) {
  // The analysis prepares frames long before the first pair shows that the device is wrong.
  HostGpu device;
  device.miscalculate(Launch::kTrack);
  const ClassicalEstimator estimator(options(), device.gpu());
  std::vector<PreparedFramePtr> prepared;
  for (const Frame& frame : clip_8()) prepared.push_back(*estimator.prepare(frame));
  for (std::size_t i = 0; i + 1 < prepared.size(); ++i) {
    const FramePair pair{prepared[i], prepared[i + 1]};
    EXPECT_EQ(estimator.estimate({&pair, 1}, {})->front(), expected_motions()[i]);
  }
  EXPECT_EQ(device.launches(Launch::kTrack), 1);
}

TEST(FrontEnd, PicturesWithoutCorners_DoNotMakeAGpuTrusted) {
  FrameBuffer black(kSource, kGray, {});
  for (int y = 0; y < kSource.height; ++y) std::memset(black.row<std::uint8_t>(0, y), 0, static_cast<std::size_t>(kSource.width));
  const Frame frame = std::move(black).freeze();
  HostGpu device;
  const ClassicalEstimator estimator(options(), device.gpu());
  EXPECT_EQ(motions_of(estimator, {frame, frame}).front().status, MotionStatus::kLowTexture);
  EXPECT_FALSE(estimator.compute().on_gpu);
  EXPECT_FALSE(estimator.compute().trouble);
}

TEST(FrontEnd, OutOfMemory_IsTold) {
  HostGpu device;
  device.fail_from(0, HostGpu::kNever, HostGpu::kOutOfMemory);
  const ClassicalEstimator estimator(options(), device.gpu());
  EXPECT_EQ(motions_of(estimator, clip_8()), expected_motions());
  EXPECT_EQ(estimator.compute().trouble, "The GPU failed while reserving memory: out of memory; the CPU goes on.");
}

TEST(FrontEnd, ManyThreads_HaveTheirPairsInFlightAtOnceAndReuseMemory) {
  HostGpu device;
  {
    const ClassicalEstimator estimator(options(), device.gpu());
    std::vector<PreparedFramePtr> prepared;
    for (const Frame& frame : clip_8()) prepared.push_back(*estimator.prepare(frame));
    constexpr int kThreads = 4, kRounds = 4;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < kRounds; ++round)
          for (std::size_t i = 0; i + 1 < prepared.size(); ++i) {
            const FramePair pair{t % 2 == 0 ? prepared[i] : *estimator.prepare(clip_8()[i]), prepared[i + 1]};
            EXPECT_EQ(estimator.estimate({&pair, 1}, {})->front(), expected_motions()[i]);
          }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
    // At most: a workspace of three parts for each thread and kind of work, and a pyramid for each frame alive.
    EXPECT_LE(device.leaks(), static_cast<std::size_t>(3 * 3 * kThreads + kFrames + kThreads));
  }
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(FrontEnd, FramesThatOutliveTheirEstimator_GiveTheirMemoryBack) {
  HostGpu device;
  PreparedFramePtr frame = *ClassicalEstimator(options(), device.gpu()).prepare(clip_8().front());
  EXPECT_EQ(device.leaks(), 1u);
  frame.reset();
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(FrontEnd, OnTheMachinesGpu_GivesTheBitsOfTheCpu) {
  const Gpu gpu = system_gpu();
  if (gpu.runtime == nullptr) {
    const char* required = std::getenv("KEEL_REQUIRE_GPU");
    if (required != nullptr && std::strcmp(required, "1") == 0) FAIL() << "a GPU is required: " << device_status().cuda_text;
    GTEST_SKIP() << "no GPU: " << device_status().cuda_text;
  }
  for (const auto* frames : {&clip_8(), &clip_10()}) {
    const ClassicalEstimator estimator(options(), gpu), oracle(options());
    EXPECT_EQ(motions_of(estimator, *frames), motions_of(oracle, *frames));
    EXPECT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
    for (const auto layout : {test::SurfaceLayout::kPlanar, test::SurfaceLayout::kSemiPlanar}) {
      const ClassicalEstimator reader(options(), gpu);
      EXPECT_EQ(motions_of(reader, on_device(*gpu.runtime, *frames, layout)), motions_of(oracle, *frames));
      EXPECT_TRUE(reader.compute().on_gpu) << reader.compute().trouble.value_or("");
    }
  }
}

}  // namespace
}  // namespace keel
