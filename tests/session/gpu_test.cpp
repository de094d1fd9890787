// SPDX-License-Identifier: GPL-3.0-or-later
// Analyses on a GPU: the same track as the CPU's, and what is told of it.
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "engine/backend/gpu_runtime.h"
#include "engine/image/device_surface.h"
#include "engine/media/encode_device.h"
#include "engine/session/exporter.h"
#include "engine/session/motion_json.h"
#include "session_test_support.h"
#include "tests/support/device_decoder.h"
#include "tests/support/device_frames.h"
#include "tests/support/host_gpu.h"
#include "tests/support/noise_frame.h"

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

TEST_F(GpuAnalysisTest, MotionsOfAGpuThatAreNotTheCpusBitForBit_CarryTheirDistanceAndPrecision) {
  Analysis analysis = analyse({});
  EXPECT_FALSE(json_of(analysis).contains("differs_from_cpu") || json_of(analysis).contains("precision"));
  analysis.compute = {true, std::nullopt, true, true, MotionDifference{0.05, 0.3, 16}};
  const nlohmann::json json = json_of(analysis);
  EXPECT_EQ(json["precision"], "half");
  EXPECT_EQ(json["differs_from_cpu"], (nlohmann::json{{"source_px", 0.3}, {"view_px", 0.05}, {"pairs", 16}}));
  EXPECT_EQ(json["compute"], compute_text(analysis.compute));
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
  Run run(Gpu gpu, const DecodeDevice* decoder, const EncodeDevice* encoder = nullptr) {
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
    settings.encode_from = encoder;
    settings.encode.encoder = encoder_;
    const auto output = clip_.parent_path() / "out.mp4";
    auto result = export_clip(*probe(coded_), solution->plan, output, settings, {});
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    if (!result.ok()) return {analysis->track, {}, {}};
    return {analysis->track, bytes_of(output), std::move(*result)};
  }

  std::filesystem::path coded_;
  EncoderKind encoder_ = EncoderKind::kSoftware;
  int frames_ = 0;
};

TEST_F(GpuSurfacesTest, PicturesThatStayOnTheDevice_AreMeasuredAndWarpedThereIntoTheFileOfTheCpu) {
  const Run cpu = run({}, nullptr);
  HostGpu device;
  const HostDevice decoder = decoder_on(device);
  const Run gpu = run(device.gpu(), &decoder);
  EXPECT_EQ(gpu.track, cpu.track);
  EXPECT_TRUE(gpu.file == cpu.file);
  EXPECT_TRUE(gpu.result.on_gpu) << gpu.result.gpu_trouble.value_or("");
  EXPECT_TRUE(gpu.result.decode.hardware);
  EXPECT_EQ(device.launches(HostGpu::Launch::kSplitPlane), 2 * frames_) << "every picture of the export came from the device, its chroma as NV12 has it";
  EXPECT_EQ(device.leaks(), 0u);
}

/// An encoder that takes pictures from the computing device's memory: x264, to which they are brought when they are there.
class HostEncodeDevice final : public EncodeDevice {
 public:
  bool prepares = true;
  int uploads_until = HostGpu::kNever, copies_until = HostGpu::kNever;  ///< calls from this number on fail
  mutable int uploads = 0, copies = 0;

  bool takes(const AVCodec& encoder, AVPixelFormat format) const override {
    return std::string(encoder.name) == "libx264" && (format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUV420P10);
  }
  Result<void> prepare(AVCodecContext&, GpuRuntime& runtime) const override {
    if (!prepares) return Error{ErrorCode::kUnsupported, "it is not there"};
    runtime_ = &runtime;
    return {};
  }
  Result<av::FramePtr> upload(const AVCodecContext&, av::FramePtr picture) const override {
    if (uploads++ >= uploads_until) return Error{ErrorCode::kInternal, "it takes no pictures"};
    return picture;
  }
  Result<av::FramePtr> copy(const AVCodecContext& codec, const Frame& frame) const override {
    if (copies++ >= copies_until) return Error{ErrorCode::kInternal, "it is gone"};
    const Frame there = fetched(*runtime_, frame);
    if (there.empty()) return Error{ErrorCode::kInternal, "the device gives no picture"};
    av::FramePtr picture = av::make_frame();
    picture->format = codec.pix_fmt;
    picture->width = codec.width;
    picture->height = codec.height;
    EXPECT_EQ(av_frame_get_buffer(picture.get(), 0), 0);
    for (int p = 0; p < there.plane_count(); ++p) {
      const PlaneView& plane = there.plane(p);
      const std::size_t row = static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(there.format().bytes_per_sample());
      for (int y = 0; y < plane.height; ++y) std::memcpy(picture->data[p] + y * picture->linesize[p], plane.row<std::byte>(y), row);
    }
    return picture;
  }

 private:
  mutable GpuRuntime* runtime_ = nullptr;
};

TEST_F(GpuSurfacesTest, PicturesFromDecodingToEncoding_StayOnTheDeviceAndMakeTheFileOfTheCpu) {
  const Run cpu = run({}, nullptr);
  HostGpu device;
  const HostDevice decoder = decoder_on(device);
  const HostEncodeDevice encoder;
  const Run gpu = run(device.gpu(), &decoder, &encoder);
  EXPECT_TRUE(gpu.file == cpu.file);
  EXPECT_TRUE(gpu.result.on_gpu) << gpu.result.gpu_trouble.value_or("");
  constexpr int kCompared = static_cast<int>(GpuRenderer::kDepth);
  EXPECT_EQ(encoder.copies, frames_ - kCompared);
  EXPECT_EQ(encoder.uploads, kCompared + 1) << "those that were compared, and one to see that it can be done";
  EXPECT_EQ(device.leaks(), 0u);
}

