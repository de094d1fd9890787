// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

using ::testing::HasSubstr;
using ClipWriterTest = MediaTest;

struct Lossless {
  const char* name;
  const char* arguments;
};
class LosslessTest : public MediaTest, public ::testing::WithParamInterface<Lossless> {};

/// FFV1 through and through: whatever goes in comes out, sample by sample, at the same times.
TEST_P(LosslessTest, DecodedFramesWrittenAsFfv1AreIdentical) {
  const auto clip = make("clip.mkv", std::string("-f lavfi -i testsrc2=s=97x65:r=25:d=0.24,scale=97:65 -c:v ffv1 ") + GetParam().arguments);
  const auto copy = folder() / "copy.mkv";
  const auto report = transcode(clip, copy, quick(VideoCodec::kFfv1));
  ASSERT_TRUE(report.ok()) << report.error().message;
  const DecodedClip before = decode(clip), after = decode(copy);
  ASSERT_EQ(before.frames.size(), after.frames.size());
  EXPECT_EQ(after.info.color, before.info.color);
  for (std::size_t n = 0; n < before.frames.size(); ++n) {
    EXPECT_TRUE(same_picture(before.frames[n].frame, after.frames[n].frame)) << n;
    EXPECT_EQ(before.frames[n].pts, after.frames[n].pts);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LosslessTest,
                         ::testing::Values(Lossless{"yuv420p", "-pix_fmt yuv420p"}, Lossless{"yuv422p", "-pix_fmt yuv422p"},
                                           Lossless{"yuv444p", "-pix_fmt yuv444p"}, Lossless{"yuv420p10", "-pix_fmt yuv420p10le"},
                                           Lossless{"yuv422p12", "-pix_fmt yuv422p12le"}, Lossless{"gray", "-pix_fmt gray"},
                                           Lossless{"gray10", "-pix_fmt gray10le"}, Lossless{"yuva444p10", "-pix_fmt yuva444p10le"},
                                           Lossless{"bgr0", "-pix_fmt bgr0"}, Lossless{"bgra", "-pix_fmt bgra"},
                                           Lossless{"gbrp10", "-pix_fmt gbrp10le"}, Lossless{"yuv410p", "-pix_fmt yuv410p"},
                                           Lossless{"full_range", "-pix_fmt yuv420p -color_range pc -colorspace bt470bg"}),
                         [](const auto& test) { return std::string(test.param.name); });

struct FullRange {
  const char* name;
  const char* format;
  const char* arguments;
  int white;
};
class FullRangeTest : public MediaTest, public ::testing::WithParamInterface<FullRange> {};

/// ProRes holds limited range only.
TEST_P(FullRangeTest, WrittenAsProRes_BecomesLimitedRange_AndTheReportSaysSo) {
  const FullRange& stored = GetParam();
  const auto clip = make("clip.mkv", fmt::format("-f lavfi -i color=white:s=64x48:r=25:d=0.04,format={0},geq='lum={1}*gte(X\\,32)':cb={2}:cr={2} -c:v ffv1 -pix_fmt {0} {3}", stored.format,
                                                 stored.white, (stored.white + 1) / 2, stored.arguments));
  const auto report = transcode(clip, folder() / "copy.mov", quick(VideoCodec::kProRes));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_NE(report->reencoded.at(0).find("full range turned into limited"), std::string::npos) << report->reencoded.at(0);
  const DecodedClip after = decode(folder() / "copy.mov");
  const Frame& picture = after.frames.at(0).frame;
  EXPECT_FALSE(after.info.color.full_range);
  // ProRes 4444 is decoded to 12 bits by some versions of FFmpeg, to 10 by others.
  ASSERT_GE(picture.format().bit_depth, 10);
  const int extra_bits = picture.format().bit_depth - 10;
  // ProRes rounds, and swscale takes white of 10 bits for a little more than white of 8.
  EXPECT_NEAR(picture.plane(0).row<std::uint16_t>(24)[8] >> extra_bits, 64, 6);
  EXPECT_NEAR(picture.plane(0).row<std::uint16_t>(24)[56] >> extra_bits, 940, 6);
}

// FFmpeg takes gray that says nothing for full range.
INSTANTIATE_TEST_SUITE_P(Formats, FullRangeTest,
                         ::testing::Values(FullRange{"UntaggedGray", "gray", "", 255}, FullRange{"yuv420p", "yuv420p", "-color_range pc", 255},
                                           FullRange{"yuv420p10", "yuv420p10le", "-color_range pc", 1023}, FullRange{"yuv422p10", "yuv422p10le", "-color_range pc", 1023}),
                         [](const auto& test) { return std::string(test.param.name); });

struct Turned {
  int degrees;
  const char* format;
};
class TurnedTest : public MediaTest, public ::testing::WithParamInterface<Turned> {
 protected:
  std::filesystem::path turned_clip() const {
    make("flat.mov", std::string("-f lavfi -i testsrc2=s=98x66:r=25:d=0.2,setsar=4/3 -c:v ffv1 -pix_fmt ") + GetParam().format);
    return make("clip.mov", "-i flat.mov -c copy -metadata:s:v:0 rotate=" + std::to_string(360 - GetParam().degrees));
  }
  static void expect_same(const DecodedClip& before, const DecodedClip& after) {
    EXPECT_EQ(after.info.sample_aspect, before.info.sample_aspect);
    ASSERT_EQ(after.frames.size(), before.frames.size());
    for (std::size_t n = 0; n < before.frames.size(); ++n) EXPECT_TRUE(same_picture(before.frames[n].frame, after.frames[n].frame)) << n;
  }
};

TEST_P(TurnedTest, RotationIsBakedIntoMkvWithIdenticalPictures) {
  const auto clip = turned_clip();
  const DecodedClip before = decode(clip);
  ASSERT_EQ(before.info.rotation_deg, GetParam().degrees);
  const auto report = transcode(clip, folder() / "copy.mkv", quick(VideoCodec::kFfv1));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->kept, "rotation: applied to the picture"));
  const DecodedClip after = decode(folder() / "copy.mkv");
  EXPECT_EQ(after.info.rotation_deg, 0);
  expect_same(before, after);
}

