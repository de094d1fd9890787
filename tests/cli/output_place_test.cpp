// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli_support.h"

namespace keel::test {
namespace {

/// Where results may not go is said before the work starts.
class OutputPlaceTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    if (!IsSkipped()) make_clip(at("in.mp4"));
  }
};

TEST_F(OutputPlaceTest, TheClipItselfIsNeverOverwritten) {
  const std::string before = read_text(at("in.mp4"));
  fs::create_symlink(at("in.mp4"), at("link.mp4"));
  fs::create_hard_link(at("in.mp4"), at("hard.mp4"));
  fs::create_directory(at("sub"));
  for (const fs::path& out : {at("in.mp4"), at("link.mp4"), at("hard.mp4"), at("sub") / ".." / "in.mp4"}) {
    const Outcome outcome = keel({"stabilize", at("in.mp4"), out});
    EXPECT_EQ(outcome.exit_code, 2) << out;
    expect_one_sentence(outcome, out.filename());
  }
  EXPECT_EQ(read_text(at("in.mp4")), before);
}

TEST_F(OutputPlaceTest, JsonNeverOverwritesTheClip) {
  const std::string before = read_text(at("in.mp4"));
  for (const Words& words : {Words{"analyze", at("in.mp4"), "--out", at("in.mp4"), "--quiet"},
                             Words{"stabilize", at("in.mp4"), at("out.mp4"), "--report", at("in.mp4"), "--quiet"},
                             Words{"stabilize", at("in.mp4"), at("out.mp4"), "--report", at("out.mp4"), "--quiet"}}) {
    const Outcome outcome = keel(words);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    expect_one_sentence(outcome, ".mp4");
    expect_nothing_left(at("out.mp4"));
  }
  EXPECT_EQ(read_text(at("in.mp4")), before);
}

TEST_F(OutputPlaceTest, AMissingFolderIsSaidBeforeTheWork) {
  for (const Words& words : {Words{"stabilize", at("in.mp4"), at("nowhere/out.mp4"), "--quiet"}, Words{"analyze", at("in.mp4"), "--out", at("nowhere/out.json"), "--quiet"},
                             Words{"stabilize", at("in.mp4"), at("out.mp4"), "--report", at("nowhere/report.json"), "--quiet"}}) {
    const Outcome outcome = keel(words);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    expect_one_sentence(outcome, "nowhere");
  }
  expect_nothing_left(at("out.mp4"));
}

TEST_F(OutputPlaceTest, AReadOnlyFolderIsSaidBeforeTheWork) {
  if (::geteuid() == 0) GTEST_SKIP() << "the administrator may write everywhere";
  fs::create_directory(at("closed"));
  fs::permissions(at("closed"), fs::perms::owner_read | fs::perms::owner_exec);
  const Outcome outcome = keel({"stabilize", at("in.mp4"), at("closed/out.mp4"), "--quiet"});
  EXPECT_EQ(outcome.exit_code, 1);
  expect_one_sentence(outcome, "closed");
}

TEST_F(OutputPlaceTest, AFullDiskLeavesNothingAndSaysSo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full here";
  const Outcome outcome = keel({"stabilize", at("in.mp4"), "/dev/full", "--quiet"});
  EXPECT_NE(outcome.exit_code, 0);
  expect_one_sentence(outcome, "/dev/full");
}

TEST_F(OutputPlaceTest, AFolderAsOutputIsRefused) {
  fs::create_directory(at("folder.mp4"));
  const Outcome outcome = keel({"stabilize", at("in.mp4"), at("folder.mp4"), "--quiet"});
  EXPECT_EQ(outcome.exit_code, 2);
  expect_one_sentence(outcome, "folder.mp4");
}

TEST_F(OutputPlaceTest, AnUnknownEndingIsABadArgument) {
  for (const char* name : {"out.xyz", "out"}) {
    const Outcome outcome = keel({"stabilize", at("in.mp4"), at(name), "--quiet"});
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    expect_one_sentence(outcome, name);
    expect_nothing_left(at(name));
  }
}

