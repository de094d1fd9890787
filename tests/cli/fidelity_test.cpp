// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <ostream>

#include "cli_support.h"

namespace keel::test {
namespace {

/// A kind of clip that must come out as it went in but for its steadiness.
struct Kind {
  const char* name;
  const char* ending;  ///< of both files
  ClipSpec spec;
  Words options{};     ///< for keel
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class FidelityTest : public CliTest, public ::testing::WithParamInterface<Kind> {};

TEST_P(FidelityTest, TimesSoundAndPictureFormatAreKept) {
  const Kind& kind = GetParam();
  const fs::path in = at(std::string("in") + kind.ending), out = at(std::string("out") + kind.ending);
  make_clip(in, kind.spec);
  if (HasFatalFailure()) return;
  const Stabilized result = stabilize(in, out, kind.options);
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  expect_faithful(in, out, result.report);
  const Json before = video_stream(in), after = video_stream(out);
  for (const char* key : {"width", "height", "pix_fmt", "sample_aspect_ratio", "color_range", "color_space", "color_primaries", "color_transfer",
                          "chroma_location", "r_frame_rate"})
    // An unsaid range means the limited one; some encoders say so.
    if (std::string(key) != "color_range" || before.contains(key) || after.value(key, "tv") != "tv") {
      EXPECT_EQ(after.value(key, Json()), before.value(key, Json())) << key;
    }
}

ClipSpec with(const std::function<void(ClipSpec&)>& change) {
  ClipSpec spec;
  change(spec);
  return spec;
}
ClipSpec format(const std::string& name) {
  return with([&](ClipSpec& s) { s.pixel_format = name; });
}
ClipSpec size(int width, int height, const std::string& pixel_format = "yuv420p") {
  return with([&](ClipSpec& s) {
    s.width = width;
    s.height = height;
    s.pixel_format = pixel_format;
  });
}
ClipSpec frames(int count) {
  return with([&](ClipSpec& s) { s.frames = count; });
}
ClipSpec output_options(const Words& words) {
  return with([&](ClipSpec& s) { s.more = words; });
}

const Words kBt709{"-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"};
const Words kHdr{"-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv"};
const Words kFfv1{"-c:v", "ffv1"};

INSTANTIATE_TEST_SUITE_P(
    Files, FidelityTest,
    ::testing::Values(
        Kind{"Mp4", ".mp4", {}}, Kind{"Mov", ".mov", {}}, Kind{"Mkv", ".mkv", {}},
        Kind{"OneFrame", ".mp4", frames(1)}, Kind{"TwoFrames", ".mp4", frames(2)}, Kind{"ThreeFrames", ".mp4", frames(3)},
        Kind{"BFrames", ".mp4", with([](ClipSpec& s) { s.video = {"-c:v", "libx264", "-preset", "fast", "-bf", "3"}; })},
        Kind{"OpenGop", ".mp4", output_options({"-g", "8", "-x264opts", "open-gop=1:bframes=2"})},
        Kind{"Yuv422", ".mp4", format("yuv422p")}, Kind{"Yuv444", ".mp4", format("yuv444p")},
        Kind{"TenBit", ".mp4", format("yuv420p10le")}, Kind{"TenBit422", ".mkv", format("yuv422p10le")},
        Kind{"TwelveBitFfv1", ".mkv", with([](ClipSpec& s) { s.pixel_format = "yuv444p12le"; s.video = kFfv1; }), {"--codec", "ffv1"}},
        Kind{"GrayFfv1", ".mkv", with([](ClipSpec& s) { s.pixel_format = "gray"; s.video = kFfv1; }), {"--codec", "ffv1"}},
        Kind{"OddSize444", ".mp4", size(161, 121, "yuv444p")},
        Kind{"OddSizeFfv1", ".mkv", with([](ClipSpec& s) { s.width = 161; s.height = 121; s.video = kFfv1; }), {"--codec", "ffv1"}},
        Kind{"Portrait", ".mp4", size(120, 160)}, Kind{"Small", ".mp4", size(64, 64)}, Kind{"NotOfSixteen", ".mp4", size(174, 98)},
        Kind{"PixelsNotSquare", ".mp4", with([](ClipSpec& s) { s.filters = "setsar=4/3"; })},
        Kind{"Bt709", ".mp4", output_options(kBt709)},
        Kind{"Hdr10Bit", ".mp4", with([](ClipSpec& s) { s.pixel_format = "yuv420p10le"; s.more = kHdr; })},
        Kind{"FullRange", ".mp4", with([](ClipSpec& s) { s.pixel_format = "yuv420p"; s.filters = "scale=out_range=full"; s.more = {"-color_range", "pc"}; })},
        Kind{"Ntsc", ".mp4", output_options({"-r", "30000/1001"})},
        Kind{"Pcm", ".mov", with([](ClipSpec& s) { s.audio = {"-c:a", "pcm_s16le"}; })},
        Kind{"Silent", ".mp4", with([](ClipSpec& s) { s.audio = {}; })},
        Kind{"ProRes", ".mov", with([](ClipSpec& s) { s.pixel_format = "yuv422p10le"; s.video = {"-c:v", "prores_ks"}; }), {"--codec", "prores"}},
        Kind{"Hevc", ".mp4", {}, {"--codec", "hevc"}}),
    [](const auto& kind) { return std::string(kind.param.name); });

using KeptTest = CliTest;

TEST_F(KeptTest, SeveralSoundTracksSubtitlesChaptersAndTitlesAreCopied) {
  make_clip(at("base.mkv"));
  write_text(at("words.srt"), "1\n00:00:00,100 --> 00:00:00,700\nHello\n");
  write_text(at("meta.txt"), ";FFMETADATA1\ntitle=A walk\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=First\n");
  ffmpeg({"-i", at("base.mkv"), "-f", "lavfi", "-t", "1", "-i", "sine=f=880:r=44100", "-i", at("words.srt"), "-i", at("meta.txt"), "-map", "0:v", "-map", "0:a",
          "-map", "1:a", "-map", "2:s", "-map_metadata", "3", "-map_chapters", "3", "-c:v", "copy", "-c:a:0", "copy", "-c:a:1", "flac", "-c:s", "srt",
          "-metadata:s:a:1", "language=deu", at("in.mkv")});
  const Stabilized result = stabilize(at("in.mkv"), at("out.mkv"));
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  expect_faithful(at("in.mkv"), at("out.mkv"), result.report);
  EXPECT_TRUE(result.report["dropped"].empty()) << result.report["dropped"];
  const Json before = probe(at("in.mkv")), after = probe(at("out.mkv"));
  ASSERT_EQ(after["streams"].size(), before["streams"].size());
  for (std::size_t i = 0; i < before["streams"].size(); ++i) {
    EXPECT_EQ(after["streams"][i]["codec_type"], before["streams"][i]["codec_type"]);
    EXPECT_EQ(after["streams"][i]["nb_read_packets"], before["streams"][i]["nb_read_packets"]);
  }
  EXPECT_EQ(after["streams"][2]["tags"]["language"], before["streams"][2]["tags"]["language"]);
  EXPECT_EQ(after["format"]["tags"]["title"], "A walk");
  ASSERT_EQ(after["chapters"].size(), 1u);
  EXPECT_EQ(after["chapters"][0]["tags"]["title"], "First");
}

TEST_F(KeptTest, WhatTheContainerCannotCarryIsListedAsDropped) {
  ClipSpec spec;
  spec.audio = {"-c:a", "pcm_s16le"};
  make_clip(at("in.mkv"), spec);
  const Stabilized result = stabilize(at("in.mkv"), at("out.mp4"));
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  ASSERT_EQ(result.report["dropped"].size(), 1u) << result.report;
  EXPECT_NE(result.report["dropped"][0].get<std::string>().find("pcm_s16le"), std::string::npos);
}

TEST_F(KeptTest, OffsetBetweenSoundAndPictureIsKept) {
  make_clip(at("base.mkv"));
  for (const char* ending : {".mp4", ".mkv"}) {
    for (const char* late : {"0:v", "0:a"}) {
      const fs::path in = at(std::string("in") + ending), out = at(std::string("out") + ending);
      const bool picture_late = std::string(late) == "0:v";
      ffmpeg({"-itsoffset", "0.4", "-i", at("base.mkv"), "-i", at("base.mkv"), "-map", late, "-map", picture_late ? "1:a" : "1:v", "-c", "copy", in});
      const Stabilized result = stabilize(in, out);
      ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
      const auto offset = [](const fs::path& file) {
        double video = 0, audio = 0;
        const Json probed = probe(file);
        for (const Json& stream : probed["streams"])
          (stream["codec_type"] == "video" ? video : audio) = std::stod(stream["start_time"].get<std::string>());
        return video - audio;
      };
      // Half a millisecond is the rounding of Matroska's clock.
      EXPECT_NEAR(offset(out), offset(in), 0.0011) << ending << " " << late;
      EXPECT_NEAR(std::abs(offset(in)), 0.4, 0.05) << "the clip was not made as intended";
    }
  }
}

TEST_F(KeptTest, VariableFrameTimesAreKept) {
  for (const char* ending : {".mp4", ".mkv"}) {
    ClipSpec spec;
    spec.frames = 40;
    spec.filters = "setpts='(N+0.3*mod(N,3)+4*gt(N,20))/30/TB'";
    spec.more = {"-vsync", "vfr", "-video_track_timescale", "15360"};
    const fs::path in = at(std::string("in") + ending), out = at(std::string("out") + ending);
    if (std::string(ending) == ".mkv") spec.more = {"-vsync", "vfr"};
    make_clip(in, spec);
    const Stabilized result = stabilize(in, out);
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    expect_faithful(in, out, result.report);
  }
}

TEST_F(KeptTest, RollingShutter_IsStraightenedOrLeft_AndTheReportSaysHowFar) {
  make_clip(at("in.mp4"));
  const Stabilized straight = stabilize(at("in.mp4"), at("straight.mp4")), left = stabilize(at("in.mp4"), at("left.mp4"), {"--rolling-shutter", "leave"});
  ASSERT_EQ(straight.outcome.exit_code, 0) << straight.outcome.err;
  ASSERT_EQ(left.outcome.exit_code, 0) << left.outcome.err;
  EXPECT_EQ(straight.report["rolling_shutter"]["mode"], "straighten");
  // No measurement is without noise: some hundredths of a pixel even where rows are straight.
  EXPECT_GT(straight.report["rolling_shutter"]["largest_bend_px"].get<double>(), 0);
  EXPECT_EQ(left.report["rolling_shutter"]["mode"], "leave");
  EXPECT_EQ(left.report["rolling_shutter"]["largest_bend_px"], 0.0);
}

TEST_F(KeptTest, RotationIsKeptAndThePictureStaysUpright) {
  make_clip(at("plain.mp4"));
  for (const char* degrees : {"90", "180", "270"}) {
    ffmpeg({"-i", at("plain.mp4"), "-c", "copy", "-metadata:s:v:0", std::string("rotate=") + degrees, at("in.mp4")});
    // A strength of zero with nothing cropped leaves every picture where it is.
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--strength", "0", "--keep", "1"});
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
    // ffmpeg turns pictures upright before comparing them.
    const Outcome likeness = run({"ffmpeg", "-nostdin", "-i", at("in.mp4"), "-i", at("out.mp4"), "-lavfi", "[0:v][1:v]psnr", "-f", "null", "-"});
    ASSERT_EQ(likeness.exit_code, 0) << likeness.err;
    const std::size_t found = likeness.err.find("average:");
    ASSERT_NE(found, std::string::npos) << likeness.err;
    EXPECT_GT(std::strtod(likeness.err.c_str() + found + 8, nullptr), 32.0) << degrees << ": the picture was turned or moved";
  }
}

TEST_F(KeptTest, OpusInMatroskaIsCopied) {
  ClipSpec spec;
  spec.audio = {"-c:a", "libopus"};
  make_clip(at("in.mkv"), spec);
  const Stabilized result = stabilize(at("in.mkv"), at("out.mkv"));
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  expect_faithful(at("in.mkv"), at("out.mkv"), result.report);
}

TEST_F(KeptTest, AudioEndsWhereItEndedWhenItIsLongerThanThePicture) {
  make_clip(at("base.mkv"));
  ffmpeg({"-i", at("base.mkv"), "-f", "lavfi", "-t", "3", "-i", "sine", "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", at("in.mp4")});
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"));
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
}

}  // namespace
}  // namespace keel::test
