// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "cli_support.h"

namespace keel::test {
namespace {

/// How far a measured translation may be from the known one: what the tracker promises on a clean texture.
constexpr double kMotionTolerancePx = 0.1;

class MotionJsonTest : public CliTest {
 protected:
  /// The window moves right and down, so the picture moves by (-2, -4) px a frame.
  static ClipSpec steady_move() {
    ClipSpec spec;
    spec.frames = 20;
    spec.window_x = "2*n";
    spec.window_y = "4*n";
    return spec;
  }
  static void expect_translation(const Json& pair, double dx, double dy) {
    const Json& m = pair["cur_from_prev"];
    ASSERT_EQ(m.size(), 9u);
    EXPECT_EQ(m[8].get<double>(), 1.0);
    // At the middle of the picture, where a slight error of rotation or scale does not count.
    EXPECT_NEAR(m[2].get<double>(), dx, kMotionTolerancePx) << pair;
    EXPECT_NEAR(m[5].get<double>(), dy, kMotionTolerancePx) << pair;
  }
};

TEST_F(MotionJsonTest, HasThePromisedSchema) {
  make_clip(at("in.mp4"), steady_move());
  const Json j = analyze(at("in.mp4"));
  ASSERT_TRUE(j.is_object());
  EXPECT_EQ(j["schema"], "keel.motion/1");
  EXPECT_EQ(j["width"], 160);
  EXPECT_EQ(j["height"], 120);
  EXPECT_EQ(j["estimator"], "classical");
  EXPECT_TRUE(j["source"].is_object());
  ASSERT_EQ(j["pairs"].size(), 19u);
  const auto times = frame_times(at("in.mp4"));
  const double tick = j["source"]["time_base"][0].get<double>() / j["source"]["time_base"][1].get<double>();
  for (int i = 0; i < 19; ++i) {
    const Json& pair = j["pairs"][static_cast<std::size_t>(i)];
    EXPECT_EQ(pair["from"], i);
    EXPECT_EQ(pair["to"], i + 1);
    EXPECT_EQ(pair["status"], "ok");
    EXPECT_GT(pair["confidence"].get<double>(), 0.5);
    EXPECT_LE(pair["confidence"].get<double>(), 1.0);
    EXPECT_NEAR(pair["pts"].get<double>() * tick, times[static_cast<std::size_t>(i) + 1], 1e-4);
    expect_translation(pair, -2, -4);
  }
}

TEST_F(MotionJsonTest, CoordinatesAreThoseOfTheUprightPicture) {
  make_clip(at("plain.mp4"), steady_move());
  for (const char* degrees : {"90", "180", "270"}) {
    ffmpeg({"-i", at("plain.mp4"), "-c", "copy", "-metadata:s:v:0", std::string("rotate=") + degrees, at("turned.mp4")});
    // ffmpeg turns the pictures themselves, which gives the same clip without a turn in its header.
    ffmpeg({"-i", at("turned.mp4"), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", at("upright.mp4")});
    const Json turned = analyze(at("turned.mp4")), upright = analyze(at("upright.mp4"));
    ASSERT_TRUE(turned.is_object() && upright.is_object());
    EXPECT_NE(turned["source"]["rotation"], 0) << "the clip was not made as intended";
    EXPECT_EQ(upright["source"]["rotation"], 0);
    EXPECT_EQ(turned["width"], upright["width"]);
    EXPECT_EQ(turned["height"], upright["height"]);
    const int turn = turned["source"]["rotation"];
    const double dx = turn == 90 ? 4 : turn == 180 ? 2 : -4, dy = turn == 90 ? -2 : turn == 180 ? 4 : 2;
    for (std::size_t i = 0; i < turned["pairs"].size(); ++i) {
      expect_translation(turned["pairs"][i], dx, dy);
      expect_translation(upright["pairs"][i], dx, dy);
    }
  }
}

TEST_F(MotionJsonTest, TimestampsOfAVariableRateAreThoseOfTheFile) {
  ClipSpec spec = steady_move();
  spec.filters = "setpts='(N+0.3*mod(N,3))/30/TB'";
  spec.more = {"-vsync", "vfr", "-video_track_timescale", "15360"};
  make_clip(at("in.mp4"), spec);
  const Json j = analyze(at("in.mp4"));
  const auto times = frame_times(at("in.mp4"));
  const double tick = j["source"]["time_base"][0].get<double>() / j["source"]["time_base"][1].get<double>();
  ASSERT_EQ(j["pairs"].size() + 1, times.size());
  for (std::size_t i = 0; i < j["pairs"].size(); ++i) EXPECT_NEAR(j["pairs"][i]["pts"].get<double>() * tick, times[i + 1], 1e-4);
}

TEST_F(MotionJsonTest, OneFrameHasNoPairs) {
  ClipSpec spec;
  spec.frames = 1;
  make_clip(at("in.mp4"), spec);
  const Json j = analyze(at("in.mp4"));
  ASSERT_TRUE(j.is_object());
  EXPECT_TRUE(j["pairs"].is_array());
  EXPECT_TRUE(j["pairs"].empty());
}

TEST_F(MotionJsonTest, IsWrittenToAFileWhole) {
  make_clip(at("in.mp4"));
  const Outcome outcome = keel({"analyze", at("in.mp4"), "--out", at("out.json")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.empty());
  EXPECT_EQ(Json::parse(read_text(at("out.json")), nullptr, false), analyze(at("in.mp4")));
  EXPECT_FALSE(fs::exists(at("out.json.part")));
}

}  // namespace
}  // namespace keel::test
