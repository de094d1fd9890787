// SPDX-License-Identifier: GPL-3.0-or-later
// Networks that read decoded pictures where they lie: the same pictures bit for bit as the CPU's, on an emulated device whose memory the tensor library wraps, and
// the CPU's motions whatever of the device fails.
#include "engine/learned/small_pictures.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "engine/motion/learned_plugin.h"
#include "tests/support/device_frames.h"
#include "tests/support/host_gpu.h"
#include "tests/support/noise_frame.h"
#include "tests/unit/learned/stand_in.h"

namespace keel::learned {
namespace {

using keel::test::HostGpu;
using keel::test::SurfaceLayout;
using test::motions_of;
using test::shipped_nets;
using test::stand_in;
using test::StandIn;
using Launch = HostGpu::Launch;

/// Neither is the view, 160x96, by a whole number.
constexpr Size kPicture{261, 147};
constexpr int kView = 160;
constexpr int kFrames = 4;
const PixelFormat k420_8{ColorModel::kYuv, 8, 1, 1, false}, k420_10{ColorModel::kYuv, 10, 1, 1, false};

const std::vector<Frame>& frames() {
  static const std::vector<Frame> made = test::handheld_frames(kPicture, kFrames);
  return made;
}

Frame of_one_value(std::uint8_t value) {
  FrameBuffer out(kPicture, {ColorModel::kGray, 8, 0, 0, false}, {});
  for (int y = 0; y < kPicture.height; ++y) std::memset(out.row<std::uint8_t>(0, y), value, static_cast<std::size_t>(kPicture.width));
  return std::move(out).freeze();
}

std::vector<Frame> on_device(GpuRuntime& runtime, const std::vector<Frame>& clip) {
  std::vector<Frame> there;
  for (const Frame& frame : clip) there.push_back(keel::test::on_device(runtime, frame, SurfaceLayout::kSemiPlanar));
  return there;
}

LearnedEstimator estimator_on(StandIn& how, Gpu gpu) {
  return LearnedEstimator(ihn_description(), NetKind::kIhn, shipped_nets(), kView, {stand_in(NetKind::kIhn, how), NetPrecision::kFull, gpu});
}

const std::vector<PairMotion>& motions_of_the_cpu() {
  static const std::vector<PairMotion> motions = motions_of(LearnedEstimator(ihn_description(), NetKind::kIhn, shipped_nets(), kView), frames());
  return motions;
}

void expect_same_with_border(const GrayImage& got, const GrayImage& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (int y = -kGrayPadding; y < wanted.size().height + kGrayPadding; ++y)
    ASSERT_EQ(std::memcmp(got.row(y) - kGrayPadding, wanted.row(y) - kGrayPadding, static_cast<std::size_t>(wanted.stride())), 0) << "row " << y;
}

TEST(SmallPictureReaderTest, PicturesFromTheDevice_AreThoseOfTheCpuBitForBitAt8And10Bits) {
  HostGpu device;
  {
    SmallPictureReader reader(device.gpu());
    for (const PixelFormat& format : {k420_8, k420_10})
      for (const SurfaceLayout layout : {SurfaceLayout::kPlanar, SurfaceLayout::kSemiPlanar})
        for (const Size view : {Size{160, 96}, Size{256, 144}, Size{16, 16}}) {
          const Frame frame = keel::test::noise_frame(kPicture, format, 5);
          EXPECT_FALSE(reader.reads(frame));
          const Frame there = keel::test::on_device(device, frame, layout);
          ASSERT_TRUE(reader.reads(there));
          const auto read = reader.read(there, {80, 45}, view);
          ASSERT_TRUE(read.ok()) << read.error().message;
          const SmallPictures wanted = small_pictures(frame, {80, 45}, view);
          expect_same_with_border(read->pictures.coarse, wanted.coarse);
          expect_same_with_border(read->pictures.view, wanted.view);
          for (int y = 0; y < view.height; ++y)
            ASSERT_EQ(std::memcmp(read->view_there.data + y * read->view_there.stride, wanted.view.row(y), static_cast<std::size_t>(view.width)), 0) << "row " << y;
        }
  }
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(SmallPictureReaderTest, ViewOnTheDevice_GivesTheFeaturesOfTheSameBytesFromTheHost) {
  HostGpu device;
  SmallPictureReader reader(device.gpu());
  const auto read = reader.read(keel::test::on_device(device, frames()[0], SurfaceLayout::kPlanar), {80, 45}, {160, 96});
  ASSERT_TRUE(read.ok());
  const auto runner = torch_runner(shipped_nets(), NetKind::kIhn);
  const Features there = runner->encode(read->view_there, ViewPlace::kDevice), here = runner->encode(read->pictures.view.view(), ViewPlace::kHost);
  for (std::size_t level = 0; level < kLevels; ++level) EXPECT_TRUE(torch::equal(there[level], here[level])) << level;
}

TEST(SmallPictureReaderTest, FramesThatLieOnTheDevice_AreReadThereAndGiveTheMotionsOfThoseThatAreSent) {
  HostGpu device, unused;
  StandIn reading, sending;
  {
    const LearnedEstimator estimator = estimator_on(reading, device.gpu()), sender = estimator_on(sending, unused.gpu());
    EXPECT_EQ(motions_of(estimator, on_device(device, frames())), motions_of(sender, frames()));
    EXPECT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
    EXPECT_EQ(reading.encoded_there, kFrames);
    EXPECT_EQ(sending.encoded_there, 0);
    EXPECT_EQ(sending.encoded, kFrames);
    EXPECT_EQ(device.launches(Launch::kAreaLuma), 2 * kFrames) << "both pictures of each frame";
    EXPECT_EQ(device.copies(CopyDirection::kToDevice), kFrames) << "where the surfaces are filled; the views are not sent";
    EXPECT_EQ(device.copies(CopyDirection::kToHost), kFrames);
    EXPECT_EQ(device.waits(), 2 * kFrames) << "one a frame, and those of the surfaces' own queues at their end";
    EXPECT_EQ(unused.calls(), 0);
  }
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(SmallPictureReaderTest, AnyCallOfTheDeviceFailing_EndsInTheMotionsOfTheCpuWithOneSentenceAndNothingLeaked) {
  const std::vector<Frame> clip(frames().begin(), frames().begin() + 3);
  const std::vector<PairMotion> wanted(motions_of_the_cpu().begin(), motions_of_the_cpu().begin() + 2);
  HostGpu counting;
  StandIn how;
  {
    const LearnedEstimator estimator = estimator_on(how, counting.gpu());
    const auto there = on_device(counting, clip);
    counting.fail_from(HostGpu::kNever);
    ASSERT_EQ(motions_of(estimator, there), wanted);
  }
  ASSERT_GT(counting.calls(), 20);
  for (const int count : {1, HostGpu::kNever})
    for (int first = 0; first < counting.calls(); ++first) {
      SCOPED_TRACE("failing call " + std::to_string(first));
      HostGpu device;
      {
        const LearnedEstimator estimator = estimator_on(how, device.gpu());
        const auto there = on_device(device, clip);
        device.fail_from(first, count);
        EXPECT_EQ(motions_of(estimator, there), wanted);
        // The last calls only give things back.
        if (const MotionCompute compute = estimator.compute(); !compute.on_gpu) {
          ASSERT_TRUE(compute.trouble);
          EXPECT_EQ(compute.trouble->rfind("The GPU failed while ", 0), 0u) << *compute.trouble;
          EXPECT_NE(compute.trouble->find(": unspecified launch failure; the CPU goes on."), std::string::npos) << *compute.trouble;
          EXPECT_EQ(how.alive, 0);
        }
      }
      EXPECT_EQ(device.leaks(), 0u);
    }
}

TEST(SmallPictureReaderTest, NetworkThatFailsOnAViewOfTheDevice_LeavesTheMotionsOfTheCpu) {
  for (const int at : {0, 2}) {
    HostGpu device;
    StandIn how;
    how.encode_fails_at = at;
    {
      const LearnedEstimator estimator = estimator_on(how, device.gpu());
      EXPECT_EQ(motions_of(estimator, on_device(device, frames())), motions_of_the_cpu());
      EXPECT_EQ(estimator.compute().trouble, "The GPU failed while reading a picture: CUDA error: an illegal memory access was encountered; the CPU goes on.");
      EXPECT_EQ(device.launches(Launch::kAreaLuma), 2 * (at + 1)) << "the pictures after that are the CPU's too";
    }
    EXPECT_EQ(device.leaks(), 0u);
  }
}

TEST(SmallPictureReaderTest, DeviceThatReducesPicturesWrongly_IsLeftWithTheMotionsOfTheCpu) {
  for (const bool wrong_surface : {false, true}) {
    HostGpu device;
    StandIn how;
    {
      const LearnedEstimator estimator = estimator_on(how, device.gpu());
      std::vector<Frame> clip = frames();
      if (wrong_surface) clip[2] = clip[2].with_surface(keel::test::on_device(device, frames()[0], SurfaceLayout::kPlanar).surface());
      else clip = on_device(device, clip);
      if (!wrong_surface) device.miscalculate(Launch::kAreaLuma);
      EXPECT_EQ(motions_of(estimator, clip), motions_of_the_cpu());
      EXPECT_EQ(estimator.compute().trouble, "The GPU does not reduce pictures as the CPU does; the CPU goes on.");
      EXPECT_EQ(how.alive, 0);
    }
    EXPECT_EQ(device.leaks(), 0u);
  }
}

TEST(SmallPictureReaderTest, PicturesOfOneValue_DoNotMakeADeviceTrusted) {
  HostGpu device;
  StandIn how;
  const LearnedEstimator estimator = estimator_on(how, device.gpu());
  ASSERT_TRUE(estimator.prepare(keel::test::on_device(device, of_one_value(0), SurfaceLayout::kPlanar)).ok());
  EXPECT_EQ(how.encoded_there, 1);
  EXPECT_FALSE(estimator.compute().trouble);
  const Frame wrong = frames()[2].with_surface(keel::test::on_device(device, frames()[0], SurfaceLayout::kPlanar).surface());
  ASSERT_TRUE(estimator.prepare(wrong).ok());
  EXPECT_TRUE(estimator.compute().trouble);
}

TEST(SmallPictureReaderTest, OnceTrusted_ADevicesPicturesAreTakenWithoutAnother) {
  HostGpu device;
  StandIn how;
  const LearnedEstimator estimator = estimator_on(how, device.gpu());
  ASSERT_TRUE(estimator.prepare(keel::test::on_device(device, frames()[0], SurfaceLayout::kPlanar)).ok());
  // Who compared would see that it is another.
  const Frame other = frames()[2].with_surface(keel::test::on_device(device, frames()[1], SurfaceLayout::kPlanar).surface());
  const auto prepared = estimator.prepare(other);
  ASSERT_TRUE(prepared.ok());
  const SmallPictures wanted = small_pictures(frames()[1], {80, 45}, {160, 96});
  const auto& frame = static_cast<const LearnedFrame&>(**prepared);
  expect_same_with_border(frame.coarse, wanted.coarse);
  expect_same_with_border(*frame.view, wanted.view);
  EXPECT_FALSE(estimator.compute().trouble);
}

TEST(SmallPictureReaderTest, ManyThreads_ReadAtOnceAndUseMemoryAgain) {
  constexpr int kThreads = 4, kRounds = 6;
  HostGpu device;
  StandIn how;
  {
    const LearnedEstimator estimator = estimator_on(how, device.gpu());
    const auto there = on_device(device, frames());
    const std::size_t surfaces = device.leaks();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < kRounds; ++round) {
          const auto at = static_cast<std::size_t>((t + round) % kFrames);
          const auto prepared = estimator.prepare(there[at]);
          ASSERT_TRUE(prepared.ok());
          EXPECT_TRUE(same_pictures({static_cast<const LearnedFrame&>(**prepared).coarse, *static_cast<const LearnedFrame&>(**prepared).view},
                                    small_pictures(frames()[at], {80, 45}, {160, 96})));
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(how.encoded_there, kThreads * kRounds);
    EXPECT_LE(device.leaks() - surfaces, static_cast<std::size_t>(3 * kThreads)) << "a workspace of three parts for each thread";
  }
  EXPECT_EQ(device.leaks(), 0u);
}

TEST(SmallPictureReaderTest, OnTheMachinesGpu_ViewsAreReadThereAndMotionsAgreeWithTheCpu) {
  const Gpu gpu = system_gpu();
  if (!cuda_graphs() || !torch::cuda::is_available() || gpu.runtime == nullptr) GTEST_SKIP() << "no GPU for LibTorch and Keel";
  const LearnedEstimator estimator(ihn_description(), NetKind::kIhn, shipped_nets(), kView, {gpu_runner(shipped_nets(), NetKind::kIhn), NetPrecision::kFull, gpu});
  const auto motions = motions_of(estimator, on_device(*gpu.runtime, frames()));
  ASSERT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
  // They are all in the batch that is compared.
  EXPECT_EQ(motions, motions_of_the_cpu());
}

}  // namespace
}  // namespace keel::learned
