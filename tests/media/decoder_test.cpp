// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

using DecoderTest = MediaTest;

struct StoredFormat {
  const char* name;  ///< FFmpeg's, also of the file
  const char* arguments;
  const char* delivered;  ///< the planar format that frames have
  bool converted;
};

class DecoderFormatTest : public MediaTest, public ::testing::WithParamInterface<StoredFormat> {};

TEST_P(DecoderFormatTest, OddSizedPicturesHaveTheSamplesOfTheReference) {
  const auto clip = make(std::string(GetParam().arguments).find("rawvideo") != std::string::npos ? "clip.nut" : "clip.mkv",
                         std::string("-f lavfi -i testsrc2=s=97x65:r=25:d=0.2,scale=97:65 ") + GetParam().arguments);
  const DecodedClip decoded = decode(clip);
  EXPECT_EQ(decoded.info.size, (Size{97, 65}));
  EXPECT_EQ(decoded.info.format_converted, GetParam().converted);
  ASSERT_EQ(decoded.frames.size(), 5u);
  EXPECT_EQ(decoded.frames[0].frame.format(), decoded.info.format);
  EXPECT_TRUE(planes_of(decoded.frames) == reference_planes(clip, GetParam().delivered));
}

INSTANTIATE_TEST_SUITE_P(Formats, DecoderFormatTest,
                         ::testing::Values(StoredFormat{"yuv420p", "-c:v ffv1 -pix_fmt yuv420p", "yuv420p", false},
                                           StoredFormat{"yuv422p", "-c:v ffv1 -pix_fmt yuv422p", "yuv422p", false},
                                           StoredFormat{"yuv444p", "-c:v libx264 -pix_fmt yuv444p", "yuv444p", false},
                                           StoredFormat{"yuv411p", "-c:v ffv1 -pix_fmt yuv411p", "yuv411p", false},
                                           StoredFormat{"yuv410p", "-c:v ffv1 -pix_fmt yuv410p", "yuv410p", false},
                                           StoredFormat{"yuv420p10", "-c:v ffv1 -pix_fmt yuv420p10le", "yuv420p10le", false},
                                           StoredFormat{"yuv422p12", "-c:v ffv1 -pix_fmt yuv422p12le", "yuv422p12le", false},
                                           StoredFormat{"yuv444p16", "-c:v ffv1 -pix_fmt yuv444p16le", "yuv444p16le", false},
                                           StoredFormat{"gray", "-c:v ffv1 -pix_fmt gray", "gray", false},
                                           StoredFormat{"gray10", "-c:v ffv1 -pix_fmt gray10le", "gray10le", false},
                                           StoredFormat{"yuva444p", "-c:v ffv1 -pix_fmt yuva444p", "yuva444p", false},
                                           StoredFormat{"yuva444p10", "-c:v prores_ks -pix_fmt yuva444p10le", "yuva444p12le", false},
                                           StoredFormat{"gbrp10", "-c:v ffv1 -pix_fmt gbrp10le", "gbrp10le", false},
                                           StoredFormat{"bgr0", "-c:v ffv1 -pix_fmt bgr0", "gbrp", true},
                                           StoredFormat{"bgra", "-c:v ffv1 -pix_fmt bgra", "gbrap", true},
                                           StoredFormat{"rgb24", "-c:v rawvideo -pix_fmt rgb24", "gbrp", true},
                                           StoredFormat{"nv12", "-c:v rawvideo -pix_fmt nv12", "yuv420p", true},
                                           StoredFormat{"uyvy422", "-c:v rawvideo -pix_fmt uyvy422", "yuv422p", true},
                                           StoredFormat{"yuvj420p", "-c:v mjpeg -pix_fmt yuvj420p", "yuvj420p", false}),
                         [](const auto& format) { return std::string(format.param.name); });

TEST_F(DecoderTest, RepackedPicturesHaveTheSamplesThatWerePacked) {
  struct Case {
    const char* planar;
    const char* packed;
  };
  for (const Case& test : {Case{"yuv420p", "nv12"}, Case{"yuv422p", "uyvy422"}, Case{"gbrp", "bgr24"}, Case{"gbrp16le", "rgb48le"},
                           Case{"gbrap16le", "rgba64le"}, Case{"yuv420p12le", "yuv420p12be"}}) {
    const auto planar = make("planar.nut", std::string("-f lavfi -i testsrc2=s=98x66:r=25:d=0.08 -c:v rawvideo -pix_fmt ") + test.planar);
    const auto packed = make("packed.nut", std::string("-i planar.nut -c:v rawvideo -pix_fmt ") + test.packed);
    const DecodedClip expected = decode(planar), decoded = decode(packed);
    EXPECT_TRUE(decoded.info.format_converted) << test.packed;
    EXPECT_EQ(decoded.info.format, expected.info.format) << test.packed;
    EXPECT_TRUE(planes_of(decoded.frames) == planes_of(expected.frames)) << test.packed;
  }
}

