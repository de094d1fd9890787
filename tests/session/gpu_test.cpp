// SPDX-License-Identifier: GPL-3.0-or-later
// Analyses on a GPU: the same track as the CPU's, and what is told of it.
#include <nlohmann/json.hpp>

#include <cstring>
#include <fstream>

#include "engine/backend/gpu_runtime.h"
#include "engine/session/exporter.h"
#include "engine/session/motion_json.h"
#include "session_test_support.h"
#include "tests/media/host_device.h"
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

/// What a picture on the computing device needs. The queue, on which it is filled, is declared last: it is waited for before the memory goes.
struct Uploaded {
  GpuMemory pinned, device;
  GpuMark ready;
  GpuQueue queue;
};

Result<DecodeDevice::Place> upload(GpuRuntime& gpu, const AVFrame& packed) {
  std::array<std::size_t, 4> offsets{}, sizes{};
  std::size_t bytes = 0;
  for (std::size_t p = 0; p < sizes.size() && packed.data[p] != nullptr; ++p) {
    offsets[p] = bytes;
    sizes[p] = static_cast<std::size_t>(packed.linesize[p]) * static_cast<std::size_t>(p == 0 ? packed.height : (packed.height + 1) / 2);
    bytes += sizes[p];
  }
  KEEL_ASSIGN(GpuMemory pinned, GpuMemory::allocate(gpu, GpuMemory::Kind::kPinned, bytes));
  KEEL_ASSIGN(GpuMemory device, GpuMemory::allocate(gpu, GpuMemory::Kind::kDevice, bytes));
  KEEL_ASSIGN(GpuMark ready, GpuMark::create(gpu));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(gpu));
  DecodeDevice::Place place;
  place.format = static_cast<AVPixelFormat>(packed.format);
  for (std::size_t p = 0; p < sizes.size() && sizes[p] > 0; ++p) {
    std::memcpy(pinned.data() + offsets[p], packed.data[p], sizes[p]);
    place.data[p] = reinterpret_cast<const std::uint8_t*>(device.data() + offsets[p]);
    place.pitch_bytes[p] = packed.linesize[p];
  }
  KEEL_TRY(gpu_result(gpu, gpu.copy(device.data(), pinned.data(), bytes, CopyDirection::kToDevice, queue.stream()), "filling a surface"));
  KEEL_TRY(gpu_result(gpu, gpu.record(ready.event(), queue.stream()), "filling a surface"));
  place.ready = ready.event();
  place.memory = std::make_shared<const Uploaded>(Uploaded{std::move(pinned), std::move(device), std::move(ready), std::move(queue)});
  return place;
}

/// A device that decodes (on the host) and leaves its pictures in the memory of the one that computes; where that fails, it hands out none.
HostDevice decoder_on(HostGpu& gpu) {
  HostDevice decoder;
  decoder.lay_out = [&gpu](const AVFrame& packed) -> std::optional<DecodeDevice::Place> {
    auto place = upload(gpu, packed);
    return place ? std::optional(std::move(*place)) : std::nullopt;
  };
  return decoder;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A clip that a device may decode, from the first frame to the exported file.
class GpuSurfacesTest : public GpuAnalysisTest {
 protected:
  void SetUp() override {
    GpuAnalysisTest::SetUp();
    const auto painted = probe(clip_);
    ASSERT_TRUE(painted.ok());
    WarpPlan still;
    still.source = still.output = painted->size;
    still.frames.assign(kFrames, FrameWarp{});
    coded_ = clip_.parent_path() / "coded.mp4";
    const auto written = export_clip(*painted, still, coded_, {}, {});
    ASSERT_TRUE(written.ok());
    frames_ = static_cast<int>(written->frames);
  }

  struct Run {
    MotionTrack track;
    std::string file;
    ExportResult result;
  };
  Run run(Gpu gpu, const DecodeDevice* decoder) {
    AnalysisOptions options;
    options.gpu = gpu;
    options.decode_on = decoder;
    auto analysis = analyze_clip(coded_, "classical", {}, {}, {}, options);
    EXPECT_TRUE(analysis.ok());
    const auto solution = solve(analysis->track, {});
    EXPECT_TRUE(solution.ok());
    ExportSettings settings;
    settings.gpu = gpu;
    settings.decode_on = decoder;
    const auto output = clip_.parent_path() / "out.mp4";
    auto result = export_clip(*probe(coded_), solution->plan, output, settings, {});
    EXPECT_TRUE(result.ok());
    return {analysis->track, bytes_of(output), std::move(*result)};
  }

  std::filesystem::path coded_;
  int frames_ = 0;
};

TEST_F(GpuSurfacesTest, PicturesThatStayOnTheDevice_AreMeasuredAndWarpedThereIntoTheFileOfTheCpu) {
  const Run cpu = run({}, nullptr);
  HostGpu device;
  const HostDevice decoder = decoder_on(device);
  const Run gpu = run(device.gpu(), &decoder);
  EXPECT_EQ(gpu.track, cpu.track);
  EXPECT_EQ(gpu.file, cpu.file);
  EXPECT_TRUE(gpu.result.on_gpu) << gpu.result.gpu_trouble.value_or("");
  EXPECT_TRUE(gpu.result.decode.hardware);
  EXPECT_EQ(device.launches(HostGpu::Launch::kSplitPlane), 2 * frames_) << "every picture of the export came from the device, its chroma as NV12 has it";
  EXPECT_EQ(device.leaks(), 0u);
}

TEST_F(GpuSurfacesTest, DeviceLostAnywhere_LeavesTheTrackAndTheFileOfTheCpu) {
  const Run cpu = run({}, nullptr);
  HostGpu counting;
  const HostDevice all = decoder_on(counting);
  (void)run(counting.gpu(), &all);
  constexpr int kParts = 12;
  for (int part = 0; part < kParts; ++part) {
    HostGpu device;
    device.fail_from(counting.calls() * part / kParts);
    const HostDevice decoder = decoder_on(device);
    const Run lost = run(device.gpu(), &decoder);
    EXPECT_EQ(lost.track, cpu.track) << part;
    EXPECT_EQ(lost.file, cpu.file) << part;
    EXPECT_EQ(device.leaks(), 0u) << part;
  }
}

}  // namespace
}  // namespace keel::test
