// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <iterator>

#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

class KeptStreamsTest : public MediaTest {
 protected:
  std::filesystem::path make_rich_mkv() const {
    write_file("words.srt", "1\n00:00:00,100 --> 00:00:00,900\nHello\n\n2\n00:00:01,000 --> 00:00:01,500\nthere\n");
    write_file("tags.txt",
               ";FFMETADATA1\ntitle=A walk\nartist=Somebody\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=First\n"
               "[CHAPTER]\nTIMEBASE=1/1000\nSTART=900\nEND=2000\ntitle=Second\n");
    return make(
        "rich.mkv",
        "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -f lavfi -i sine=d=2 -f lavfi -i sine=f=880:d=2 -i words.srt -i tags.txt -map 0 -map 1 -map 2 -map 3 "
        "-map_metadata 4 -map_chapters 4 -c:v libx264 -bf 2 -c:a:0 aac -c:a:1 libopus -c:s srt -metadata:s:a:0 language=eng -metadata:s:a:1 "
        "language=ger "
        "-metadata:s:a:1 title=Commentary -disposition:a:0 default -disposition:a:1 comment");
  }
};

TEST_F(KeptStreamsTest, MkvToMkvKeepsEverything) {
  const auto clip = make_rich_mkv();
  const auto output = folder() / "out.mkv";
  const auto report = transcode(clip, output, quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->dropped.empty()) << report->dropped.front();
  EXPECT_TRUE(mentions(report->kept, "audio 1 (aac, eng): copied"));
  EXPECT_TRUE(mentions(report->kept, "audio 2 (opus, ger): copied"));
  EXPECT_TRUE(mentions(report->kept, "chapters (2)"));
  EXPECT_EQ(stream_hashes(clip, "0:a"), stream_hashes(output, "0:a"));
  EXPECT_EQ(stream_hashes(clip, "0:s"), stream_hashes(output, "0:s"));
  const std::string list = " -show_entries stream=codec_name:stream_tags=language,title:stream_disposition=default,comment -show_chapters -of flat ";
  EXPECT_EQ(output_of("ffprobe -v error" + list + shell_quoted(clip)), output_of("ffprobe -v error" + list + shell_quoted(output)));
  const std::string tags = "ffprobe -v error -show_entries format_tags=title,ARTIST -of default=nw=1 ";
  EXPECT_EQ(output_of(tags + shell_quoted(clip)), output_of(tags + shell_quoted(output)));
}

TEST_F(KeptStreamsTest, WhatMp4CannotCarryIsListedWithTheContainerThatCan) {
  const auto clip = make_rich_mkv();
  const auto output = folder() / "out.mp4";
  const auto report = transcode(clip, output, quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->dropped, "subtitle 1 (subrip): .mp4 cannot carry it; use .mkv"));
  EXPECT_EQ(stream_hashes(clip, "0:a"), stream_hashes(output, "0:a"));
  EXPECT_EQ(output_of("ffprobe -v error -show_chapters -of compact " + shell_quoted(output) + " | grep -c First"), "1\n");
}

TEST_F(KeptStreamsTest, PcmIsCopiedToMovAndRefusedByMp4) {
  const auto clip = make("clip.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -c:a pcm_s16le");
  ASSERT_TRUE(transcode(clip, folder() / "out.mov", quick(VideoCodec::kH264)).ok());
  EXPECT_EQ(stream_hashes(clip, "0:a"), stream_hashes(folder() / "out.mov", "0:a"));
  EXPECT_TRUE(mentions(transcode(clip, folder() / "out.mp4", quick(VideoCodec::kH264))->dropped,
                       "audio 1 (pcm_s16le): .mp4 cannot carry it; use .mkv or .mov"));
}

TEST_F(KeptStreamsTest, FlacIsCopiedToMp4) {
  const auto clip = make("flac.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -c:a flac");
  const auto output = folder() / "out.mp4";
  const auto report = transcode(clip, output, quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->kept, "audio 1 (flac"));
  EXPECT_EQ(stream_hashes(clip, "0:a"), stream_hashes(output, "0:a"));
}

