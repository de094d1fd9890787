// SPDX-License-Identifier: GPL-3.0-or-later
// Who computes the learned motions, on a stand-in for a device that computes on the CPU, errs by a known distance and fails on demand at each step.
#include "engine/learned/net_compute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "engine/learned/learned_estimator.h"
#include "engine/learned/weights.h"
#include "engine/motion/learned_plugin.h"
#include "engine/sample/sample_clip.h"

namespace keel::learned {
namespace {

using ::testing::HasSubstr;

constexpr Size kPicture{192, 112};
constexpr int kFrames = 38;
/// As the analysis batches pairs.
constexpr std::size_t kBatchPairs = 8;
/// A network's sums over a batch of another size differ in their last bits.
constexpr double kBatchSize_px = 1e-3;
constexpr int kNever = std::numeric_limits<int>::max();

MotionNets shipped_nets() {
  static const MotionNets nets = *load_weights(std::filesystem::path(KEEL_SOURCE_DIR) / "resources/models/ihn.safetensors");
  return nets;
}

/// How the stand-in behaves; counts its calls.
struct StandIn {
  double off_px = 0;  ///< every motion is shifted by this much
  bool makes = true, forgets_a_motion = false, gives_no_numbers = false;
  int encode_fails_at = kNever, compare_fails_at = kNever;  ///< from this call on
  std::atomic<int> encoded{0}, compared{0}, alive{0};
};

class StandInRunner final : public NetRunner {
 public:
  StandInRunner(NetKind kind, StandIn& how) : cpu_(torch_runner(shipped_nets(), kind)), how_(how) { ++how_.alive; }
  ~StandInRunner() override { --how_.alive; }
  Features encode(const GrayView& view) override {
    if (how_.encoded++ >= how_.encode_fails_at) throw std::runtime_error("CUDA error: an illegal memory access was encountered.\nCompile with a trace");
    return cpu_->encode(view);
  }
  std::vector<NetMotion> compare(std::span<const Features* const> prev, std::span<const Features* const> cur, const ViewGeometry& geometry) override {
    if (how_.compared++ >= how_.compare_fails_at) throw std::runtime_error("CUDA out of memory");
    auto motions = cpu_->compare(prev, cur, geometry);
    for (NetMotion& m : motions) m.cur_from_prev = Mat3::translation(how_.gives_no_numbers ? std::numeric_limits<double>::quiet_NaN() : how_.off_px, 0) * m.cur_from_prev;
    if (how_.forgets_a_motion) motions.pop_back();
    return motions;
  }

 private:
  std::unique_ptr<NetRunner> cpu_;
  StandIn& how_;
};

MakeRunner stand_in(NetKind kind, StandIn& how) {
  return [kind, &how]() -> std::unique_ptr<NetRunner> {
    if (!how.makes) throw std::runtime_error("this LibTorch knows no GPU");
    return std::make_unique<StandInRunner>(kind, how);
  };
}

const std::vector<Frame>& frames() {
  static const std::vector<Frame> made = [] {
    const PlaneScene scene = handheld_scene(kPicture, kFrames, 7, false);
    std::vector<Frame> list;
    for (int i = 0; i < kFrames; ++i) list.push_back(render_plane(scene, i));
    return list;
  }();
  return made;
}

std::vector<PairMotion> motions_of(const LearnedEstimator& estimator, const std::vector<Frame>& clip = frames()) {
  std::vector<PairMotion> all;
  std::vector<PreparedFramePtr> batch;
  const auto flush = [&] {
    std::vector<FramePair> pairs;
    for (std::size_t i = 0; i + 1 < batch.size(); ++i) pairs.push_back({batch[i], batch[i + 1]});
    const auto at_once = static_cast<std::size_t>(estimator.preferred_batch());
    for (std::size_t i = 0; i < pairs.size(); i += at_once) {
      const auto some = estimator.estimate(std::span(pairs).subspan(i, std::min(at_once, pairs.size() - i)), {});
      all.insert(all.end(), some->begin(), some->end());
    }
    batch.erase(batch.begin(), batch.end() - 1);
  };
  for (const Frame& frame : clip) {
    batch.push_back(*estimator.prepare(frame));
    if (batch.size() > std::max(kBatchPairs, static_cast<std::size_t>(estimator.preferred_batch()))) flush();
  }
  flush();
  return all;
}

class NetComputeTest : public ::testing::TestWithParam<NetKind> {
 protected:
  LearnedEstimator on_cpu() { return LearnedEstimator(ihn_description(), GetParam(), shipped_nets(), 320); }
  LearnedEstimator on(StandIn& how, double tolerance_px = kFloatTolerance_px) {
    return LearnedEstimator(ihn_description(), GetParam(), shipped_nets(), 320, stand_in(GetParam(), how), tolerance_px);
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
  EXPECT_EQ(estimator.compute(), (MotionCompute{true, std::nullopt, true}));
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

TEST_P(NetComputeTest, Tolerance_IsWhatIsSaid) {
  StandIn how;
  how.off_px = 0.05;
  const LearnedEstimator estimator = on(how, kHalfTolerance_px);
  (void)motions_of(estimator);
  EXPECT_TRUE(estimator.compute().on_gpu);
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
  (void)motions_of(estimator, clip);
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
  const LearnedEstimator estimator(ihn_description(), GetParam(), shipped_nets(), 320, gpu_runner(shipped_nets(), GetParam()));
  const auto gpu = motions_of(estimator);
  ASSERT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    ASSERT_EQ(gpu[i].status, cpu[i].status) << i;
    EXPECT_LE(mean_corner_distance(gpu[i].cur_from_prev, cpu[i].cur_from_prev, kPicture), kFloatTolerance_px) << i;
  }
}

}  // namespace
}  // namespace keel::learned