TEST_P(TurnedTest, RotationIsKeptByMovAndMp4) {
  const auto clip = turned_clip();
  const DecodedClip before = decode(clip);
  EncodeSettings settings = quick(VideoCodec::kH264);
  settings.crf = 0;  // lossless at 8 bits
  for (const char* name : {"copy.mov", "copy.mp4"}) {
    const auto report = transcode(clip, folder() / name, settings);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(mentions(report->kept, "stays a display rotation"));
    const DecodedClip after = decode(folder() / name);
    EXPECT_EQ(after.info.rotation_deg, GetParam().degrees);
    EXPECT_EQ(after.info.size, before.info.size);
    if (before.info.format.bit_depth == 8) expect_same(before, after);
  }
}

INSTANTIATE_TEST_SUITE_P(Turns, TurnedTest,
                         ::testing::Values(Turned{90, "yuv420p"}, Turned{180, "yuv420p"}, Turned{270, "yuv420p"}, Turned{90, "yuv422p"},
                                           Turned{270, "yuv420p10le"}, Turned{90, "yuv411p"}),
                         [](const auto& test) { return "by_" + std::to_string(test.param.degrees) + "_" + test.param.format; });

TEST_F(ClipWriterTest, EveryCodecAndContainerGivesAllFramesAtTheirTimes) {
  const auto clip = make(
      "clip.mkv",
      "-f lavfi -i testsrc2=s=96x64:r=30000/1001:d=1 -c:v libx264 -bf 2 -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv");
  const DecodedClip before = decode(clip);
  struct Case {
    VideoCodec codec;
    const char* file;
  };
  for (const Case& test : {Case{VideoCodec::kH264, "a.mp4"}, Case{VideoCodec::kH264, "a.mov"}, Case{VideoCodec::kH264, "a.m4v"},
                           Case{VideoCodec::kH264, "a.mkv"}, Case{VideoCodec::kHevc, "b.mp4"}, Case{VideoCodec::kHevc, "b.mkv"},
                           Case{VideoCodec::kProRes, "c.mov"}, Case{VideoCodec::kProRes, "c.mkv"}, Case{VideoCodec::kFfv1, "d.mkv"}}) {
    const auto output = folder() / ("out_" + std::string(test.file));
    const auto report = transcode(clip, output, quick(test.codec));
    ASSERT_TRUE(report.ok()) << report.error().message;
    const DecodedClip after = decode(output);
    ASSERT_EQ(after.frames.size(), before.frames.size()) << test.file;
    EXPECT_NEAR(after.info.frame_rate.value(), before.info.frame_rate.value(), 0.02) << test.file;
    EXPECT_EQ(after.info.color.matrix, 1) << test.file;
    EXPECT_EQ(after.info.color.primaries, 1) << test.file;
    for (std::size_t n = 0; n < before.frames.size(); ++n)  // the source has milliseconds
      EXPECT_DOUBLE_EQ(static_cast<double>(after.frames[n].pts) * after.info.time_base.value(),
                       static_cast<double>(before.frames[n].pts) * before.info.time_base.value());
  }
  EXPECT_EQ(video_entry(folder() / "out_b.mp4", "stream=codec_tag_string"), "hvc1");
}