TEST_F(KeptStreamsTest, AacInATransportStreamIsRepackedForMp4) {
  const auto clip = make("clip.ts", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -c:a aac");
  const auto output = folder() / "out.mp4";
  ASSERT_TRUE(transcode(clip, output, quick(VideoCodec::kH264)).ok());
  const std::string decoded = " -map 0:a -f md5 - 2>/dev/null";
  EXPECT_EQ(output_of("ffmpeg -nostdin -i " + shell_quoted(clip) + decoded), output_of("ffmpeg -nostdin -i " + shell_quoted(output) + decoded));
  // A transport stream starts at an arbitrary time; the distance of picture and sound is what counts. 12 us: a tick of 90 kHz.
  EXPECT_NEAR(first_time(output, "v:0") - first_time(output, "a:0"), first_time(clip, "v:0") - first_time(clip, "a:0"), 12e-6);
  EXPECT_LT(first_time(output, "v:0"), 1.0);
}

class OffsetTest : public KeptStreamsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(OffsetTest, OffsetBetweenPictureAndSoundIsKept) {
  for (const char* offset : {"0.48", "-0.4"}) {
    // A negative offset makes the sound start late, a positive one the picture.
    const std::string shift = offset;
    const std::string inputs = shift[0] == '-' ? "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -itsoffset 0.4 -f lavfi -i sine=d=2 "
                                               : "-itsoffset " + shift + " -f lavfi -i testsrc2=s=96x64:r=25:d=2 -f lavfi -i sine=d=2 ";
    const auto clip = make("clip.mp4", inputs + "-c:v libx264 -bf 2 -c:a aac");
    const auto output = folder() / GetParam();
    ASSERT_TRUE(transcode(clip, output, quick(VideoCodec::kH264)).ok());
    // Matroska rounds each stream to milliseconds; the others are exact to a sample (21 us).
    const double tolerance_s = output.extension() == ".mkv" ? 0.0011 : 25e-6;
    EXPECT_NEAR(first_time(output, "v:0") - first_time(output, "a:0"), first_time(clip, "v:0") - first_time(clip, "a:0"), tolerance_s) << offset;
    EXPECT_EQ(stream_hashes(clip, "0:a"), stream_hashes(output, "0:a"));
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, OffsetTest, ::testing::Values("out.mp4", "out.mov", "out.mkv"));

TEST_F(KeptStreamsTest, PicturesBeforeZeroAreNotCut) {
  // ffmpeg writes no file with negative picture times, so they are made here: everything half a second earlier than in the file.
  const auto clip = make("clip.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -f lavfi -i sine=d=2 -c:v libx264 -c:a aac");
  DecodedClip before = decode(clip);
  const std::int64_t half = before.info.time_base.den / 2;
  before.info.start_pts -= half;
  for (const char* name : {"out.mp4", "out.mkv"}) {
    auto writer = ClipWriter::open(before.info, folder() / name, quick(VideoCodec::kH264));
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (const DecodedFrame& frame : before.frames) ASSERT_TRUE((*writer)->write(frame.frame, frame.pts - half, frame.duration).ok());
    ASSERT_TRUE((*writer)->finish().ok());
    EXPECT_EQ(decode(folder() / name).frames.size(), before.frames.size()) << name;
    const double tolerance_s = std::string(name) == "out.mkv" ? 0.0011 : 25e-6;
    EXPECT_NEAR(first_time(folder() / name, "v:0") - first_time(folder() / name, "a:0"), first_time(clip, "v:0") - first_time(clip, "a:0") - 0.5,
                tolerance_s)
        << name;
  }
}

TEST_F(KeptStreamsTest, TimecodeIsKeptInMovAndMp4) {
  const auto clip = make("clip.mov", "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -c:v libx264 -timecode 10:20:30:05");
  for (const char* name : {"out.mov", "out.mp4"}) {
    const auto report = transcode(clip, folder() / name, quick(VideoCodec::kH264));
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(mentions(report->kept, "timecode"));
    EXPECT_EQ(video_entry(folder() / name, "stream_tags=timecode"), "10:20:30:05") << name;
  }
}

class HdrTest : public KeptStreamsTest, public ::testing::WithParamInterface<std::pair<VideoCodec, const char*>> {};

TEST_P(HdrTest, MasteringDisplayAndLightLevelAreKept) {
  // In the bit stream alone, as cameras and encoders leave it: the container says nothing.
  const auto stream = make("clip.hevc",
                           "-f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -pix_fmt yuv420p10le -c:v libx265 -x265-params "
                           "'log-level=none:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:"
                           "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400'");
  const auto [codec, name] = GetParam();
  const auto report = transcode(stream, folder() / name, quick(codec));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->kept, "HDR metadata"));
  const std::string seen = output_of("ffprobe -v error -select_streams v -read_intervals %+#1 -show_frames -show_streams -show_entries "
                                     "frame=side_data_list:stream=side_data_list -of default " +
                                     shell_quoted(folder() / name));
  // Containers reduce fractions in ways of their own.
  EXPECT_TRUE(seen.find("red_x=34000/50000") != std::string::npos || seen.find("red_x=17/25") != std::string::npos) << seen;
  EXPECT_TRUE(seen.find("min_luminance=50/10000") != std::string::npos || seen.find("min_luminance=1/200") != std::string::npos) << seen;
  EXPECT_NE(seen.find("max_content=1000"), std::string::npos) << seen;
  EXPECT_NE(seen.find("max_average=400"), std::string::npos) << seen;
}
INSTANTIATE_TEST_SUITE_P(Outputs, HdrTest,
                         ::testing::Values(std::pair(VideoCodec::kHevc, "out.mp4"), std::pair(VideoCodec::kH264, "out.mov"), std::pair(VideoCodec::kH264, "out.mkv"),
                                           std::pair(VideoCodec::kProRes, "out.mov"), std::pair(VideoCodec::kFfv1, "out.mkv")));

