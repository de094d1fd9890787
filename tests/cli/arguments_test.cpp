// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <ostream>

#include "cli_support.h"

namespace keel::test {
namespace {

struct BadArguments {
  const char* name;
  Words words;
  const char* said;  ///< part of what standard error must say
};

void PrintTo(const BadArguments& bad, std::ostream* out) { *out << bad.name; }

class BadArgumentsTest : public ::testing::TestWithParam<BadArguments> {};

TEST_P(BadArgumentsTest, ExitsWithTwoAndSaysWhatInOneSentence) {
  const Outcome outcome = keel(GetParam().words);
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_TRUE(outcome.out.empty()) << outcome.out;
  EXPECT_NE(outcome.err.find(GetParam().said), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.rfind("keel: ", 0), 0u) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(outcome.err.ends_with(".\n") || outcome.err.ends_with("?\n")) << outcome.err;
}

Words stabilize_with(const Words& more) {
  Words words{"stabilize", "a.mp4", "b.mp4"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, BadArgumentsTest,
    ::testing::Values(
        BadArguments{"NoCommand", {}, "A command is missing; use stabilize, analyze"}, BadArguments{"EmptyCommand", {""}, "\"\" is not a command; keel --help lists them."},
        BadArguments{"UnknownCommand", {"stabilise", "a", "b"}, "\"stabilise\" is not a command; did you mean stabilize?"},
        BadArguments{"CommandInCapitals", {"INFO"}, "did you mean info?"}, BadArguments{"OptionInPlaceOfACommand", {"--verbose"}, "--verbose is not an option of keel;"},
        BadArguments{"UnknownFlag", stabilize_with({"--smoothnes", "0.5"}), "--smoothnes is not an option of keel stabilize; did you mean --smoothness?"},
        BadArguments{"UnknownFlagWithValue", stabilize_with({"--kep=0.9"}), "--kep is not an option of keel stabilize; did you mean --keep?"},
        BadArguments{"UnknownShortFlag", stabilize_with({"-x"}), "-x is not an option of keel stabilize; keel stabilize --help lists them."},
        BadArguments{"NoOutput", {"stabilize", "a.mp4"}, "OUT is missing; keel stabilize --help says what it is."},
        BadArguments{"OneTooMany", stabilize_with({"c.mp4", "d.mp4"}), "\"c.mp4\" is one argument too many; keel stabilize takes IN and OUT and options"},
        BadArguments{"SmoothnessAboveOne", stabilize_with({"--smoothness", "2"}), "--smoothness: 2 is not between 0 and 1."},
        BadArguments{"EmptyValueAfterEqualsSign", stabilize_with({"--smoothness="}), "--smoothness needs a value; give a number from 0 to 1."},
        BadArguments{"NoValue", stabilize_with({"--crf"}), "--crf needs a value; give a whole number from 0 to 51."},
        BadArguments{"EmptyWordAsValue", stabilize_with({"--smoothness", ""}), "--smoothness: \"\" is not a number."},
        BadArguments{"EmptyChoice", stabilize_with({"--codec="}), "--codec needs a value; give h264, hevc, prores or ffv1."},
        BadArguments{"EmptyName", stabilize_with({"--report="}), "--report needs a value;"}, BadArguments{"EmptySetting", stabilize_with({"--set="}), "--set needs a value;"},
        BadArguments{"EmptyClip", {"info", ""}, "CLIP: the name is empty"}, BadArguments{"EmptyOutput", {"stabilize", "a.mp4", ""}, "OUT: the name is empty"},
        BadArguments{"EmptyJson", {"analyze", "a.mp4", "--out", ""}, "--out: the name is empty"},
        BadArguments{"ValueForAFlag", stabilize_with({"--json=maybe"}), "--json takes no value"},
        BadArguments{"KeepTooSmall", stabilize_with({"--keep", "0.2"}), "--keep: 0.2 is not between 0.5 and 1."},
        BadArguments{"GivenTwice", stabilize_with({"--keep", "0.9", "--keep", "0.8"}), "--keep is given more than once; give it once."},
        BadArguments{"StrengthNegative", stabilize_with({"--strength", "-1"}), "--strength: -1 is not between"},
        BadArguments{"UnknownRollingShutter", stabilize_with({"--rolling-shutter", "off"}), "--rolling-shutter: \"off\" is unknown; use straighten or leave."},
        BadArguments{"NotANumber", stabilize_with({"--keep", "much"}), "--keep: \"much\" is not a number."},
        BadArguments{"UnknownCodec", stabilize_with({"--codec", "h263"}), "--codec: \"h263\" is unknown; use h264, hevc, prores or ffv1."},
        BadArguments{"CrfOutOfRange", stabilize_with({"--crf", "99"}), "--crf"}, BadArguments{"UnknownPreset", stabilize_with({"--preset", "warp"}), "--preset: \"warp\" is unknown"},
        BadArguments{"UnknownDevice", stabilize_with({"--device", "abacus"}), "--device"},
        BadArguments{"UnknownDeviceToAnalyze", {"analyze", "a.mp4", "--out", "-", "--device", "abacus"}, "--device"},
        BadArguments{"LineBreakInAWord", stabilize_with({"c\nd\x1b[31m"}), "\"c\\nd\\x1b[31m\" is one argument too many"},
        BadArguments{"AnalyzeWithoutOut", {"analyze", "a.mp4"}, "--out is missing; keel analyze --help says what it is."}),
    [](const auto& bad) { return std::string(bad.param.name); });

using ArgumentsTest = CliTest;

TEST_F(ArgumentsTest, UnknownNamesOfAlgorithmsAreBadArguments) {
  make_clip(at("in.mp4"));
  for (const Words& more : {Words{"--estimator", "crystal-ball"}, Words{"--smoother", "crystal-ball"}}) {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), more);
    EXPECT_EQ(result.outcome.exit_code, 2) << result.outcome.err;
    expect_one_sentence(result.outcome, "crystal-ball");
    expect_nothing_left(at("out.mp4"));
  }
}

TEST_F(ArgumentsTest, HelpAndVersionGoToStandardOutput) {
  for (const Words& words : {Words{"--help"}, Words{"stabilize", "--help"}, Words{"--version"}}) {
    const Outcome outcome = keel(words);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_FALSE(outcome.out.empty());
    EXPECT_TRUE(outcome.err.empty()) << outcome.err;
  }
}

TEST_F(ArgumentsTest, InfoListsEstimatorsAndSmoothersAsJson) {
  const Outcome outcome = keel({"info", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json info = Json::parse(outcome.out, nullptr, false);
  ASSERT_TRUE(info.is_object()) << outcome.out;
  EXPECT_EQ(info["schema"], "keel.info/1");
  EXPECT_EQ(info["estimators"][0]["id"], "classical");
  EXPECT_FALSE(info["smoothers"].empty());
}

TEST_F(ArgumentsTest, InfoDescribesAClip) {
  make_clip(at("in.mp4"));
  const Outcome outcome = keel({"info", at("in.mp4"), "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("\"h264\""), std::string::npos);
  EXPECT_TRUE(Json::parse(outcome.out, nullptr, false).is_object());
}

TEST_F(ArgumentsTest, InfoAboutAClip_BeginsWithItsShapeAndColourAndLeavesOutWhatMayBeChosen) {
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=0.2", "-vf", "setsar=4/3", "-pix_fmt", "yuv420p", "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
          at("in.mp4")});
  const Outcome outcome = keel({"info", at("in.mp4")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("clip ")) << outcome.out;
  EXPECT_NE(outcome.out.find("16:9, pixels 4:3"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("bt709 primaries, transfer and matrix, limited range"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("smoothness"), std::string::npos) << outcome.out;
}

TEST_F(ArgumentsTest, InfoAboutAClip_SaysWhetherItsFrameRateVaries) {
  ClipSpec spec;
  make_clip(at("constant.mp4"), spec);
  spec.filters = "setpts='(N+3*gt(N,20))/30/TB'";
  spec.more = {"-vsync", "vfr"};
  make_clip(at("variable.mp4"), spec);
  for (const bool variable : {false, true}) {
    const fs::path in = at(variable ? "variable.mp4" : "constant.mp4");
    const Json times = Json::parse(keel({"info", in, "--json"}).out, nullptr, false)["clip"]["frame_times"];
    EXPECT_EQ(times["variable"], variable) << times;
    EXPECT_EQ(times["frames_looked_at"], 30);
    EXPECT_EQ(times["whole_clip"], true);
    EXPECT_NEAR(times["longest_s"].get<double>(), variable ? 4 / 30.0 : 1 / 30.0, 0.001);
    const Outcome text = keel({"info", in});
    EXPECT_NE(text.out.find(variable ? "variable frame rate, 33.3 to 133.3 ms between frames (all 30 frames looked at)" : "constant frame rate (all 30 frames looked at)"), std::string::npos) << text.out;
  }
}

TEST_F(ArgumentsTest, EveryListedSmootherStabilizes) {
  make_clip(at("in.mp4"));
  const Json info = Json::parse(keel({"info", "--json"}).out, nullptr, false);
  for (const Json& smoother : info["smoothers"]) {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--smoother", smoother["id"]});
    ASSERT_EQ(result.outcome.exit_code, 0) << smoother["id"] << ": " << result.outcome.err;
    EXPECT_EQ(result.report["smoother"], smoother["id"]);
    expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
  }
}

TEST_F(ArgumentsTest, ReportOnStandardOutputAndInAFileAreTheSameJson) {
  make_clip(at("in.mp4"));
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--report", at("report.json")});
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  ASSERT_TRUE(result.report.is_object()) << result.outcome.out;
  EXPECT_EQ(result.report["schema"], "keel.report/1");
  EXPECT_EQ(result.report["frames"], 30);
  EXPECT_TRUE(result.report["borders"]["smallest_margin_px"].is_number());
  EXPECT_TRUE(result.report["kept"].is_array() && result.report["reencoded"].is_array() && result.report["dropped"].is_array());
  EXPECT_EQ(Json::parse(read_text(at("report.json")), nullptr, false), result.report);
}

TEST_F(ArgumentsTest, OnTheCpu_ReportAndMotionSaySo) {
  make_clip(at("in.mp4"));
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--device", "cpu"});
  EXPECT_EQ(result.report["motion_compute"], "cpu");
  EXPECT_EQ(result.report["compute"], "cpu");
  const Outcome motion = keel({"analyze", at("in.mp4"), "--out", "-", "--quiet", "--device", "cpu"});
  ASSERT_EQ(motion.exit_code, 0) << motion.err;
  EXPECT_EQ(Json::parse(motion.out, nullptr, false)["compute"], "cpu");
}

TEST_F(ArgumentsTest, CudaWhereThereIsNone_IsToldInASentence) {
  const Json info = Json::parse(keel({"info", "--json"}).out, nullptr, false);
  if (info["cuda"]["usable"]) GTEST_SKIP() << "there is a GPU: " << info["cuda"]["text"];
  EXPECT_TRUE(info["cuda"]["used_for"].empty());
  make_clip(at("in.mp4"));
  for (const Words& words : {Words{"stabilize", at("in.mp4"), at("out.mp4"), "--device", "cuda"}, Words{"analyze", at("in.mp4"), "--out", "-", "--device", "cuda"},
                             Words{"analyze", at("in.mp4"), "--out", "-", "--device", "cuda", "--estimator", "ihn"}}) {
    const Outcome outcome = keel(words);
    EXPECT_EQ(outcome.exit_code, 1);
    expect_one_sentence(outcome, "--device cuda");
  }
  expect_nothing_left(at("out.mp4"));
}

TEST_F(ArgumentsTest, WithoutJsonStandardOutputStaysEmpty) {
  make_clip(at("in.mp4"));
  const Outcome outcome = keel({"stabilize", at("in.mp4"), at("out.mp4"), "--preset", "ultrafast"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(outcome.out.empty()) << outcome.out;
  EXPECT_NE(outcome.err.find("no borders"), std::string::npos) << outcome.err;
}

TEST_F(ArgumentsTest, TheZoomCapIsObeyed) {
  ClipSpec wild;
  wild.window_x = "80+70*sin(n*1.7)";
  make_clip(at("in.mp4"), wild);
  for (const double keep : {0.7, 0.9, 1.0}) {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--keep", std::to_string(keep)});
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    EXPECT_GE(result.report["picture_kept"].get<double>(), keep - 1e-9);
    EXPECT_GE(result.report["borders"]["smallest_margin_px"].get<double>(), 0.0);
  }
}

TEST_F(ArgumentsTest, AdaptiveFramingKeepsWhatFixedKeepsAndMore) {
  ClipSpec storm;
  storm.frames = 120;
  storm.window_x = "40+if(between(n,100,110),8*sin(n*1.9),sin(n*1.3))";
  storm.window_y = "40";
  make_clip(at("in.mp4"), storm);
  const Stabilized fixed = stabilize(at("in.mp4"), at("fixed.mp4"));
  const Stabilized adaptive = stabilize(at("in.mp4"), at("adaptive.mp4"), {"--framing", "adaptive", "--zoom-smoothness", "0"});
  ASSERT_EQ(adaptive.outcome.exit_code, 0) << adaptive.outcome.err;
  EXPECT_EQ(fixed.report["framing"], "fixed");
  EXPECT_EQ(adaptive.report["framing"], "adaptive");
  EXPECT_GT(adaptive.report["picture_kept_mean"].get<double>(), fixed.report["picture_kept"].get<double>() + 0.01);
  EXPECT_GE(adaptive.report["picture_kept"].get<double>(), 0.8 - 1e-6);
  expect_faithful(at("in.mp4"), at("adaptive.mp4"), adaptive.report);
}

TEST_F(ArgumentsTest, WithoutFramingBordersAreFilledAndCounted) {
  ClipSpec wild;
  wild.window_x = "60+30*sin(n*1.7)";
  make_clip(at("in.mp4"), wild);
  for (const std::string fill : {"mirror", "black"}) {
    const Stabilized result = stabilize(at("in.mp4"), at(fill + ".mp4"), {"--framing", "none", "--fill", fill});
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    EXPECT_EQ(result.report["picture_kept"], 1.0);
    EXPECT_GT(result.report["filled"]["mean_share"].get<double>(), 0.01);
  }
  EXPECT_NE(picture_hashes(at("mirror.mp4")), picture_hashes(at("black.mp4")));
  const Outcome spoken = keel({"stabilize", at("in.mp4"), at("out.mp4"), "--framing", "none", "--preset", "ultrafast"});
  EXPECT_NE(spoken.err.find("filled on average"), std::string::npos) << spoken.err;
}

TEST_F(ArgumentsTest, BordersFilledFromNeighboursShowLessMirrorAndAreCounted) {
  ClipSpec wild;
  wild.window_x = "60+30*sin(n*1.7)";
  make_clip(at("in.mp4"), wild);
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--framing", "none", "--fill", "neighbours"});
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  const Json& filled = result.report["filled"];
  EXPECT_EQ(filled["with"], "neighbours");
  EXPECT_GT(filled["from_neighbours"].get<double>(), 0.01);
  EXPECT_LT(filled["mirrored"].get<double>(), 0.5 * filled["mean_share"].get<double>());
  // Frames wait for later ones, and none is lost or moved.
  EXPECT_EQ(frame_times(at("out.mp4")).size(), frame_times(at("in.mp4")).size());
  EXPECT_EQ(audio_hashes(at("out.mp4")), audio_hashes(at("in.mp4")));
}

TEST_F(ArgumentsTest, NativeSizeIsEvenAndReportedAndHasNoBorders) {
  ClipSpec wild;
  wild.window_x = "60+20*sin(n*1.7)";
  make_clip(at("in.mp4"), wild);
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--size", "native"});
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  const int width = result.report["width"], height = result.report["height"];
  EXPECT_LT(width, 160);
  EXPECT_EQ(width % 2 + height % 2, 0);
  EXPECT_LE(width, result.report["picture_kept"].get<double>() * 160 + 1);
  EXPECT_EQ(video_stream(at("out.mp4"))["width"], width);
  EXPECT_EQ(video_stream(at("out.mp4"))["height"], height);
  EXPECT_GT(result.report["borders"]["smallest_margin_px"].get<double>(), 0);
  expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
}

TEST_F(ArgumentsTest, SideBySide_IsTwiceAsWide_KeepsSoundTimesAndRotation) {
  ClipSpec portrait;
  portrait.width = 120;
  portrait.height = 160;
  portrait.pixel_format = "yuv420p10le";
  make_clip(at("in.mp4"), portrait);
  const Stabilized plain = stabilize(at("in.mp4"), at("plain.mp4")), both = stabilize(at("in.mp4"), at("both.mp4"), {"--side-by-side"});
  ASSERT_EQ(both.outcome.exit_code, 0) << both.outcome.err;
  EXPECT_EQ(video_stream(at("both.mp4"))["width"], 240);
  EXPECT_EQ(video_stream(at("both.mp4"))["height"], 160);
  EXPECT_EQ(video_stream(at("both.mp4"))["pix_fmt"], "yuv420p10le");
  EXPECT_EQ(both.report["width"], 240);
  EXPECT_EQ(both.report["borders"], plain.report["borders"]) << "the plan is the same";
  expect_faithful(at("in.mp4"), at("both.mp4"), both.report);
  ffmpeg({"-i", at("in.mp4"), "-c", "copy", "-metadata:s:v:0", "rotate=90", at("turned.mp4")});
  const Stabilized turned = stabilize(at("turned.mp4"), at("turned-both.mp4"), {"--side-by-side"});
  ASSERT_EQ(turned.outcome.exit_code, 0) << turned.outcome.err;
  // Stored on its side: 320 x 120 upright.
  EXPECT_EQ(turned.report["width"], 320);
  EXPECT_EQ(video_stream(at("turned-both.mp4"))["width"], 120);
  EXPECT_EQ(video_stream(at("turned-both.mp4"))["height"], 320);
  expect_faithful(at("turned.mp4"), at("turned-both.mp4"), turned.report);
}

TEST_F(ArgumentsTest, SmootherOptionsAreSetByNameAndChangeThePath) {
  make_clip(at("in.mp4"));
  const auto smooth = [&](const Words& more) {
    Words all{"--smoother", "gaussian"};
    all.insert(all.end(), more.begin(), more.end());
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), all);
    EXPECT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    return std::pair(result.report, picture_hashes(at("out.mp4")));
  };
  const auto [report, seconds] = smooth({"--set", "window_s=0.5"});
  EXPECT_EQ(report["smoother_options"]["window_s"], 0.5);
  // 25 frames a second and even times: both say the same; the smoothness's window of half a second too.
  EXPECT_EQ(seconds, smooth({}).second);
  EXPECT_NE(seconds, smooth({"--set", "window_s=0.05"}).second);
  EXPECT_NE(seconds, smooth({"--set", "window_frames=2"}).second);
}

TEST_F(ArgumentsTest, EstimatorOptionsAreSetByNameAndChangeTheMotion) {
  make_clip(at("in.mp4"));
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), {"--set", "working_width=320"});
  EXPECT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  EXPECT_EQ(result.report["estimator_options"]["working_width"], 320);
  const auto motion = [&](const Words& more) {
    Words all{"analyze", at("in.mp4"), "--out", "-", "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = keel(all);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  };
  // The clip is 160 px wide: nothing is measured beyond that.
  EXPECT_EQ(motion({}), motion({"--set", "working_width=640"}));
  const Outcome wrong = keel({"analyze", at("in.mp4"), "--out", "-", "--set", "jerk_cost=1"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("working_width"), std::string::npos) << wrong.err;
}

TEST_F(ArgumentsTest, WrongSmootherOptionsAreToldInASentence) {
  make_clip(at("in.mp4"));
  const std::vector<std::pair<Words, std::string>> wrong{
      {{"--smoother", "gaussian", "--set", "windows=1"}, "did you mean window_s?"},
      {{"--smoother", "gaussian", "--set", "nothing_alike=1"}, "there are: window_s, window_frames, working_width"},
      {{"--smoother", "tripod", "--set", "window_s=1"}, "working_width"},
      {{"--smoother", "gaussian", "--set", "window_s"}, "NAME=VALUE"},
      {{"--smoother", "gaussian", "--set", "window_s=long"}, "not a number"},
      {{"--smoother", "gaussian", "--set", "window_s=100"}, "between 0 and 10 s"},
      {{"--smoother", "gaussian", "--set", "window_s=1", "--set", "window_s=2"}, "twice"},
      {{"--smoother", "gaussian", "--set", "window_s=1", "--set", "window_frames=2"}, "only one of them"},
      {{"--smoother", "gaussian", "--set", "smoothness=0.3"}, "--smoothness"}};
  for (const auto& [words, text] : wrong) {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), words);
    EXPECT_EQ(result.outcome.exit_code, 2);
    EXPECT_NE(result.outcome.err.find(text), std::string::npos) << result.outcome.err;
    expect_nothing_left(at("out.mp4"));
  }
  const Outcome info = keel({"info"});
  for (const char* option : {"window_s", "window_frames", "jerk_cost"}) EXPECT_NE(info.out.find(option), std::string::npos) << option;
}

TEST_F(ArgumentsTest, OptionsOfAnotherFramingAreRefused) {
  make_clip(at("in.mp4"));
  for (const Words& more : {Words{"--fill", "black"}, Words{"--zoom-smoothness", "0.3"}, Words{"--framing", "adaptive", "--fill", "black"},
                           Words{"--framing", "none", "--size", "native"}}) {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"), more);
    EXPECT_EQ(result.outcome.exit_code, 2);
    EXPECT_NE(result.outcome.err.find("has no effect"), std::string::npos) << result.outcome.err;
    expect_nothing_left(at("out.mp4"));
  }
}

TEST_F(ArgumentsTest, MetricsAreJsonWithASchema) {
  make_clip(at("in.mp4"));
  ASSERT_EQ(stabilize(at("in.mp4"), at("out.mp4")).outcome.exit_code, 0);
  const Outcome outcome = keel({"metrics", at("in.mp4"), at("out.mp4"), "--json"});
  const Json metrics = Json::parse(outcome.out, nullptr, false);
  ASSERT_TRUE(metrics.is_object()) << outcome.out << outcome.err;
  EXPECT_EQ(metrics["schema"], "keel.metrics/1");
  EXPECT_EQ(metrics["frames"]["compared"], 30);
}

TEST_F(ArgumentsTest, AWordInPlaceOfANumberIsNotCalledOutOfRange) {
  for (const auto& [flag, value, said] : {std::array{"--keep", "abc", "is not a number"}, {"--strength", "0.5x", "is not a number"}, {"--crf", "1.5", "is not a whole number"},
                                          {"--keep", "nan", "is not between"}, {"--smoothness", "2", "is not between"}, {"--crf", "99999999999", "is not between"}}) {
    const Outcome outcome = keel({"stabilize", "in.mp4", "out.mp4", flag, value});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_NE(outcome.err.find(std::string(flag) + ": "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(said), std::string::npos) << outcome.err;
  }
}

}  // namespace
}  // namespace keel::test
