// SPDX-License-Identifier: GPL-3.0-or-later
// Several pairs at once on a GPU: the motions of single pairs on the CPU, with one wait.
#include "tests/unit/motion/pair_spans.h"

#include <cstdlib>
#include <cstring>
#include <stop_token>
#include <string>

#include "engine/backend/device.h"
#include "engine/motion/classical.h"
#include "tests/support/host_gpu.h"
#include "tests/support/scenes.h"

namespace keel {
namespace {

using namespace test;
using Launch = HostGpu::Launch;

constexpr Size kSource{261, 147};
constexpr PixelFormat kGray{ColorModel::kGray, 8, 0, 0, false};

ClassicalOptions options() {
  ClassicalOptions o;
  o.working_width = 200;
  return o;
}

/// What the camera sees `dx` px further to the right.
Frame shifted(const Frame& frame, int dx) {
  FrameBuffer out(frame.size(), kGray, {});
  for (int y = 0; y < frame.size().height; ++y)
    for (int x = 0; x < frame.size().width; ++x) out.row<std::uint8_t>(0, y)[x] = frame.plane(0).row<std::uint8_t>(y)[std::min(x + dx, frame.size().width - 1)];
  return std::move(out).freeze();
}

Frame black() {
  FrameBuffer out(kSource, kGray, {});
  for (int y = 0; y < kSource.height; ++y) std::memset(out.row<std::uint8_t>(0, y), 0, static_cast<std::size_t>(kSource.width));
  return std::move(out).freeze();
}

/// A walk through everything that can happen to a pair: a jump that takes a second attempt, cuts, fog, darkness, a blur, and a scene where nothing is one plane.
const std::vector<Frame>& eventful_clip() {
  static const std::vector<Frame> frames = [] {
    const PlaneScene walk = handheld_scene(kSource, 30, 3, false), other = handheld_scene(kSource, 8, 77, false);
    std::vector<Frame> out;
    for (const int i : {0, 1, 2, 3}) out.push_back(render_plane(walk, i));
    for (const int i : {4, 5}) out.push_back(shifted(render_plane(walk, i), 58));
    for (const int i : {0, 1}) out.push_back(render_plane(other, i));
    for (const int i : {2, 3}) out.push_back(degrade(render_plane(other, i), render_plane(walk, i), i, {.contrast = 0.05}));
    out.push_back(black());
    out.push_back(black());
    for (const int i : {6, 7}) out.push_back(render_plane(walk, i));
    out.push_back(degrade(render_plane(walk, 8), render_plane(walk, 8), 8, {.blur_px = 25}));
    for (const int i : {9, 10}) out.push_back(degrade(render_plane(walk, i), render_plane(other, i - 9), i, {.noise_sigma = 12, .moving_share = 0.6}));
    return out;
  }();
  return frames;
}

/// One pair after the other on the CPU.
const std::vector<PairMotion>& expected_motions() {
  static const std::vector<PairMotion> motions = motions_of_spans(ClassicalEstimator(options()), eventful_clip(), 1);
  return motions;
}

TEST(PairSpans, SpansOfPairs_GiveTheMotionsOfSinglePairsOnTheCpu) {
  const auto& expected = expected_motions();
  int without = 0;
  for (const PairMotion& motion : expected) without += motion.status == MotionStatus::kOk ? 0 : 1;
  EXPECT_GE(without, 3) << "the clip shows what it is made for";
  EXPECT_LE(without, 9);
  EXPECT_EQ(expected[3].status, MotionStatus::kOk) << "the jump";
  for (const bool threads : {false, true})
    for (const std::size_t at_once : {1, 2, 7, 16}) {
      SCOPED_TRACE(at_once);
      HostGpu device;
      if (threads) device.run_on_threads();
      {
        const ClassicalEstimator estimator(options(), device.gpu());
        EXPECT_EQ(motions_of_spans(estimator, eventful_clip(), at_once), expected);
        EXPECT_TRUE(estimator.compute().on_gpu) << estimator.compute().trouble.value_or("");
        EXPECT_EQ(device.waits(), static_cast<int>(eventful_clip().size()) + device.launches(Launch::kTrack));
      }
      EXPECT_EQ(device.leaks(), 0u);
    }
}

TEST(PairSpans, SpansOfOrdinaryPairs_TakeThreeLaunchesAndOneWait) {
  constexpr int kSpan = 16;
  const PlaneScene walk = handheld_scene(kSource, kSpan + 2, 3, false);
  std::vector<Frame> frames;
  for (int i = 0; i < kSpan + 2; ++i) frames.push_back(render_plane(walk, i));
  HostGpu device;
  const ClassicalEstimator estimator(options(), device.gpu()), oracle(options());
  EXPECT_EQ(oracle.preferred_batch(), 1) << "threads share pairs among them";
  ASSERT_EQ(estimator.preferred_batch(), kSpan);
  const std::vector<FramePair> pairs = pairs_of(prepared_by(estimator, frames));
  ASSERT_TRUE(estimator.estimate(std::span(pairs).first(1), {}).ok()) << "the comparison with the CPU";
  const auto launches = [&] { return std::vector{device.launches(Launch::kTrack), device.launches(Launch::kSearch), device.launches(Launch::kTrackGrid)}; };
  EXPECT_EQ(launches(), (std::vector{1, 1, 1}));
  const int waits = device.waits(), calls = device.calls();
  const auto motions = estimator.estimate(std::span(pairs).subspan(1), {});
  EXPECT_EQ(device.waits(), waits + 1);
  EXPECT_EQ(launches(), (std::vector{2, 2, 2}));
  // Reserving the span's memory of two kinds and a stream, two copies, three launches, one wait.
  EXPECT_EQ(device.calls(), calls + 9);
  EXPECT_EQ(*motions, *oracle.estimate(std::span(pairs).subspan(1), {}));
}

TEST(PairSpans, GpuThatIsLostInTheMiddleOfASpan_LeavesTheMotionsToTheCpu) {
  // Around the jump, the cut and the fog.
  const std::vector<Frame> frames(eventful_clip().begin() + 2, eventful_clip().begin() + 10);
  const auto expected = motions_of_spans(ClassicalEstimator(options()), frames, 1);
  HostGpu counting;
  int first_call = 0, last_call = 0;
  {
    const ClassicalEstimator estimator(options(), counting.gpu());
    const std::vector<FramePair> pairs = pairs_of(prepared_by(estimator, frames));
    first_call = counting.calls();
    ASSERT_EQ(*estimator.estimate(pairs, {}), expected);
    last_call = counting.calls();
  }
  ASSERT_GT(last_call - first_call, 25);
  for (const int count : {1, HostGpu::kNever})
    for (int first = first_call; first < last_call; ++first) {
      SCOPED_TRACE("failing call " + std::to_string(first));
      HostGpu device;
      device.fail_from(first, count);
      {
        const ClassicalEstimator estimator(options(), device.gpu());
        EXPECT_EQ(motions_of_spans(estimator, frames, frames.size()), expected);
        EXPECT_EQ(estimator.preferred_batch(), 1);
        const MotionCompute compute = estimator.compute();
        ASSERT_TRUE(compute.trouble);
        EXPECT_NE(compute.trouble->find("unspecified launch failure; the CPU goes on."), std::string::npos) << *compute.trouble;
      }
      EXPECT_EQ(device.leaks(), 0u);
    }
}

TEST(PairSpans, SpanThatIsCancelled_SaysSo) {
  HostGpu device;
  const ClassicalEstimator estimator(options(), device.gpu());
  const PreparedFramePtr frame = *estimator.prepare(eventful_clip().front());
  const std::vector<FramePair> pairs(20, FramePair{frame, frame});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(estimator.estimate(pairs, stop.get_token()).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(device.launches(Launch::kTrack), 0);
}

TEST(PairSpans, OnTheMachinesGpu_GiveTheBitsOfTheCpu) {
  const Gpu gpu = system_gpu();
  if (gpu.runtime == nullptr) {
    const char* required = std::getenv("KEEL_REQUIRE_GPU");
    if (required != nullptr && std::strcmp(required, "1") == 0) FAIL() << "a GPU is required: " << device_status().cuda_text;
    GTEST_SKIP() << "no GPU: " << device_status().cuda_text;
  }
  for (const std::size_t at_once : {1, 2, 7, 16}) {
    const ClassicalEstimator estimator(options(), gpu);
    EXPECT_EQ(motions_of_spans(estimator, eventful_clip(), at_once), expected_motions());
    EXPECT_FALSE(estimator.compute().trouble) << estimator.compute().trouble.value_or("");
    EXPECT_TRUE(estimator.compute().on_gpu);
  }
}

}  // namespace
}  // namespace keel