TEST_F(OutputPlaceTest, ADeviceOrPipeAsTextOutput_IsWrittenIntoAndStaysWhatItIs) {
  // Nodes of our own: a mistake would replace the machine's.
  if (::mknod(at("null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0 || ::mknod(at("full").c_str(), S_IFCHR | 0666, makedev(1, 7)) != 0) GTEST_SKIP() << "only root makes devices";
  const int opened = ::open(at("full").c_str(), O_WRONLY);
  if (opened < 0) GTEST_SKIP() << "devices do not work in this folder";
  ::close(opened);
  EXPECT_EQ(keel({"analyze", at("in.mp4"), "--out", at("null"), "--quiet"}).exit_code, 0);
  const Outcome full = keel({"analyze", at("in.mp4"), "--out", at("full"), "--quiet"});
  EXPECT_EQ(full.exit_code, 1);
  expect_one_sentence(full, "full");
  for (const char* name : {"null", "full"}) {
    EXPECT_TRUE(fs::is_character_file(at(name))) << name;
    EXPECT_FALSE(fs::exists(at(name).string() + ".part")) << name;
  }
}

TEST_F(OutputPlaceTest, ATextNameThatIsTooLong_IsRefusedBeforeTheWork) {
  const Outcome outcome = keel({"analyze", at("in.mp4"), "--out", at(std::string(252, 'x'))});
  EXPECT_EQ(outcome.exit_code, 2);
  expect_one_sentence(outcome, "too long");
}

TEST_F(OutputPlaceTest, ANameThatBeginsWithADash_IsExplained) {
  const Outcome outcome = run({"sh", "-c", "cd \"$1\" && cp in.mp4 ./-in.mp4 && \"$2\" stabilize -in.mp4 out.mp4", "sh", folder(), fs::path(KEEL_BIN_DIR) / "keel"});
  EXPECT_EQ(outcome.exit_code, 2);
  expect_one_sentence(outcome, "write ./-in.mp4");
}

/// Results that do not arrive are a failure; messages that nobody can read are none.
class StandardStreamsTest : public OutputPlaceTest {
 protected:
  Outcome shell(const std::string& command) { return run({"sh", "-c", "cd \"$1\" && " + command, "sh", folder(), fs::path(KEEL_BIN_DIR) / "keel"}); }
};

TEST_F(StandardStreamsTest, ResultsOnAFullStandardOutput_FailAndSaySo) {
  for (const char* command : {"\"$2\" info in.mp4", "\"$2\" info --json", "\"$2\" analyze in.mp4 --out - --quiet", "\"$2\" metrics in.mp4 in.mp4 --json", "\"$2\" --help",
                              "\"$2\" stabilize in.mp4 out.mp4 --quiet --json"}) {
    const Outcome outcome = shell(std::string(command) + " > /dev/full");
    EXPECT_EQ(outcome.exit_code, 1) << command;
    expect_one_sentence(outcome, "Standard output could not be written");
  }
}

TEST_F(StandardStreamsTest, MessagesThatNobodyReads_DoNotEndTheWork) {
  EXPECT_EQ(shell("\"$2\" stabilize in.mp4 full.mp4 2> /dev/full").exit_code, 0);
  EXPECT_EQ(shell("\"$2\" stabilize in.mp4 closed.mp4 0<&- 1>&- 2>&-").exit_code, 0);
  shell("\"$2\" stabilize in.mp4 gone.mp4 2>&1 >&2 | true");
  for (const char* name : {"full.mp4", "closed.mp4", "gone.mp4"}) EXPECT_EQ(frame_times(at(name)).size(), 30U) << name;
}

TEST_F(StandardStreamsTest, AReaderThatGoesAway_NeedsNoWords) {
  const Outcome outcome = shell("\"$2\" analyze in.mp4 --out - --quiet | true");
  EXPECT_TRUE(outcome.err.empty()) << outcome.err;
}

TEST_F(OutputPlaceTest, NamesNeedNotBeAscii) {
  for (const char* name : {"Видео ünï 日本.mp4", "with space.mp4", "100%d %s.mp4", "http:x.mp4", "-dash.mp4", "quote'\".mp4", "a|b.mp4", "\xff\xfe latin.mp4"}) {
    fs::create_directories(at("inside"));
    const fs::path in = at("inside") / name, out = at(name);
    fs::copy_file(at("in.mp4"), in, fs::copy_options::overwrite_existing);
    const Stabilized result = stabilize(in, out, {"--report", at("report.json")});
    ASSERT_EQ(result.outcome.exit_code, 0) << name << ": " << result.outcome.err;
    EXPECT_TRUE(result.report.is_object()) << name;
    EXPECT_TRUE(fs::exists(out)) << name;
    EXPECT_FALSE(fs::exists(out.string() + ".part"));
    const Outcome info = keel({"info", in, "--json"});
    EXPECT_EQ(info.exit_code, 0) << info.err;
    EXPECT_TRUE(Json::parse(info.out, nullptr, false).is_object()) << info.out;
    const Outcome metrics = keel({"metrics", in, out, "--json"});
    EXPECT_TRUE(Json::parse(metrics.out, nullptr, false).is_object()) << metrics.out << metrics.err;
  }
}

}  // namespace
}  // namespace keel::test
