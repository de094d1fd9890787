// SPDX-License-Identifier: GPL-3.0-or-later
// What an export with NVENC is planned to be, which needs no device, and that it is refused where there is none.
#include <gmock/gmock.h>

#include <cstring>

#include "engine/media/encode_settings.h"
#include "engine/media/export_plan.h"
#include "engine/media/frame_adapter.h"
#include "engine/media/split_planes.h"
#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

EncodeSettings nvenc(VideoCodec codec) {
  EncodeSettings settings;
  settings.codec = codec;
  settings.encoder = EncoderKind::kNvenc;
  return settings;
}

using NvencTest = MediaTest;

TEST_F(NvencTest, ThePlanNamesTheEncoderAndWhatItLoses) {
  struct Case {
    const char* pixel_format;
    VideoCodec codec;
    AVPixelFormat encoded;
    const char* said;
  };
  for (const Case& c : {Case{"yuv420p", VideoCodec::kH264, AV_PIX_FMT_YUV420P, "h264 yuv420p, NVENC, cq 18, preset p4"},
                        Case{"yuv420p10le", VideoCodec::kHevc, AV_PIX_FMT_P010, "hevc p010le, NVENC, cq 18, preset p4"},
                        Case{"yuv420p10le", VideoCodec::kH264, AV_PIX_FMT_YUV420P, "bit depth reduced from 10 to 8"},
                        Case{"yuv422p", VideoCodec::kHevc, AV_PIX_FMT_YUV444P, "hevc yuv444p, NVENC"},
                        Case{"yuv444p", VideoCodec::kH264, AV_PIX_FMT_YUV444P, "h264 yuv444p"}}) {
    SCOPED_TRACE(std::string(c.pixel_format) + " " + to_string(c.codec));
    const auto clip = make("clip.mkv", std::string("-f lavfi -i testsrc2=s=160x120:r=25:d=0.1 -c:v ffv1 -pix_fmt ") + c.pixel_format);
    const auto info = probe(clip);
    const auto source = av::open_source(clip);
    ASSERT_TRUE(info.ok() && source.ok());
    const auto plan = av::make_export_plan(*info, *source, folder() / "out.mkv", nvenc(c.codec));
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(std::string(plan->picture.encoder->name), to_string(c.codec) + "_nvenc");
    EXPECT_EQ(plan->picture.format, c.encoded);
    ASSERT_EQ(plan->report.reencoded.size(), 1u);
    EXPECT_THAT(plan->report.reencoded.front(), HasSubstr(c.said));
  }
}

TEST_F(NvencTest, TenBitsReachTheEncoderUnchanged) {
  const auto clip = make("clip.mkv", "-f lavfi -i testsrc2=s=98x66:r=25:d=0.04 -c:v ffv1 -pix_fmt yuv420p10le");
  const DecodedClip decoded = decode(clip);
  ASSERT_FALSE(decoded.frames.empty());
  const Frame& frame = decoded.frames.front().frame;
  av::FrameToEncoder adapter({}, frame.size(), AV_PIX_FMT_P010, frame.color());
  const auto packed = adapter.convert(frame);
  ASSERT_TRUE(packed.ok()) << packed.error().message;
  ASSERT_TRUE(av::can_split(AV_PIX_FMT_P010, AV_PIX_FMT_YUV420P10));
  const av::FramePtr planar = av::make_frame();
  planar->format = AV_PIX_FMT_YUV420P10;
  planar->width = frame.size().width;
  planar->height = frame.size().height;
  ASSERT_EQ(av_frame_get_buffer(planar.get(), 0), 0);
  av::split(**packed, *planar);
  for (int p = 0; p < 3; ++p)
    for (int y = 0; y < frame.plane(p).height; ++y)
      EXPECT_EQ(std::memcmp(planar->data[p] + y * planar->linesize[p], frame.plane(p).row<std::byte>(y), static_cast<std::size_t>(frame.plane(p).width) * 2), 0) << p << ", " << y;
}

TEST_F(NvencTest, WhereItDoesNotOpenExportsWithItAreRefusedAndSoftwareIsNot) {
  const auto clip = make("clip.mp4", "-f lavfi -i testsrc2=s=320x240:r=25:d=0.2 -c:v libx264");
  const auto info = probe(clip);
  ASSERT_TRUE(info.ok());
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc}) {
    const auto available = nvenc_available(codec);
    const auto planned = plan_export(*info, folder() / "out.mp4", nvenc(codec));
    EXPECT_EQ(planned.ok(), available.ok());
    if (!planned && !available) {
      EXPECT_THAT(planned.error().message, HasSubstr("cannot be encoded with NVENC: " + available.error().message + "; use the software encoder."));
    }
    EXPECT_TRUE(plan_export(*info, folder() / "out.mp4", quick(codec)).ok());
  }
  EXPECT_FALSE(nvenc_available(VideoCodec::kProRes).ok());
  EXPECT_FALSE(std::filesystem::exists(folder() / "out.mp4"));
}

TEST(NvencPresetTest, EveryPresetHasANeighbourAndNoneIsSlowerForBeingFaster) {
  std::vector<std::string> nearest;
  for (const char* preset : {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"}) nearest.push_back(av::nvenc_preset(preset));
  EXPECT_THAT(nearest, ElementsAre("p1", "p1", "p2", "p3", "p3", "p4", "p5", "p6", "p7", "p7"));
}

}  // namespace
}  // namespace keel::test
