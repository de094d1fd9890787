// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/decode_device.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "engine/base/counted.h"
#include "tests/media/host_device.h"
#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Moving pictures with B-frames and a key picture every `gop`.
std::string moving(const std::string& encoding, double seconds = 1.2) {
  return "-f lavfi -i testsrc2=s=96x64:r=25:d=" + std::to_string(seconds) + " " + encoding;
}
const std::string kH264 = "-c:v libx264 -g 10 -bf 3 -pix_fmt yuv420p";

void expect_same(const DecodedClip& got, const DecodedClip& expected) {
  ASSERT_EQ(got.frames.size(), expected.frames.size());
  for (std::size_t i = 0; i < got.frames.size(); ++i) {
    EXPECT_EQ(got.frames[i].pts, expected.frames[i].pts) << i;
    EXPECT_EQ(got.frames[i].duration, expected.frames[i].duration) << i;
    EXPECT_EQ(got.frames[i].index, expected.frames[i].index) << i;
    EXPECT_EQ(got.frames[i].repeated, expected.frames[i].repeated) << i;
    EXPECT_TRUE(same_picture(got.frames[i].frame, expected.frames[i].frame)) << i;
  }
  EXPECT_EQ(got.health.damaged_frames, expected.health.damaged_frames);
  EXPECT_EQ(got.health.ended_early, expected.health.ended_early);
}

using DecodeDeviceTest = MediaTest;

TEST_F(DecodeDeviceTest, ClipsDecodedOnADeviceHaveTheFramesOfSoftwareAtEveryDepth) {
  struct Case {
    const char* name;
    const char* encoding;
    AVPixelFormat surface;
  };
  for (const Case& c : {Case{"8.mp4", "-c:v libx264 -g 10 -bf 3 -pix_fmt yuv420p", AV_PIX_FMT_YUV420P}, Case{"full.mp4", "-c:v libx264 -pix_fmt yuvj420p", AV_PIX_FMT_YUVJ420P},
                        Case{"odd.mkv", "-vf crop=94:62 -c:v libx264 -pix_fmt yuv420p", AV_PIX_FMT_YUV420P}, Case{"444.mkv", "-c:v libx264 -pix_fmt yuv444p", AV_PIX_FMT_YUV444P},
                        Case{"10.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le", AV_PIX_FMT_YUV420P10},
                        Case{"12.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p12le", AV_PIX_FMT_YUV420P12},
                        Case{"444_10.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv444p10le", AV_PIX_FMT_YUV444P10},
                        Case{"vp9.webm", "-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", AV_PIX_FMT_YUV420P}, Case{"times.avi", kH264.c_str(), AV_PIX_FMT_YUV420P}}) {
    SCOPED_TRACE(c.name);
    const auto clip = make(c.name, moving(c.encoding, 0.6));
    HostDevice device;
    device.surface = c.surface;
    const DecodedClip on_device = decode(clip, {.device = &device});
    EXPECT_TRUE(on_device.path.hardware) << to_string(on_device.path);
    EXPECT_THAT(on_device.path.decoder, StartsWith("HOST "));
    EXPECT_EQ(on_device.path, on_device.info.decode);
    EXPECT_GE(device.downloads, 15);
    expect_same(on_device, decode(clip));
  }
}

TEST_F(DecodeDeviceTest, DevicesThatCannotBeUsedLeaveTheClipToSoftwareWithTheReason) {
  const auto clip = make("clip.mp4", moving(kH264, 0.4));
  const auto mpeg4 = make("mpeg4.mp4", moving("-c:v mpeg4", 0.4));
  const DecodedClip software = decode(clip);
  EXPECT_EQ(to_string(software.path), "software h264") << "nothing else was asked for";
  struct Case {
    const char* what;
    HostDevice device;
    const char* reason;
    bool gave_up;
    const std::filesystem::path* clip;
  };
  const auto with = [](auto&& change) {
    HostDevice device;
    change(device);
    return device;
  };
  for (const Case& c : {Case{"codec", with([](HostDevice& d) { d.takes_codec = false; }), "the host does not decode h264", false, &clip},
                        Case{"no device", with([](HostDevice& d) { d.connects = false; }), "there is no such device", false, &clip},
                        Case{"not offered", with([](HostDevice& d) { d.surface = AV_PIX_FMT_YUV444P; }), "HOST cannot decode this clip: it does not take this profile", false, &clip},
                        Case{"no download", with([](HostDevice& d) { d.fail_at = 0; }), "HOST failed at the first frame: a picture could not be copied", true, &clip},
                        Case{"wrong sample", with([](HostDevice& d) { d.miscalculates = true; }), "the first frame from HOST is not the one that software decodes", true, &clip},
                        Case{"inexact codec", HostDevice(), "decoders of mpeg4 may differ in the last bit", false, &mpeg4}}) {
    SCOPED_TRACE(c.what);
    const DecodedClip decoded = decode(*c.clip, {.device = &c.device});
    EXPECT_FALSE(decoded.path.hardware);
    EXPECT_THAT(to_string(decoded.path), StartsWith("software "));
    EXPECT_THAT(decoded.path.reason, HasSubstr(c.reason));
    EXPECT_EQ(decoded.path.gave_up, c.gave_up);
    expect_same(decoded, c.clip == &clip ? software : decode(*c.clip));
  }
}