TEST_F(KeptStreamsTest, CaptionsInsideThePicturesAreListedAsDropped) {
  const auto plain = make("plain.h264", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -c:v libx264 -x264-params annexb=1");
  std::ifstream file(plain, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  // A message of supplemental information (registered user data, ATSC A/53) with one caption of two bytes, before the first coded picture.
  const std::string caption("\x00\x00\x01\x06\x04\x0e\xb5\x00\x31GA94\x03\x41\xff\xfc\x94\x20\xff\x80", 21);
  const std::size_t picture = bytes.find(std::string("\x00\x00\x01\x65", 4));
  ASSERT_NE(picture, std::string::npos);
  const auto clip = write_file("clip.h264", bytes.insert(picture, caption));
  const auto report = transcode(clip, folder() / "out.mkv", quick(VideoCodec::kH264));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(mentions(report->dropped, "closed captions"));
}

TEST_F(KeptStreamsTest, CoverAndFontsAreKept) {
  make("cover.png", "-f lavfi -i testsrc2=s=64x64 -frames:v 1");
  write_file("letters.ttf", std::string(2000, 'f'));
  const auto mp4 =
      make("clip.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -i cover.png -map 0 -map 1 -c:v:0 libx264 -c:v:1 copy -disposition:v:1 attached_pic");
  for (const char* name : {"cover.mp4", "cover.mkv"}) {
    const auto report = transcode(mp4, folder() / name, quick(VideoCodec::kH264));
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(mentions(report->kept, "cover picture 1 (png): copied"));
    EXPECT_EQ(stream_hashes(mp4, "0:v:1"), stream_hashes(folder() / name, "0:v:1")) << name;
  }
  EXPECT_TRUE(mentions(transcode(mp4, folder() / "cover.mov", quick(VideoCodec::kH264))->dropped,
                       "cover picture 1 (png): .mov cannot carry it; use .mkv or .mp4"));
  const auto mkv = make("clip.mkv", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -attach letters.ttf -metadata:s:t mimetype=font/ttf -c:v libx264");
  ASSERT_TRUE(transcode(mkv, folder() / "font.mkv", quick(VideoCodec::kH264)).ok());
  EXPECT_EQ(output_of("ffprobe -v error -select_streams t -show_entries stream_tags=filename -of csv=p=0 " + shell_quoted(folder() / "font.mkv")),
            "letters.ttf\n");
}

TEST_F(KeptStreamsTest, SourceWithoutSoundAndSoundLongerThanPictureWork) {
  const auto mute = make("mute.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -c:v libx264");
  ASSERT_TRUE(transcode(mute, folder() / "mute.mkv", quick(VideoCodec::kH264)).ok());
  const auto tail = make("tail.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -f lavfi -i sine=d=30 -c:v libx264 -c:a aac");
  ASSERT_TRUE(transcode(tail, folder() / "long.mp4", quick(VideoCodec::kH264)).ok());
  EXPECT_EQ(stream_hashes(tail, "0:a"), stream_hashes(folder() / "long.mp4", "0:a"));
}

}  // namespace
}  // namespace keel::test