TEST_F(DecoderTest, GrayWithAlphaGetsNeutralChroma) {
  const DecodedClip decoded = decode(make("clip.mkv", "-f lavfi -i testsrc2=s=64x48:r=25:d=0.08,format=gray,format=ya8 -c:v ffv1"));
  EXPECT_EQ(decoded.info.format.model, ColorModel::kYuv);
  EXPECT_EQ(decoded.info.format.bit_depth, 8);
  EXPECT_TRUE(decoded.info.format.alpha);
  EXPECT_EQ(decoded.frames.at(0).frame.plane(1).row<std::uint8_t>(20)[30], 128);
}

class DecoderRotationTest : public MediaTest, public ::testing::WithParamInterface<int> {};

TEST_P(DecoderRotationTest, DisplayMatrixIsAppliedToPictureSizeAndAspect) {
  const int turn = GetParam();  // clockwise; ffmpeg's tag counts the other way round
  make("flat.mp4", "-f lavfi -i testsrc2=s=98x66:r=25:d=0.2,setsar=4/3 -c:v libx264");
  const auto clip = make("turned.mp4", "-i flat.mp4 -c copy -metadata:s:v:0 rotate=" + std::to_string(360 - turn));
  const DecodedClip decoded = decode(clip);
  const bool sideways = turn != 180;
  EXPECT_EQ(decoded.info.rotation_deg, turn);
  EXPECT_EQ(decoded.info.size, sideways ? (Size{66, 98}) : (Size{98, 66}));
  EXPECT_EQ(decoded.info.sample_aspect, sideways ? (Rational{3, 4}) : (Rational{4, 3}));
  EXPECT_TRUE(planes_of(decoded.frames) == reference_planes(clip, "yuv420p"));
}

INSTANTIATE_TEST_SUITE_P(Turns, DecoderRotationTest, ::testing::Values(90, 180, 270));

TEST_F(DecoderTest, TurnedSubsamplingTurnsItsShifts) {
  make("flat.mov", "-f lavfi -i testsrc2=s=98x66:r=25:d=0.08 -c:v libx264 -pix_fmt yuv422p");
  const DecodedClip decoded = decode(make("turned.mov", "-i flat.mov -c copy -metadata:s:v:0 rotate=90"));
  EXPECT_EQ(decoded.info.format.chroma_shift_x, 0);
  EXPECT_EQ(decoded.info.format.chroma_shift_y, 1);
  EXPECT_EQ(decoded.frames.at(0).frame.plane(1).height, 49);
}

TEST_F(DecoderTest, VariableFrameRateKeepsTimesAndDurations) {
  const auto clip = make("vfr.mp4",
                         "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -vf setpts='N*(N+1)/2/25/TB' -vsync vfr -c:v libx264 -bf 2 -enc_time_base 1/25 "
                         "-video_track_timescale 100");
  const DecodedClip decoded = decode(clip);
  ASSERT_EQ(decoded.frames.size(), 10u);
  for (std::size_t n = 0; n < decoded.frames.size(); ++n)
    EXPECT_EQ(decoded.frames[n].pts * decoded.info.time_base.num * 25, static_cast<std::int64_t>(n * (n + 1) / 2) * decoded.info.time_base.den);
}

TEST_F(DecoderTest, StartOffsetIsReported) {
  const DecodedClip decoded =
      decode(make("late.mkv", "-f lavfi -i sine=d=1 -itsoffset 0.5 -f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -map 0 -map 1 -c:v libx264"));
  EXPECT_DOUBLE_EQ(static_cast<double>(decoded.info.start_pts) * decoded.info.time_base.value(), first_time(folder() / "late.mkv", "v:0"));
  EXPECT_GT(decoded.info.start_pts, 0);
  EXPECT_EQ(decoded.frames.at(0).pts, decoded.info.start_pts);
}

TEST_F(DecoderTest, PictureThatBeginsLongAfterTheSoundIsFound) {
  for (const char* name : {"later.mkv", "later.ts", "later.mpg"}) {
    const std::string codec = std::string(name) == "later.mpg" ? "mpeg2video -c:a mp2" : "libx264 -c:a aac";
    const DecodedClip decoded = decode(make(name, "-f lavfi -i sine=d=11 -itsoffset 9 -f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -map 0 -map 1 -vsync passthrough -c:v " + codec));
    EXPECT_EQ(decoded.frames.size(), 10u) << name;
  }
}

TEST_F(DecoderTest, FramesBeforeTheEditListAreNotDelivered) {
  make("long.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -c:v libx264 -bf 2 -g 50");
  const auto cut = make("cut.mp4", "-ss 0.6 -i long.mp4 -c copy");
  const DecodedClip decoded = decode(cut);
  EXPECT_EQ(static_cast<std::int64_t>(decoded.frames.size()), reference_count(cut));
  EXPECT_LT(decoded.frames.size(), 50u);
}

TEST_F(DecoderTest, ThreadsDoNotChangeThePictures) {
  const auto clip = make("clip.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -c:v libx264 -bf 3");
  EXPECT_TRUE(planes_of(decode(clip, {.threads = 1}).frames) == planes_of(decode(clip, {.threads = 5}).frames));
}