TEST_F(ClipWriterTest, TimeBaseAndVariableRateAreExactInMp4) {
  const auto clip =
      make("vfr.mp4",
           "-f lavfi -i testsrc2=s=96x64:r=25:d=0.6 -vf settb=1/90000,setpts='(N*N+7*N)*1001/90000/TB' -vsync passthrough -enc_time_base 1/90000 "
           "-c:v libx264 -bf 2 -video_track_timescale 90000");
  const auto output = folder() / "out.mp4";
  ASSERT_TRUE(transcode(clip, output, quick(VideoCodec::kH264)).ok());
  const DecodedClip before = decode(clip), after = decode(output);
  EXPECT_EQ(after.info.time_base, before.info.time_base);
  ASSERT_EQ(after.frames.size(), before.frames.size());
  for (std::size_t n = 0; n < before.frames.size(); ++n) EXPECT_EQ(after.frames[n].pts, before.frames[n].pts);
  // The last picture of an accelerating clip is the longest; a length summed from decoding times would cut it.
  EXPECT_NEAR(after.info.duration_s, static_cast<double>(before.frames.back().pts + before.frames.back().duration) * before.info.time_base.value(),
              1e-4);
}

TEST_F(ClipWriterTest, FineTimeBaseDoesNotRaiseTheLevel) {
  // The encoder must be told the rate; from a time base of 1/90000 it would conclude 90000 frames a second and level 6.2.
  const auto clip = make("clip.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -c:v libx264 -video_track_timescale 90000");
  ASSERT_TRUE(transcode(clip, folder() / "out.mp4", quick(VideoCodec::kH264)).ok());
  EXPECT_LE(std::atoi(video_entry(folder() / "out.mp4", "stream=level").c_str()), 13);
}

TEST_F(ClipWriterTest, OddSizeIsEncodedWithFullChromaAndListed) {
  const auto clip = make("odd.mkv", "-f lavfi -i testsrc2=s=97x65:r=25:d=0.2,scale=97:65 -c:v ffv1 -pix_fmt yuv420p");
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc, VideoCodec::kProRes}) {
    const auto output = folder() / "out.mov";
    const auto report = transcode(clip, output, quick(codec));
    ASSERT_TRUE(report.ok()) << report.error().message;
    const DecodedClip after = decode(output);
    EXPECT_EQ(after.info.size, (Size{97, 65})) << to_string(codec);
    EXPECT_EQ(after.frames.size(), 5u);
    EXPECT_EQ(mentions(report->reencoded, "yuv420p -> h264 yuv444p"), codec == VideoCodec::kH264);
  }
}