TEST_F(DecodeDeviceTest, SoftwareGoesOnWithTheSameFramesWhereverTheDeviceFails) {
  for (const auto& [name, encoding] : {std::pair{"reordered.mp4", kH264}, {"open.mkv", kH264 + " -x264-params open-gop=1"}, {"one_key.mp4", std::string("-c:v libx264 -g 1000")},
                                       {"no_times.avi", kH264}, {"raw.h264", kH264}, {"transport.ts", kH264}}) {
    const auto clip = make(name, moving(encoding));
    const DecodedClip software = decode(clip);
    ASSERT_EQ(software.frames.size(), 30u);
    for (const int fail_at : {1, 2, 9, 10, 11, 17, 29}) {
      SCOPED_TRACE(std::string(name) + ", download " + std::to_string(fail_at));
      HostDevice device;
      device.fail_at = fail_at;
      const DecodedClip decoded = decode(clip, {.device = &device});
      EXPECT_TRUE(decoded.info.decode.hardware);
      EXPECT_FALSE(decoded.path.hardware);
      EXPECT_TRUE(decoded.path.gave_up);
      EXPECT_THAT(to_string(decoded.path), HasSubstr("software h264, because HOST failed after " + counted(fail_at, "frame") + ": "));
      EXPECT_EQ(device.downloads, fail_at + 1) << "it is not asked again";
      expect_same(decoded, software);
    }
  }
}

TEST_F(DecodeDeviceTest, ADeviceThatFailsAfterASeekStillLeadsToTheFrameThatWasSought) {
  const auto clip = make("clip.mp4", moving(kH264));
  const DecodedClip software = decode(clip);
  for (const std::size_t target : {0u, 5u, 14u, 29u})
    for (const int fail_after : {0, 1, 3, 12}) {
      SCOPED_TRACE(std::to_string(target) + ", " + std::to_string(fail_after));
      HostDevice device;
      auto decoder = Decoder::open(clip, {.device = &device});
      ASSERT_TRUE(decoder.ok());
      for (int i = 0; i < 20; ++i) ASSERT_TRUE((*decoder)->next().ok());
      device.fail_at = device.downloads + fail_after;
      ASSERT_TRUE((*decoder)->seek(software.frames[target].pts).ok());
      for (std::size_t i = target; i < software.frames.size(); ++i) {
        const auto next = (*decoder)->next();
        ASSERT_TRUE(next.ok() && next->has_value());
        EXPECT_EQ((*next)->pts, software.frames[i].pts);
        EXPECT_TRUE(same_picture((*next)->frame, software.frames[i].frame)) << i;
      }
      EXPECT_FALSE((*decoder)->next()->has_value());
    }
}

TEST_F(DecodeDeviceTest, DamageInTheFileIsBridgedAndCountedBySoftware) {
  const auto whole = make("whole.ts", moving(kH264));
  std::ifstream in(whole, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  for (const double place : {0.3, 0.5, 0.8}) {
    std::string broken = bytes;
    const auto at = static_cast<std::size_t>(place * static_cast<double>(broken.size()));
    for (std::size_t i = at; i < at + 400 && i < broken.size(); ++i) broken[i] = static_cast<char>(i * 37);
    const auto clip = write_file("broken.ts", broken);
    SCOPED_TRACE(place);
    const HostDevice device;
    // What FFmpeg makes of damage depends on its threads, from run to run.
    const DecodedClip decoded = decode(clip, {.threads = 1, .device = &device});
    EXPECT_TRUE(decoded.info.decode.hardware);
    EXPECT_FALSE(decoded.path.hardware) << "damage is left to software";
    expect_same(decoded, decode(clip, {.threads = 1}));
  }
}

TEST_F(DecodeDeviceTest, NvdecSaysWhyItIsNotUsedOrDecodesTheSameFrames) {
  const auto clip = make("clip.mp4", moving(kH264));
  const DecodedClip decoded = decode(clip, {.device = nvdec()});
  EXPECT_THAT(to_string(decoded.path), StartsWith(decoded.path.hardware ? "NVDEC h264" : "software h264, because "));
  EXPECT_FALSE(decoded.path.gave_up) << to_string(decoded.path);
  expect_same(decoded, decode(clip));
  const char* required = std::getenv("KEEL_REQUIRE_GPU");
  EXPECT_TRUE(decoded.path.hardware || required == nullptr || std::string(required) != "1") << to_string(decoded.path);
}

}  // namespace
}  // namespace keel::test