TEST_F(GpuSurfacesTest, DeepPicturesThatStayOnTheDeviceAsP010_MakeTheFileOfTheCpu) {
  auto deep = probe(coded_);
  ASSERT_TRUE(deep.ok());
  deep->format.bit_depth = 10;
  const auto clip = clip_.parent_path() / "deep.mp4";
  const auto writer = ClipWriter::open(*deep, clip, {});
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 12; ++i) ASSERT_TRUE((*writer)->write(noise_frame(deep->size, deep->format, i), i * 512, 512).ok());
  ASSERT_TRUE((*writer)->finish().ok());
  coded_ = clip;
  ASSERT_EQ(probe(coded_)->format.bit_depth, 10);
  const Run cpu = run({}, nullptr);
  HostGpu device;
  const HostEncodeDevice encoder;
  const Run gpu = run(device.gpu(), nullptr, &encoder);
  EXPECT_TRUE(gpu.file == cpu.file);
  EXPECT_GT(encoder.copies, 0);
  EXPECT_GT(device.launches(HostGpu::Launch::kJoinPlane), 0);
  EXPECT_EQ(device.leaks(), 0u);
}

TEST_F(GpuSurfacesTest, AnEncoderThatCannotTakePicturesFromTheDevice_GetsThemFromTheHost) {
  const Run cpu = run({}, nullptr);
  HostEncodeDevice absent, unable;
  absent.prepares = false;
  unable.uploads_until = 0;
  for (const HostEncodeDevice* encoder : {&absent, &unable}) {
    HostGpu device;
    const Run gpu = run(device.gpu(), nullptr, encoder);
    EXPECT_TRUE(gpu.file == cpu.file);
    EXPECT_EQ(encoder->copies, 0);
    EXPECT_LE(encoder->uploads, 1);
    EXPECT_EQ(device.leaks(), 0u);
  }
}

TEST_F(GpuSurfacesTest, ADeviceThatIsLostWhileItsPicturesAreEncoded_LeavesTheRestToTheCpu) {
  const Run cpu = run({}, nullptr);
  HostGpu counting;
  const HostEncodeDevice all;
  (void)run(counting.gpu(), nullptr, &all);
  int again = 0;
  for (int part = 1; part < 8; ++part) {
    HostGpu device;
    device.fail_from(counting.calls() * part / 8);
    const HostEncodeDevice encoder;
    const Run lost = run(device.gpu(), nullptr, &encoder);
    EXPECT_TRUE(lost.file == cpu.file) << part;
    EXPECT_TRUE(lost.result.gpu_trouble) << part;
    EXPECT_EQ(device.leaks(), 0u) << part;
    again += encoder.copies > 0;
  }
  EXPECT_GT(again, 0) << "none was lost after its encoder had taken pictures, which cannot be taken back";
}

TEST_F(GpuSurfacesTest, AnEncoderThatLosesAPicture_EndsTheExportWithASentenceAndNoFile) {
  HostGpu device;
  HostEncodeDevice encoder;
  encoder.copies_until = 5;
  WarpPlan still;
  still.source = still.output = probe(coded_)->size;
  still.frames.assign(static_cast<std::size_t>(frames_), FrameWarp{});
  ExportSettings settings;
  settings.gpu = device.gpu();
  settings.encode_from = &encoder;
  const auto output = clip_.parent_path() / "lost.mp4";
  const auto result = export_clip(*probe(coded_), still, output, settings, {});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("stopped: it is gone."), std::string::npos) << result.error().message;
  EXPECT_FALSE(std::filesystem::exists(output));
  EXPECT_EQ(device.leaks(), 0u);
}

/// What only a machine with a GPU, its video engines and a driver's libraries for them shows.
TEST_F(GpuSurfacesTest, OnTheMachinesGpu_DecodedPicturesStayThereAndEncodedOnesAreThoseOfTheHostsWay) {
  const Gpu gpu = system_gpu();
  const char* required = std::getenv("KEEL_REQUIRE_GPU");
  const bool must = required != nullptr && std::strcmp(required, "1") == 0;
  if (gpu.runtime == nullptr) {
    if (must) FAIL() << "a GPU is required";
    GTEST_SKIP() << "no GPU";
  }
  const auto decoder = Decoder::open(coded_, {.device = nvdec(), .surfaces_in = gpu.runtime});
  ASSERT_TRUE(decoder.ok());
  const auto first = (*decoder)->next();
  ASSERT_TRUE(first.ok() && first->has_value());
  if (must) {
    EXPECT_TRUE((*decoder)->decode_path().hardware) << to_string((*decoder)->decode_path());
    EXPECT_NE((*first)->frame.surface(), nullptr) << to_string((*decoder)->decode_path());
  }
  const Run cpu = run({}, nullptr), there = run(gpu, nvdec());
  EXPECT_EQ(there.track, cpu.track);
  EXPECT_EQ(there.file, cpu.file);
  EXPECT_TRUE(there.result.on_gpu) << there.result.gpu_trouble.value_or("");
  if (!nvenc_available(VideoCodec::kH264)) return;
  encoder_ = EncoderKind::kNvenc;
  EXPECT_EQ(run(gpu, nvdec(), nvenc_surfaces()).file, run(gpu, nvdec()).file);
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
