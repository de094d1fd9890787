// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/media/media_test_support.h"

namespace keel::test {
namespace {

using ::testing::HasSubstr;

using ProbeTest = MediaTest;

const std::string kPicture = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 ";
const std::string kSound = "-f lavfi -i sine=d=0.4 ";

/// The refusal names the file, gives the reason, and ends as a sentence.
void expect_refusal(const std::filesystem::path& path, ErrorCode code, const std::string& reason) {
  const auto info = probe(path);
  ASSERT_FALSE(info.ok()) << path;
  EXPECT_EQ(info.error().code, code) << info.error().message;
  EXPECT_THAT(info.error().message, HasSubstr(path.filename().string()));
  EXPECT_THAT(info.error().message, HasSubstr(reason));
  EXPECT_EQ(info.error().message.back(), '.');
  EXPECT_FALSE(Decoder::open(path).ok());
  EXPECT_FALSE(scan_frame_times(path).ok());
}

TEST_F(ProbeTest, MissingFileIsNotFound) { expect_refusal(folder() / "nowhere.mp4", ErrorCode::kNotFound, "was not found"); }

TEST_F(ProbeTest, FolderIsRefused) {
  std::filesystem::create_directory(folder() / "clips.mp4");
  expect_refusal(folder() / "clips.mp4", ErrorCode::kInvalidArgument, "is a folder");
}

TEST_F(ProbeTest, EmptyFileIsRefused) { expect_refusal(write_file("empty.mp4", ""), ErrorCode::kCorrupt, "is empty"); }

TEST_F(ProbeTest, TextRenamedToMp4IsNotAVideo) {
  expect_refusal(write_file("letter.mp4", "Dear reader,\nthis is a letter and no film.\n"), ErrorCode::kUnsupported,
                 "is not a video that can be read");
}

TEST_F(ProbeTest, NoiseRenamedToAviIsNotAVideo) {
  std::string noise;
  for (unsigned i = 0, state = 1; i < 40000; ++i) noise.push_back(static_cast<char>((state = state * 1664525u + 1013904223u) >> 24));
  expect_refusal(write_file("noise.avi", noise), ErrorCode::kUnsupported, "is not a video that can be read");
}

TEST_F(ProbeTest, AudioOnlyHasNoVideoStream) {
  for (const char* name : {"song.mp4", "song.mkv", "song.wav", "song.mp3"})
    expect_refusal(make(name, kSound), ErrorCode::kUnsupported, "has no video stream");
}

TEST_F(ProbeTest, CoverArtIsNoVideoStream) {
  make("cover.png", "-f lavfi -i testsrc2=s=64x64 -frames:v 1");
  const auto song = make("song.m4a", kSound + "-i cover.png -map 0 -map 1 -c:v copy -disposition:v:0 attached_pic");
  expect_refusal(song, ErrorCode::kUnsupported, "has no video stream");
}

TEST_F(ProbeTest, Mp4WithoutIndexSaysThatItWasNotFinished) {
  const auto whole = make("whole.mp4", kPicture);
  std::filesystem::copy_file(whole, folder() / "cut.mp4");
  std::filesystem::resize_file(folder() / "cut.mp4", std::filesystem::file_size(whole) / 2);
  expect_refusal(folder() / "cut.mp4", ErrorCode::kCorrupt, "moov");
}

TEST_F(ProbeTest, PlaylistsAreRefused) {
  const std::string clip = make("clip.ts", kPicture).string();
  expect_refusal(write_file("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.4,\nclip.ts\n#EXT-X-ENDLIST\n"), ErrorCode::kUnsupported,
                 "playlist");
  expect_refusal(write_file("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.4,\nclip.ts\n#EXT-X-ENDLIST\n"), ErrorCode::kUnsupported,
                 "list.mp4");
  expect_refusal(write_file("list.ffconcat", "ffconcat version 1.0\nfile '" + clip + "'\n"), ErrorCode::kUnsupported, "playlist");
  expect_refusal(
      write_file("talk.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),
      ErrorCode::kUnsupported, "talk.sdp");
}

TEST_F(ProbeTest, NameLikeAnAddressIsStillAFile) {
  const auto clip = make("clip.mkv", kPicture);
  const auto odd = folder() / "http:clip.mkv";
  std::filesystem::rename(clip, odd);
  EXPECT_TRUE(probe(odd).ok());
  expect_refusal("http://127.0.0.1/clip.mp4", ErrorCode::kNotFound, "clip.mp4");
}

TEST_F(ProbeTest, InterlacedIsRefusedWithAdvice) {
  expect_refusal(make("fields.mp4", kPicture + "-vf setfield=tff -c:v libx264 -x264-params tff=1"), ErrorCode::kUnsupported, "bwdif");
  expect_refusal(make("fields.ts", kPicture + "-vf setfield=tff -c:v mpeg2video -flags +ildct+ilme -top 1"), ErrorCode::kUnsupported, "bwdif");
}

TEST_F(ProbeTest, NonAsciiPathIsRead) { EXPECT_TRUE(probe(make("čistý záběr 映像.mp4", kPicture)).ok()); }

TEST_F(ProbeTest, OrdinaryClipIsDescribed) {
  const auto clip = make("clip.mp4", kPicture + kSound +
                                         "-map 0 -map 1 -c:v libx264 -bf 2 -metadata:s:a:0 language=ger -color_primaries bt709 "
                                         "-color_trc bt709 -colorspace bt709 -color_range tv");
  const auto info = probe(clip);
  ASSERT_TRUE(info.ok()) << info.error().message;
  EXPECT_EQ(info->size, (Size{96, 64}));
  EXPECT_EQ(info->codec, "h264");
  EXPECT_EQ(info->decode.decoder, "software h264");
  EXPECT_EQ(info->format, PixelFormat{});
  EXPECT_EQ(info->source_pixel_format, "yuv420p");
  EXPECT_FALSE(info->format_converted);
  EXPECT_EQ(info->color.primaries, 1);
  EXPECT_EQ(info->color.matrix, 1);
  EXPECT_TRUE(info->color.range_known);
  EXPECT_FALSE(info->color.full_range);
  EXPECT_EQ(info->frame_rate, (Rational{25, 1}));
  EXPECT_EQ(info->frame_count_hint, 10);
  EXPECT_EQ(info->start_pts, 0);
  EXPECT_NEAR(info->duration_s, 0.4, 1e-6);
  ASSERT_EQ(info->streams.size(), 2u);
  EXPECT_EQ(info->streams[1].type, "audio");
  EXPECT_EQ(info->streams[1].codec, "aac");
  EXPECT_EQ(info->streams[1].language, "ger");
}

TEST_F(ProbeTest, FrameTimesFromPacketsEqualThoseOfDecodedFrames) {
  for (const auto& clip :
       {make("b.mp4", kPicture + "-c:v libx264 -bf 3"), make("b.avi", kPicture + "-c:v mpeg4 -bf 2"), make("b.mkv", kPicture + "-c:v libx264 -bf 3"),
        make("vfr.mkv", kPicture + "-vf settb=1/1000,setpts='N*N/TB/90' -vsync passthrough -enc_time_base 1/1000 -c:v libx264"),
        make("alt.webm", "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k")}) {
    const auto times = scan_frame_times(clip);
    ASSERT_TRUE(times.ok());
    std::vector<std::int64_t> decoded;
    for (const DecodedFrame& frame : decode(clip).frames) decoded.push_back(frame.pts);
    EXPECT_EQ(*times, decoded) << clip;
  }
}

TEST_F(ProbeTest, AClipThatBeginsLate_IsNoLongerForThat) {
  for (const char* name : {"late.mkv", "late.mp4", "late.ts", "late.nut"}) {
    const auto clip = make(name, "-itsoffset 3 -f lavfi -i testsrc2=s=64x48:r=30:d=1 -f lavfi -i sine=d=4 -vsync passthrough -c:v mpeg4 -c:a mp2");
    const auto info = probe(clip);
    ASSERT_TRUE(info.ok()) << info.error().message;
    EXPECT_NEAR(info->duration_s, 1, 0.05) << name;
    EXPECT_NEAR(static_cast<double>(info->frame_count_hint), 30, 2) << name;
    EXPECT_FALSE(decode(clip).health.ended_early) << name;
  }
}

TEST_F(ProbeTest, FrameSpacing_TellsAVariableRateFromRoundingsOfTheClock) {
  const std::string source = "-f lavfi -i testsrc2=s=64x48:r=30:d=2 ";
  for (const char* constant : {"a.mp4", "a.mkv", "a.avi", "a.ts"}) {
    const auto spacing = look_at_frame_spacing(make(constant, source + "-c:v mpeg4 -bf 2"));
    ASSERT_TRUE(spacing.ok()) << spacing.error().message;
    EXPECT_FALSE(spacing->variable) << constant << ": " << to_string(*spacing);
    EXPECT_TRUE(spacing->whole);
    EXPECT_EQ(spacing->frames, 60) << constant;
    EXPECT_NEAR(spacing->shortest_s, 1 / 30.0, 0.0005) << constant;
  }
  // One frame of sixty is missing, or comes at half its time.
  for (const auto& [name, filter] : {std::pair{"gap.mp4", "select='not(eq(n,30))'"}, {"gap.mkv", "select='not(eq(n,30))'"}, {"early.mp4", "setpts='(N-0.5*eq(N,30))/30/TB'"}}) {
    const auto spacing = look_at_frame_spacing(make(name, source + "-vf \"" + filter + "\" -vsync vfr -enc_time_base 1:15360 -c:v libx264 -video_track_timescale 15360"));
    ASSERT_TRUE(spacing.ok()) << spacing.error().message;
    EXPECT_TRUE(spacing->variable) << name << ": " << to_string(*spacing);
    EXPECT_GT(spacing->longest_s, 1.4 / 30) << name;
  }
}

TEST_F(ProbeTest, FrameSpacing_LooksAtALimitedNumberOfFrames_AndSaysSo) {
  const auto spacing = look_at_frame_spacing(make("long.mkv", "-f lavfi -i color=s=16x16:r=1000:d=11 -c:v mpeg4"));
  ASSERT_TRUE(spacing.ok()) << spacing.error().message;
  EXPECT_EQ(spacing->frames, 10000);
  EXPECT_FALSE(spacing->whole);
  EXPECT_EQ(to_string(*spacing), "constant frame rate (the first 10000 frames looked at)");
}

TEST_F(ProbeTest, FrameSpacing_WithoutTwoTimes_IsNotKnown) {
  const auto spacing = look_at_frame_spacing(make("one.mp4", "-f lavfi -i color=s=16x16:r=25 -frames:v 1 -c:v mpeg4"));
  ASSERT_TRUE(spacing.ok()) << spacing.error().message;
  EXPECT_FALSE(spacing->known());
  EXPECT_FALSE(spacing->variable);
}

}  // namespace
}  // namespace keel::test