TEST_F(ClipWriterTest, RgbBecomesTaggedYuvWithItsColors) {
  const auto clip = make("rgb.mkv", "-f lavfi -i color=c=0xc02040:s=96x64:r=25:d=0.08 -c:v ffv1 -pix_fmt bgr0");
  const auto report = transcode(clip, folder() / "out.mp4", quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(mentions(report->reencoded, "RGB turned into YUV (bt709)"));
  const DecodedClip after = decode(folder() / "out.mp4");
  EXPECT_EQ(after.info.color.matrix, 1);
  EXPECT_EQ(after.info.format.chroma_shift_x, 0);
  // BT.709 in limited range of RGB (192, 32, 64); one level for rounding, one for the encoder.
  const Frame& frame = after.frames.at(0).frame;
  EXPECT_NEAR(frame.plane(0).row<std::uint8_t>(32)[48], 75, 2);
  EXPECT_NEAR(frame.plane(1).row<std::uint8_t>(32)[48], 126, 2);
  EXPECT_NEAR(frame.plane(2).row<std::uint8_t>(32)[48], 197, 2);
}

TEST_F(ClipWriterTest, LostAlphaAndLostBitsAreListed) {
  const auto alpha = make("alpha.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.08,format=yuva444p -c:v ffv1");
  const auto deep = make("deep.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.08 -c:v ffv1 -pix_fmt yuv420p12le");
  EXPECT_TRUE(mentions(transcode(alpha, folder() / "a.mp4", quick(VideoCodec::kH264))->dropped, "alpha channel"));
  EXPECT_TRUE(mentions(transcode(deep, folder() / "b.mp4", quick(VideoCodec::kH264))->reencoded, "bit depth reduced from 12 to 10"));
}

TEST_F(ClipWriterTest, AlphaBesideThePicturesOfVp9_IsListedAsLost) {
  const auto clip = make("a.webm", "-f lavfi -i testsrc2=s=64x48:r=25:d=0.2 -pix_fmt yuva420p -c:v libvpx-vp9 -auto-alt-ref 0");
  EXPECT_TRUE(mentions(transcode(clip, folder() / "a.mkv", quick(VideoCodec::kFfv1))->dropped, "alpha channel"));
}

TEST_F(ClipWriterTest, PicturesOfAFewPixels_AreWrittenInEveryCodec) {
  for (const char* size : {"2x2", "2x400", "400x2", "16x16"}) {
    const auto clip = make("tiny.mkv", std::string("-f lavfi -i testsrc2=s=") + size + ":r=25:d=0.2 -pix_fmt yuv420p -c:v rawvideo -allow_raw_vfw 1");
    for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kFfv1, VideoCodec::kProRes}) {
      const auto report = transcode(clip, folder() / "out.mkv", quick(codec));
      ASSERT_TRUE(report.ok()) << size << " " << to_string(codec) << ": " << report.error().message;
      EXPECT_EQ(reference_count(folder() / "out.mkv"), 5) << size << " " << to_string(codec);
    }
  }
}

TEST_F(ClipWriterTest, AviSaysThatItLosesFrameTimes) {
  const auto clip = make("vfr.mkv",
                         "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -vf settb=1/1000,setpts='(N+mod(N\\,3)*0.4)/25/TB' -vsync passthrough "
                         "-enc_time_base 1/1000 -c:v libx264");
  const auto report = transcode(clip, folder() / "out.avi", quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->dropped, "frame times"));
  EXPECT_EQ(decode(folder() / "out.avi").frames.size(), 10u);
}

TEST_F(ClipWriterTest, BadSettingsAreSentences) {
  const auto clip = make("clip.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.08 -c:v libx264");
  const auto info = probe(clip);
  const auto refusal = [&](const char* file, EncodeSettings settings) {
    const auto planned = plan_export(*info, folder() / file, settings);
    const auto opened = ClipWriter::open(*info, folder() / file, settings);
    EXPECT_FALSE(planned.ok() || opened.ok());
    if (planned.ok() || opened.ok()) return std::string();
    EXPECT_EQ(planned.error().message, opened.error().message);
    return planned.error().message;
  };
  EncodeSettings settings;
  settings.crf = 52;
  EXPECT_THAT(refusal("a.mp4", settings), HasSubstr("crf of 52"));
  settings = {};
  settings.preset = "quick";
  EXPECT_THAT(refusal("a.mp4", settings), HasSubstr("\"quick\" is not a preset"));
  EXPECT_THAT(refusal("a.xyz", {}), HasSubstr(".xyz"));
  EXPECT_THAT(refusal("a", {}), HasSubstr("no ending"));
  EXPECT_THAT(refusal("a.mp4", quick(VideoCodec::kFfv1)), HasSubstr(".mp4 cannot carry ffv1; use .mkv"));
  EXPECT_THAT(refusal("a.mp4", quick(VideoCodec::kProRes)), HasSubstr("use .mkv or .mov"));
  EXPECT_FALSE(parse_video_codec("h265").ok());
  EXPECT_EQ(*parse_video_codec("hevc"), VideoCodec::kHevc);
}

}  // namespace
}  // namespace keel::test
