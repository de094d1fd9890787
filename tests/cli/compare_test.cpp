// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>

#include <set>

#include "cli_support.h"

namespace keel::test {
namespace {

/// Measuring is slow where several programs share the machine.
constexpr double kPatience_s = 240;

class CompareTest : public CliTest {
 protected:
  /// Large enough to be tracked, short enough for seventeen measurements.
  fs::path shaky_clip() {
    ClipSpec spec;
    spec.width = 256;
    spec.height = 192;
    spec.frames = 36;
    make_clip(at("in.mp4"), spec);
    return at("in.mp4");
  }
  static Json parse(const std::string& text) { return Json::parse(text, nullptr, false); }
};

TEST_F(CompareTest, EveryAlgorithmOfTheProgramIsInTheJson) {
  const Outcome outcome = keel({"compare", shaky_clip(), "--json", "--quiet"}, {}, kPatience_s);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.err.empty()) << outcome.err;
  const Json compared = parse(outcome.out), info = parse(keel({"info", "--json"}).out);
  ASSERT_TRUE(compared.is_object()) << outcome.out;
  EXPECT_EQ(compared["schema"], "keel.compare/1");
  std::set<std::pair<std::string, std::string>> expected, seen;
  for (const Json& estimator : info["estimators"])
    for (const Json& smoother : info["smoothers"]) expected.emplace(estimator["id"], smoother["id"]);
  for (const Json& c : compared["combinations"]) {
    seen.emplace(c["estimator"], c["smoother"]);
    // A score or a sentence, never both and never neither.
    EXPECT_NE(c["failure"].is_null(), c["scores"].is_null()) << c.dump();
    if (c["estimator"] != "classical") continue;
    ASSERT_TRUE(c["failure"].is_null()) << c.dump();
    EXPECT_GT(c["scores"]["original"]["jitter_px"].get<double>(), 1) << c.dump();
    EXPECT_LT(c["scores"]["residual_acceleration_ratio"].get<double>(), 0.5) << c.dump();
    // Of the output, so no path is perfect: the tracker's own noise stays.
    EXPECT_GT(c["scores"]["residual_acceleration_ratio"].get<double>(), 0) << c.dump();
    EXPECT_NEAR(c["scores"]["picture_kept"]["mean_linear"].get<double>(), c["planned_picture_kept"].get<double>(), 0.02) << c.dump();
    EXPECT_GE(c["borders"]["smallest_margin_px"].get<double>(), 0) << c.dump();
  }
  EXPECT_EQ(seen, expected);
}

TEST_F(CompareTest, TheTradeOffHasTenBudgetsAndMorePictureForMore) {
  const Outcome outcome = keel({"compare", shaky_clip(), "--estimators", "classical", "--smoothers", "l2-optimal", "--json", "--quiet"}, {}, kPatience_s);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json trade_off = parse(outcome.out)["trade_off"];
  EXPECT_EQ(trade_off["estimator"], "classical");
  EXPECT_EQ(trade_off["smoother"], "l2-optimal");
  ASSERT_EQ(trade_off["points"].size(), 10u);
  double last = 0;
  for (const Json& point : trade_off["points"]) {
    ASSERT_TRUE(point["failure"].is_null()) << point.dump();
    const double kept = point["scores"]["picture_kept"]["mean_linear"];
    EXPECT_GT(kept, point["keep"].get<double>() - 0.01) << point.dump();
    EXPECT_GT(kept, last - 0.01) << point.dump();
    last = kept;
  }
  // Nothing may move where nothing may be cut off.
  EXPECT_NEAR(trade_off["points"][9]["scores"]["residual_acceleration_ratio"].get<double>(), 1, 0.05);
}

TEST_F(CompareTest, ThePageNeedsNothingElse) {
  const fs::path out = at("result");
  const Outcome outcome = keel({"compare", shaky_clip(), "--estimators", "classical", "--smoothers", "gaussian,l2-optimal", "--out", out, "--quiet"}, {}, kPatience_s);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("l2-optimal"), std::string::npos) << outcome.out;
  EXPECT_EQ(parse(read_text(out / "compare.json"))["schema"], "keel.compare/1");
  const std::string page = read_text(out / "compare.html");
  for (const char* foreign : {"http:", "https:", "<script", "<link", "src=\"/", "@import", "url("}) EXPECT_EQ(page.find(foreign), std::string::npos) << foreign;
  const auto count = [&](const std::string& word) {
    int n = 0;
    for (std::size_t p = page.find(word); p != std::string::npos; p = page.find(word, p + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("<svg "), 4);              // the trade-off, and across, down, turn
  EXPECT_EQ(count("data:image/jpeg"), 2 * 3);  // two frames of the original and of both combinations
  EXPECT_EQ(count("/9j/"), 6);               // how a JPEG begins
  EXPECT_EQ(std::distance(fs::directory_iterator(out), fs::directory_iterator()), 2);
}

TEST_F(CompareTest, UnknownNamesAreRefusedWithTheKnownOnes) {
  const fs::path in = shaky_clip();
  for (const Words& more : {Words{"--smoothers", "gaussian,crystal-ball"}, Words{"--estimators", "crystal-ball"}}) {
    Words words{"compare", in, "--out", at("result")};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = keel(words);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    expect_one_sentence(outcome, "crystal-ball");
    EXPECT_NE(outcome.err.find(more[0] == "--smoothers" ? "l2-optimal" : "classical"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(at("result")));
  }
}

TEST_F(CompareTest, OptionsGoToEveryAlgorithmThatHasThem) {
  const fs::path in = shaky_clip();
  const auto run = [&](const Words& more) {
    Words words{"compare", in, "--estimators", "classical", "--smoothers", "gaussian,tripod", "--json", "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return keel(words);
  };
  const Outcome outcome = run({"--set", "window_s=1.5", "--set", "working_width=320"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json set = Json::parse(outcome.out);
  EXPECT_EQ(set["options"], Json({{"classical", {{"working_width", 320}}}, {"gaussian", {{"window_s", 1.5}}}}));
  expect_one_sentence(run({"--set", "looks=1"}), "looks");
}

TEST_F(CompareTest, APlaceThatCannotBeWrittenIsToldBeforeTheWork) {
  const fs::path in = shaky_clip();
  write_text(at("file"), "");
  expect_one_sentence(keel({"compare", in, "--out", at("file")}), "file");
  expect_one_sentence(keel({"compare", in, "--out", at("no") / "such"}), "no");
}

TEST_F(CompareTest, AClipThatCannotBeMeasuredIsAFailureAndNoScore) {
  ClipSpec tiny;
  tiny.frames = 4;
  make_clip(at("in.mp4"), tiny);
  const Outcome outcome = keel({"compare", at("in.mp4"), "--estimators", "classical", "--json", "--quiet"});
  EXPECT_EQ(outcome.exit_code, 1);
  for (const Json& c : parse(outcome.out)["combinations"]) {
    EXPECT_TRUE(c["failure"].is_string()) << c.dump();
    EXPECT_TRUE(c["scores"].is_null()) << c.dump();
  }
  expect_one_sentence(outcome, "too few");
  // To a person one sentence says it all, and no page repeats it.
  const Outcome told = keel({"compare", at("in.mp4"), "--estimators", "classical", "--quiet", "--out", at("page")});
  EXPECT_EQ(told.exit_code, 1);
  EXPECT_TRUE(told.out.empty()) << told.out;
  EXPECT_FALSE(fs::exists(at("page")));
  expect_one_sentence(told, "too few");
  tiny.frames = 1;
  make_clip(at("one.mp4"), tiny);
  const Outcome metrics = keel({"metrics", at("one.mp4"), at("one.mp4")});
  EXPECT_EQ(metrics.exit_code, 1);
  EXPECT_TRUE(metrics.out.empty()) << metrics.out;
  expect_one_sentence(metrics, "Only 1 frame can");
}

TEST_F(CompareTest, CtrlCLeavesNothing) {
  ClipSpec spec;
  spec.width = 640;
  spec.height = 360;
  make_clip(at("second.mp4"), spec);
  ffmpeg({"-stream_loop", "59", "-i", at("second.mp4"), "-c", "copy", at("long.mp4")});
  int asked = 0;
  const Outcome outcome = keel({"compare", at("long.mp4"), "--out", at("result"), "--quiet"}, {SIGINT, [&] { return ++asked > 1000; }});
  ASSERT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  expect_one_sentence(outcome, "cancelled");
  EXPECT_TRUE(outcome.out.empty()) << outcome.out;
  EXPECT_FALSE(fs::exists(at("result")));
}

}  // namespace
}  // namespace keel::test
