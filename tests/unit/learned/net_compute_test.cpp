// SPDX-License-Identifier: GPL-3.0-or-later
// Who computes the learned motions, on a stand-in for a device that computes on the CPU, errs by a known distance and fails on demand at each step.
#include "engine/learned/net_compute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/motion/learned_plugin.h"
#include "tests/unit/learned/stand_in.h"

namespace keel::learned {
namespace {

using ::testing::HasSubstr;
using namespace test;

constexpr Size kPicture{192, 112};
constexpr int kFrames = 38;
/// A network's sums over a batch of another size differ in their last bits.
constexpr double kBatchSize_px = 1e-3;

const std::vector<Frame>& frames() {
  static const std::vector<Frame> made = test::handheld_frames(kPicture, kFrames);
  return made;
}

std::vector<PairMotion> motions_of(const LearnedEstimator& estimator) { return test::motions_of(estimator, frames()); }

class NetComputeTest : public ::testing::TestWithParam<NetKind> {
 protected:
  LearnedEstimator on_cpu() { return LearnedEstimator(ihn_description(), GetParam(), shipped_nets(), 320); }
  LearnedEstimator on(StandIn& how, NetPrecision precision = NetPrecision::kFull, int view_px = 320) {
    return LearnedEstimator(ihn_description(), GetParam(), shipped_nets(), view_px, {stand_in(GetParam(), how), precision, {}});
  }
  /// Motions until `first` are the device's, shifted; the others the CPU's.
  void expect_device_until(const std::vector<PairMotion>& motions, const std::vector<PairMotion>& cpu, std::size_t checked, std::size_t first, double off_px) {
    ASSERT_EQ(motions.size(), cpu.size());
    for (std::size_t i = 0; i < cpu.size(); ++i) {
      if (i < checked || i >= first) EXPECT_EQ(motions[i], cpu[i]) << i;
      else EXPECT_NEAR(mean_corner_distance(motions[i].cur_from_prev, cpu[i].cur_from_prev, kPicture), off_px, kBatchSize_px) << i;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Nets, NetComputeTest, ::testing::Values(NetKind::kIhn, NetKind::kRegression),
                         [](const auto& kind) { return std::string(kind.param == NetKind::kIhn ? "Ihn" : "Regression"); });

TEST_P(NetComputeTest, WithoutADevice_NothingIsSaid) {
  const LearnedEstimator estimator = on_cpu();
  const auto motions = motions_of(estimator);
  EXPECT_EQ(motions.size(), static_cast<std::size_t>(kFrames - 1));
  EXPECT_EQ(estimator.compute(), MotionCompute{});
  EXPECT_EQ(estimator.preferred_batch(), kHostBatch);
}

TEST_P(NetComputeTest, DeviceThatAgrees_ComputesAllButTheFirstBatch) {
  const auto cpu = motions_of(on_cpu());
  StandIn how;
  how.off_px = 0.01;
  const LearnedEstimator estimator = on(how);
  EXPECT_FALSE(estimator.compute().on_gpu) << "nothing was compared yet";
  EXPECT_EQ(estimator.preferred_batch(), kDeviceBatch);
  expect_device_until(motions_of(estimator), cpu, kDeviceBatch, cpu.size(), how.off_px);
  const MotionCompute compute = estimator.compute();
  ASSERT_TRUE(compute.difference);
  EXPECT_NEAR(compute.difference->view_px, how.off_px, kBatchSize_px);
  EXPECT_EQ(compute, (MotionCompute{true, std::nullopt, true, false, compute.difference}));
  EXPECT_EQ(how.encoded, kFrames) << "each frame once";
}

TEST_P(NetComputeTest, DeviceThatDiffers_IsLeftWithTheMotionsOfTheCpu) {
  const auto cpu = motions_of(on_cpu());
  for (const int fault : {0, 1, 2}) {
    StandIn how;
    if (fault == 0) how.off_px = 0.03;
    if (fault == 1) how.gives_no_numbers = true;
    if (fault == 2) how.forgets_a_motion = true;
    const LearnedEstimator estimator = on(how);
    EXPECT_EQ(motions_of(estimator), cpu) << fault;
    EXPECT_EQ(estimator.compute(), (MotionCompute{false,
                                                  fault == 2 ? "The GPU failed while comparing pictures: motions are missing; the CPU goes on."
                                                             : "The GPU's network does not measure motion as the CPU's does; the CPU goes on.",
                                                  false}));
    EXPECT_EQ(how.compared, 1) << "it is not tried again";
    EXPECT_EQ(how.alive, 0);
    EXPECT_EQ(estimator.preferred_batch(), kHostBatch);
  }
}

TEST_P(NetComputeTest, CornersATwentiethOfAPixelOff_AreAcceptedInHalvesAndTheirDistanceIsTold) {
  // Smaller than the clip, where a corner lies half as far apart again.
  constexpr int kView = 128;
  constexpr double kEnlarged = static_cast<double>(kPicture.width) / kView;
  StandIn how;
  how.off_px = 0.05;
  const LearnedEstimator half = on(how, NetPrecision::kHalf, kView);
  (void)motions_of(half);
  const MotionCompute compute = half.compute();
  EXPECT_TRUE(compute.on_gpu) << compute.trouble.value_or("");
  EXPECT_TRUE(compute.half);
  EXPECT_FALSE(compute.trouble);
  ASSERT_TRUE(compute.difference);
  EXPECT_NEAR(compute.difference->view_px, how.off_px, kBatchSize_px);
  EXPECT_NEAR(compute.difference->source_px, how.off_px * kEnlarged, kBatchSize_px * kEnlarged);
  EXPECT_EQ(compute.difference->pairs, kDeviceBatch);

  const LearnedEstimator full = on(how, NetPrecision::kFull, kView);
  (void)motions_of(full);
  EXPECT_FALSE(full.compute().on_gpu);
  EXPECT_FALSE(full.compute().half);
  EXPECT_FALSE(full.compute().difference);
  EXPECT_EQ(full.compute().trouble, "The GPU's network does not measure motion as the CPU's does; the CPU goes on.");

  how.off_px = 0.12;
  const LearnedEstimator too_far = on(how, NetPrecision::kHalf, kView);
  (void)motions_of(too_far);
  EXPECT_EQ(too_far.compute(), (MotionCompute{false, "The GPU's network does not measure motion as the CPU's does; the CPU goes on, in full precision."}));
}

TEST_P(NetComputeTest, HalvesWithoutADevice_AreSaidToHaveNoEffect) {
  const LearnedEstimator estimator(ihn_description(), GetParam(), shipped_nets(), 320, {{}, NetPrecision::kHalf, {}});
  EXPECT_EQ(estimator.compute(), (MotionCompute{false, "Half precision has no effect on the CPU, which computes in full precision."}));
  EXPECT_EQ(motions_of(estimator), motions_of(on_cpu()));
}

TEST_P(NetComputeTest, HalvesOnADeviceThatIsLost_AreToldWithTheirDistance) {
  StandIn how;
  how.off_px = 0.05;
  how.compare_fails_at = 2;
  const LearnedEstimator estimator = on(how, NetPrecision::kHalf);
  (void)motions_of(estimator);
  const MotionCompute compute = estimator.compute();
  EXPECT_FALSE(compute.on_gpu);
  EXPECT_TRUE(compute.gpu_shows && compute.half && compute.difference) << "some of the track is of halves";
  EXPECT_THAT(compute.trouble.value_or(""), HasSubstr("; the CPU goes on, in full precision."));
}

TEST_P(NetComputeTest, DeviceThatCannotBeMadeOrFailsAtFirst_LeavesTheMotionsOfTheCpu) {
  const auto cpu = motions_of(on_cpu());
  for (const auto& [fault, words] : {std::pair{0, "The GPU cannot run the networks: this LibTorch knows no GPU; the CPU goes on."},
                                     {1, "The GPU failed while reading a picture: CUDA error: an illegal memory access was encountered; the CPU goes on."},
                                     {2, "The GPU failed while reading a picture: CUDA error: an illegal memory access was encountered; the CPU goes on."},
                                     {3, "The GPU failed while comparing pictures: CUDA out of memory; the CPU goes on."}}) {
    StandIn how;
    how.makes = fault != 0;
    if (fault == 1) how.encode_fails_at = 0;
    if (fault == 2) how.encode_fails_at = 5;
    if (fault == 3) how.compare_fails_at = 0;
    const LearnedEstimator estimator = on(how);
    EXPECT_EQ(motions_of(estimator), cpu) << fault;
    EXPECT_EQ(estimator.compute(), (MotionCompute{false, words, false}));
    EXPECT_EQ(how.alive, 0);
  }
}

TEST_P(NetComputeTest, DeviceLostInMidClip_TheCpuGoesOnFromThatBatch) {
  const auto cpu = motions_of(on_cpu());
  StandIn compares;
  compares.off_px = 0.01;
  compares.compare_fails_at = 2;
  const LearnedEstimator comparing = on(compares);
  expect_device_until(motions_of(comparing), cpu, kDeviceBatch, 2 * kDeviceBatch, compares.off_px);
  EXPECT_FALSE(comparing.compute().on_gpu);
  EXPECT_TRUE(comparing.compute().gpu_shows) << "a track of both";
  EXPECT_THAT(comparing.compute().trouble.value_or(""), HasSubstr("CUDA out of memory; the CPU goes on."));

  StandIn reads;
  reads.off_px = 0.01;
  reads.encode_fails_at = kDeviceBatch + 3;
  const LearnedEstimator reading = on(reads);
  expect_device_until(motions_of(reading), cpu, kDeviceBatch, kDeviceBatch, reads.off_px);
  EXPECT_FALSE(reading.compute().on_gpu);
  EXPECT_FALSE(reading.compute().gpu_shows) << "trusted, but never taken";
  EXPECT_EQ(compares.alive + reads.alive, 0);
}

TEST_P(NetComputeTest, PairsThatShowNothing_AreNoProof) {
  std::vector<Frame> clip;
  for (int i = 0; i <= kDeviceBatch; ++i) {
    FrameBuffer black(kPicture, {ColorModel::kGray, 8, 0, 0, false}, {});
    for (int y = 0; y < kPicture.height; ++y) std::fill_n(black.row<std::uint8_t>(0, y), kPicture.width, std::uint8_t{0});
    clip.push_back(std::move(black).freeze());
  }
  StandIn how;
  how.off_px = 5;
  const LearnedEstimator estimator = on(how);
  (void)test::motions_of(estimator, clip);
  EXPECT_FALSE(estimator.compute().on_gpu) << "any motion explains black";
  EXPECT_FALSE(estimator.compute().trouble);
  EXPECT_EQ(motions_of(estimator), motions_of(on_cpu())) << "compared with pictures it is left";
  EXPECT_TRUE(estimator.compute().trouble);
}

TEST_P(NetComputeTest, Cancel_StopsBetweenTheBatchesOfTheCpu) {
  StandIn how;
  const LearnedEstimator estimator = on(how);
  const FramePair pair{*estimator.prepare(frames()[0]), *estimator.prepare(frames()[1])};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(estimator.estimate({&pair, 1}, stop.get_token()).error().code, ErrorCode::kCancelled);
}

TEST_P(NetComputeTest, OnTheMachinesGpu_AgreesWithTheCpuAndIsUsed) {
  if (!cuda_graphs() || !torch::cuda::is_available()) GTEST_SKIP() << "no GPU for LibTorch";
  const auto cpu = motions_of(on_cpu());
  for (const auto& [precision, tolerance_px] : {std::pair{NetPrecision::kFull, kFloatTolerance_px}, {NetPrecision::kHalf, kHalfTolerance_px}}) {
    const LearnedEstimator estimator(ihn_description(), GetParam(), shipped_nets(), 320, {gpu_runner(shipped_nets(), GetParam(), precision), precision, {}});
    const auto gpu = motions_of(estimator);
    ASSERT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
    EXPECT_LE(estimator.compute().difference->view_px, tolerance_px);
    for (std::size_t i = 0; i < cpu.size(); ++i) {
      ASSERT_EQ(gpu[i].status, cpu[i].status) << i;
      EXPECT_LE(mean_corner_distance(gpu[i].cur_from_prev, cpu[i].cur_from_prev, kPicture), tolerance_px) << i;
    }
  }
}

}  // namespace
}  // namespace keel::learned
