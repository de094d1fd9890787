// SPDX-License-Identifier: GPL-3.0-or-later
// Analyses on a GPU: the same track as the CPU's, and what is told of it.
#include <nlohmann/json.hpp>

#include "engine/session/motion_json.h"
#include "session_test_support.h"
#include "tests/support/host_gpu.h"

namespace keel::test {
namespace {

class GpuAnalysisTest : public SessionTest {
 protected:
  void SetUp() override { clip_ = make_clip("clip.y4m").clip; }
  Analysis analyse(Gpu gpu) {
    AnalysisOptions options;
    options.gpu = gpu;
    auto analysis = analyze_clip(clip_, "classical", {}, {}, {}, options);
    EXPECT_TRUE(analysis.ok());
    return *analysis;
  }
  nlohmann::json json_of(const Analysis& analysis) { return nlohmann::json::parse(motion_to_json(analysis, *probe(clip_))); }
  std::filesystem::path clip_;
};

TEST_F(GpuAnalysisTest, AllThreads_GiveTheTrackOfTheCpuAndSayWhereItWasComputed) {
  const Analysis cpu = analyse({});
  HostGpu device;
  const Analysis gpu = analyse(device.gpu());
  EXPECT_EQ(gpu.track, cpu.track);
  EXPECT_FALSE(cpu.compute.on_gpu);
  EXPECT_TRUE(gpu.compute.on_gpu);
  EXPECT_EQ(device.leaks(), 0u);
  EXPECT_EQ(json_of(cpu)["compute"], "cpu");
  EXPECT_EQ(json_of(gpu)["compute"].get<std::string>().rfind("cuda: ", 0), 0u);
  EXPECT_FALSE(json_of(gpu).contains("gpu_trouble"));
}

TEST_F(GpuAnalysisTest, PairsOfAClip_GoToTheGpuInSpans) {
  constexpr int kPairs = 48;
  clip_ = make_clip("long.y4m", kPairs + 1).clip;
  const Analysis cpu = analyse({});
  HostGpu device;
  const Analysis gpu = analyse(device.gpu());
  EXPECT_EQ(gpu.track, cpu.track);
  // The first pair, which is compared, the rest of its span, two spans more, and what is measured over gaps or tried again.
  EXPECT_LE(device.launches(HostGpu::Launch::kSearch), kPairs / 4);
}

TEST_F(GpuAnalysisTest, GpuLostInMidClip_LeavesTheTrackOfTheCpuAndOneSentence) {
  const Analysis cpu = analyse({});
  HostGpu counting;
  (void)analyse(counting.gpu());
  for (const int part : {1, 3, 6}) {  // the last calls only give things back
    HostGpu device;
    device.fail_from(counting.calls() * part / 8);
    const Analysis lost = analyse(device.gpu());
    EXPECT_EQ(lost.track, cpu.track);
    EXPECT_FALSE(lost.compute.on_gpu);
    ASSERT_TRUE(lost.compute.trouble);
    EXPECT_EQ(json_of(lost)["compute"], "cpu");
    EXPECT_EQ(json_of(lost)["gpu_trouble"], *lost.compute.trouble);
    EXPECT_EQ(device.leaks(), 0u);
  }
}

TEST_F(GpuAnalysisTest, SessionWithAGpu_AnalysesOnItAndSaysSo) {
  SessionState state;
  state.clip = clip_;
  EXPECT_FALSE(open_and_analyse(state)->find("classical")->compute.on_gpu);
  HostGpu device;
  session_ = make_session();
  session_->use_gpu(device.gpu());
  const SnapshotPtr done = open_and_analyse(state);
  EXPECT_TRUE(done->find("classical")->compute.on_gpu);
  EXPECT_EQ(*done->track, analyse({}).track);
  session_.reset();
  EXPECT_EQ(device.leaks(), 0u);
}

}  // namespace
}  // namespace keel::test