TEST_F(DecoderTest, OneFrameAndTwoFramesWork) {
  for (const int frames : {1, 2, 3}) {
    const DecodedClip decoded = decode(make("few.mp4", "-f lavfi -i testsrc2=s=96x64:r=25 -frames:v " + std::to_string(frames) + " -c:v libx264"));
    EXPECT_EQ(decoded.frames.size(), static_cast<std::size_t>(frames));
    EXPECT_FALSE(decoded.health.ended_early);
  }
}

TEST_F(DecoderTest, SizeChangeInMidStreamKeepsTheFirstSize) {
  make("small.ts", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -c:v libx264 -bsf:v h264_mp4toannexb");
  make("large.ts", "-f lavfi -i testsrc2=s=160x120:r=25:d=0.4 -c:v libx264 -output_ts_offset 0.4");
  const auto joined = folder() / "joined.ts";
  ASSERT_EQ(
      std::system(("cat " + shell_quoted(folder() / "small.ts") + " " + shell_quoted(folder() / "large.ts") + " > " + shell_quoted(joined)).c_str()),
      0);
  const DecodedClip decoded = decode(joined);
  EXPECT_GE(decoded.frames.size(), 19u);
  for (const DecodedFrame& frame : decoded.frames) EXPECT_EQ(frame.frame.size(), decoded.info.size);
}

struct SeekCase {
  const char* name;
  const char* file;
  const char* arguments;
};

class DecoderSeekTest : public MediaTest, public ::testing::WithParamInterface<SeekCase> {};

TEST_P(DecoderSeekTest, SeekGivesTheFrameOfLinearDecoding) {
  const auto clip = make(GetParam().file, std::string("-f lavfi -i testsrc2=s=96x64:r=25:d=6 ") + GetParam().arguments);
  const DecodedClip linear = decode(clip);
  ASSERT_GT(linear.frames.size(), 60u);
  auto decoder = Decoder::open(clip);
  ASSERT_TRUE(decoder.ok());
  for (std::size_t step = 0; step < 40; ++step) {
    const std::size_t target = step * 37 % linear.frames.size();
    const bool between = step % 3 == 1 && target > 0;  // a time between two frames gives the later one
    const std::int64_t pts = between ? linear.frames[target - 1].pts + 1 : linear.frames[target].pts;
    ASSERT_TRUE((*decoder)->seek(pts).ok());
    for (std::size_t n = target; n < std::min(target + 2, linear.frames.size()); ++n) {
      const auto next = (*decoder)->next();
      ASSERT_TRUE(next.ok() && next->has_value());
      EXPECT_EQ((*next)->pts, linear.frames[n].pts) << "target " << target;
      EXPECT_TRUE(same_picture((*next)->frame, linear.frames[n].frame)) << "target " << target;
      EXPECT_EQ((*next)->index, -1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Containers, DecoderSeekTest,
    ::testing::Values(
        SeekCase{"h264_mp4", "a.mp4", "-c:v libx264 -bf 3 -g 25"},
        SeekCase{"h264_open_gop_mkv", "a.mkv", "-c:v libx264 -bf 3 -g 25 -x264-params open-gop=1:b-pyramid=normal"},
        SeekCase{"hevc_open_gop_mp4", "a.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:open-gop=1:bframes=3"},
        SeekCase{"mpeg4_avi", "a.avi", "-c:v mpeg4 -g 20"}, SeekCase{"mpeg4_b_frames_avi", "a.avi", "-c:v mpeg4 -bf 2 -g 20"},
        SeekCase{"h264_ts", "a.ts", "-c:v libx264 -bf 2 -g 25"}, SeekCase{"mpeg2_ts", "a.ts", "-c:v mpeg2video -bf 2 -g 12"},
        SeekCase{"vp9_webm", "a.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25"},
        SeekCase{"raw_h264", "a.h264", "-c:v libx264 -bf 2 -g 25"},
        SeekCase{"vfr_mkv", "a.mkv",
                 "-vf settb=1/1000,setpts='(N+mod(N\\,3)*0.4)/25/TB' -vsync passthrough -enc_time_base 1/1000 -c:v libx264 -bf 2 -g 25"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(DecoderTest, SeekBeyondTheEndGivesTheLastFrameAndThenTheEnd) {
  const auto clip = make("clip.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -c:v libx264 -bf 2");
  const DecodedClip linear = decode(clip);
  auto decoder = Decoder::open(clip);
  ASSERT_TRUE((*decoder)->seek(1'000'000'000).ok());
  const auto last = (*decoder)->next();
  ASSERT_TRUE(last.ok() && last->has_value());
  EXPECT_EQ((*last)->pts, linear.frames.back().pts);
  const auto end = (*decoder)->next();
  EXPECT_TRUE(end.ok() && !end->has_value());
  ASSERT_TRUE((*decoder)->seek(-1000).ok());
  const auto first = (*decoder)->next();
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_TRUE(same_picture((*first)->frame, linear.frames.front().frame));
}

}  // namespace
}  // namespace keel::test
