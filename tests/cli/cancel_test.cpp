// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "cli_support.h"

namespace keel::test {
namespace {

/// The promise to a person who presses Ctrl+C.
constexpr double kPromisedStopSeconds = 1.0;

/// Says yes once, some time after it was first asked.
std::function<bool()> after_seconds(double seconds) {
  return [seconds, begin = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > seconds;
  };
}

class CancelTest : public CliTest {
 protected:
  /// A clip that takes many seconds, made quickly: one second of 720p, copied over and over.
  fs::path long_clip(int seconds) {
    ClipSpec spec;
    spec.width = 1280;
    spec.height = 720;
    make_clip(at("second.mp4"), spec);
    ffmpeg({"-stream_loop", std::to_string(seconds - 1), "-i", at("second.mp4"), "-c", "copy", at("long.mp4")});
    return at("long.mp4");
  }
  /// True once the export has written something.
  std::function<bool()> export_runs(const fs::path& out) {
    return [part = out.string() + ".part"] { return fs::exists(part); };
  }
};

TEST_F(CancelTest, CtrlCDuringTheAnalysisEndsItAtOnceAndLeavesNothing) {
  const fs::path in = long_clip(120);
  for (const Words& words : {Words{"analyze", in, "--out", at("out.json"), "--quiet"}, Words{"stabilize", in, at("out.mp4"), "--quiet"}}) {
    const Outcome outcome = keel(words, {SIGINT, after_seconds(0.5)});
    ASSERT_TRUE(outcome.interrupted);
    EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
    EXPECT_LT(outcome.stop_seconds, kPromisedStopSeconds);
    expect_one_sentence(outcome, "cancelled");
  }
  expect_nothing_left(at("out.json"));
  expect_nothing_left(at("out.mp4"));
}

TEST_F(CancelTest, CtrlCDuringTheExportLeavesAnEarlierFileAsItWas) {
  const fs::path in = long_clip(6), out = at("out.mp4");
  write_text(out, "an earlier result");
  for (const int signal : {SIGINT, SIGTERM}) {
    const Outcome outcome = keel({"stabilize", in, out, "--quiet", "--preset", "veryslow"}, {signal, export_runs(out)});
    ASSERT_TRUE(outcome.interrupted);
    EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
    EXPECT_LT(outcome.stop_seconds, kPromisedStopSeconds);
    EXPECT_FALSE(fs::exists(out.string() + ".part"));
    EXPECT_EQ(read_text(out), "an earlier result");
  }
  fs::remove(out);
  EXPECT_EQ(keel({"stabilize", in, out, "--quiet", "--preset", "veryslow"}, {SIGINT, export_runs(out)}).exit_code, 130);
  expect_nothing_left(out);
}

TEST_F(CancelTest, CtrlCIsAnsweredWhileX265WorksOrBordersAreFilled) {
  const fs::path in = long_clip(6), out = at("out.mkv");
  for (const Words& how : {Words{"--codec", "hevc", "--preset", "veryslow"}, Words{"--framing", "none", "--fill", "neighbours"}}) {
    // Pictures must be in flight inside the encoder, which is long after the file is made.
    auto runs = export_runs(out), later = after_seconds(2.5);
    std::function<bool()> when = [started = false, runs, later]() mutable {
      started = started || runs();
      return started && later();
    };
    Words words{"stabilize", in, out, "--quiet"};
    words.insert(words.end(), how.begin(), how.end());
    const Outcome outcome = keel(words, {SIGINT, when});
    ASSERT_TRUE(outcome.interrupted);
    EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
    EXPECT_LT(outcome.stop_seconds, kPromisedStopSeconds) << how.back();
    expect_nothing_left(out);
  }
}

TEST_F(CancelTest, ASecondCtrlCDuringTheExport_LeavesNothingEither) {
  const fs::path in = long_clip(6), out = at("out.mkv");
  const Outcome outcome = keel({"stabilize", in, out, "--quiet", "--codec", "hevc"}, {SIGINT, export_runs(out), true});
  ASSERT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_LT(outcome.stop_seconds, kPromisedStopSeconds);
  expect_one_sentence(outcome, "cancelled");
  expect_nothing_left(out);
}

/// A program that cannot answer: what it wants to say goes into a pipe that is full and that nobody reads.
class StuckTest : public CancelTest {
 protected:
  ~StuckTest() override {
    if (pipe_ >= 0) ::close(pipe_);
  }
  Outcome interrupt_stuck(bool twice) {
    const fs::path in = long_clip(6);
    ::mkfifo(at("pipe").c_str(), 0600);
    pipe_ = ::open(at("pipe").c_str(), O_RDWR | O_NONBLOCK);
    const std::string filling(4096, '.');
    while (::write(pipe_, filling.data(), filling.size()) > 0) {
    }
    return run({"sh", "-c", "exec \"$1\" stabilize \"$2\" \"$3\" 2> \"$4\"", "sh", fs::path(KEEL_BIN_DIR) / "keel", in, at("out.mp4"), at("pipe")}, {SIGINT, after_seconds(1), twice}, 20);
  }

 private:
  int pipe_ = -1;
};

TEST_F(StuckTest, CtrlC_EndsAProgramThatCannotAnswerWithinTheSecond) {
  const Outcome outcome = interrupt_stuck(false);
  ASSERT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_LT(outcome.stop_seconds, kPromisedStopSeconds);
  EXPECT_GT(outcome.stop_seconds, 0.5) << "it could answer, so that this test shows nothing";
  expect_nothing_left(at("out.mp4"));
}

TEST_F(StuckTest, ASecondCtrlC_EndsItAtOnce) {
  const Outcome outcome = interrupt_stuck(true);
  ASSERT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_LT(outcome.stop_seconds, 0.5);
  expect_nothing_left(at("out.mp4"));
}

TEST_F(CancelTest, CtrlCDuringMetricsEndsThemAtOnce) {
  const fs::path in = long_clip(60);
  const Outcome outcome = keel({"metrics", in, in}, {SIGINT, after_seconds(0.5)});
  ASSERT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_LT(outcome.stop_seconds, kPromisedStopSeconds);
  EXPECT_TRUE(outcome.out.empty());
}

TEST_F(CancelTest, ACrashDuringTheExportLeavesNothingUnderTheFinalName) {
  const fs::path in = long_clip(6), out = at("out.mp4");
  const Outcome outcome = keel({"stabilize", in, out, "--quiet", "--preset", "veryslow"}, {SIGKILL, export_runs(out)});
  ASSERT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.exit_code, 128 + SIGKILL);
  EXPECT_FALSE(fs::exists(out));
  // What the crash left behind does not stand in the way of the next try.
  ClipSpec small;
  make_clip(at("small.mp4"), small);
  EXPECT_EQ(stabilize(at("small.mp4"), out).outcome.exit_code, 0);
  EXPECT_TRUE(fs::exists(out));
  EXPECT_FALSE(fs::exists(out.string() + ".part"));
}

}  // namespace
}  // namespace keel::test
