// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>

#include "cli_support.h"

namespace keel::test {
namespace {

/// Pictures that motion estimators stumble over.
class OddContentTest : public CliTest {
 protected:
  void make(const std::string& graph, const std::string& name = "in.mp4") {
    ffmpeg({"-f", "lavfi", "-i", graph, "-frames:v", "30", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", at(name)});
  }
  std::map<std::string, int> statuses(const Json& motion) {
    std::map<std::string, int> count;
    for (const Json& pair : motion["pairs"]) ++count[pair["status"].get<std::string>()];
    return count;
  }
  void expect_stabilizes() {
    const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"));
    ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
    expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
  }
};

TEST_F(OddContentTest, BlackHasNoMotionAndIsNotTrusted) {
  make("color=black:s=160x120:r=30");
  const Json motion = analyze(at("in.mp4"));
  EXPECT_EQ(statuses(motion)["low_texture"], 29) << motion;
  for (const Json& pair : motion["pairs"]) EXPECT_LT(pair["confidence"].get<double>(), 0.2);
  expect_stabilizes();
}

TEST_F(OddContentTest, FlatGrayHasNoMotion) {
  make("color=gray:s=160x120:r=30");
  EXPECT_EQ(statuses(analyze(at("in.mp4")))["low_texture"], 29);
  expect_stabilizes();
}

TEST_F(OddContentTest, PureNoiseIsNotTakenForMotion) {
  make("color=gray:s=160x120:r=30,noise=alls=100:allf=t");
  const Json motion = analyze(at("in.mp4"));
  EXPECT_LE(statuses(motion)["ok"], 3) << motion;
  expect_stabilizes();
}

TEST_F(OddContentTest, AFlashDoesNotShakeThePath) {
  const std::string texture = "color=gray:s=80x60:r=30,noise=alls=100:all_seed=7,scale=320:240:flags=bicubic,crop=160:120:x='40+8*sin(n*0.9)':y='40+6*cos(n*1.3)'";
  make(texture, "clean.mp4");
  make(texture + ",drawbox=c=white:t=fill:enable='eq(n,15)'");
  const Json motion = analyze(at("in.mp4"));
  EXPECT_NE(motion["pairs"][14]["status"], "ok") << motion["pairs"][14];
  EXPECT_NE(motion["pairs"][15]["status"], "ok") << motion["pairs"][15];
  EXPECT_EQ(statuses(motion)["ok"], 27);
  expect_stabilizes();
  ASSERT_EQ(stabilize(at("clean.mp4"), at("clean_out.mp4")).outcome.exit_code, 0);
  const auto peak = [&](const char* before, const char* after) {
    const Json j = Json::parse(keel({"metrics", at(before), at(after), "--json"}).out, nullptr, false);
    return j["stabilized"]["peak_acceleration_px"].get<double>();
  };
  EXPECT_LT(peak("in.mp4", "out.mp4"), 2 * peak("clean.mp4", "clean_out.mp4") + 0.1);
}

TEST_F(OddContentTest, AShotChangeSplitsThePath) {
  ClipSpec first, second;
  first.frames = second.frames = 20;
  first.audio = second.audio = {};
  second.seed = 99;
  make_clip(at("a.mp4"), first);
  make_clip(at("b.mp4"), second);
  ffmpeg({"-i", at("a.mp4"), "-i", at("b.mp4"), "-filter_complex", "[0:v][1:v]concat=n=2", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", at("in.mp4")});
  const Json motion = analyze(at("in.mp4"));
  ASSERT_EQ(motion["pairs"].size(), 39u);
  EXPECT_EQ(motion["pairs"][19]["status"], "scene_cut");
  EXPECT_EQ(statuses(motion)["scene_cut"], 1);
  EXPECT_EQ(statuses(motion)["ok"], 38);
  const Stabilized result = stabilize(at("in.mp4"), at("out.mp4"));
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  EXPECT_EQ(result.report["shots"], 2);
  expect_faithful(at("in.mp4"), at("out.mp4"), result.report);
}

// A repeat moves on along the smooth path like every frame: sharing its twin's correction was tried and left a freeze and a double step
// in every pan (0.81 of the source's acceleration instead of 0.12 on a real one).
TEST_F(OddContentTest, RepeatedFramesAreTrustedAndAllAreKept) {
  ClipSpec spec;
  spec.audio = {};
  spec.frames = 40;
  spec.filters = "framestep=2,fps=30";
  spec.window_x = "40+8*sin(n*0.8)";
  spec.video = {"-c:v", "ffv1"};
  make_clip(at("in.mkv"), spec);
  const auto before = picture_hashes(at("in.mkv"));
  int repeats = 0;
  for (std::size_t i = 1; i < before.size(); ++i) repeats += before[i] == before[i - 1] ? 1 : 0;
  ASSERT_GE(repeats, 15) << "the clip was not made as intended";
  const Stabilized result = stabilize(at("in.mkv"), at("out.mkv"), {"--codec", "ffv1"});
  ASSERT_EQ(result.outcome.exit_code, 0) << result.outcome.err;
  EXPECT_EQ(picture_hashes(at("out.mkv")).size(), before.size());
  EXPECT_EQ(result.report["pairs"]["ok"], static_cast<int>(before.size()) - 1);
}

TEST_F(OddContentTest, OddSizesOf420AreHandledOrRefusedWithASentence) {
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=161x121:r=30", "-frames:v", "10", "-pix_fmt", "yuv420p", "-c:v", "ffv1", at("in.mkv")});
  const Stabilized result = stabilize(at("in.mkv"), at("out.mp4"));
  if (result.outcome.exit_code == 0) {
    expect_faithful(at("in.mkv"), at("out.mp4"), result.report);
  } else {
    EXPECT_EQ(result.outcome.exit_code, 1);
    expect_one_sentence(result.outcome, "161x121");
    expect_nothing_left(at("out.mp4"));
  }
}

TEST_F(OddContentTest, UnusualPixelsAreHandledOrRefusedWithASentence) {
  for (const char* format : {"gray", "gray10le", "gbrp", "rgb24", "yuva420p", "yuv411p", "bgra", "gray16le"}) {
    ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=160x120:r=30", "-frames:v", "6", "-pix_fmt", format, "-c:v",
            std::string(format) == "rgb24" ? "png" : std::string(format) == "yuv411p" ? "dvvideo" : "ffv1", "-s",
            std::string(format) == "yuv411p" ? "720x480" : "160x120", "-r", std::string(format) == "yuv411p" ? "30000/1001" : "30", at("in.mkv")});
    fs::remove(at("out.mkv"));
    const Stabilized result = stabilize(at("in.mkv"), at("out.mkv"), {"--codec", "ffv1"});
    if (result.outcome.exit_code == 0) {
      EXPECT_EQ(frame_times(at("out.mkv")).size(), frame_times(at("in.mkv")).size()) << format;
    } else {
      EXPECT_EQ(result.outcome.exit_code, 1) << format;
      expect_one_sentence(result.outcome, "");
      expect_nothing_left(at("out.mkv"));
    }
  }
}

TEST_F(OddContentTest, TheSameRunTwiceGivesTheSamePictures) {
  ClipSpec spec;
  spec.audio = {};
  make_clip(at("in.mkv"), spec);
  ASSERT_EQ(stabilize(at("in.mkv"), at("one.mkv"), {"--codec", "ffv1"}).outcome.exit_code, 0);
  ASSERT_EQ(stabilize(at("in.mkv"), at("two.mkv"), {"--codec", "ffv1"}).outcome.exit_code, 0);
  EXPECT_EQ(picture_hashes(at("one.mkv")), picture_hashes(at("two.mkv")));
}

}  // namespace
}  // namespace keel::test
