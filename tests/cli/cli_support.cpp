// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli_support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace keel::test {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

fs::path new_folder() {
  std::string pattern = (fs::temp_directory_path() / "keel-cli-XXXXXX").string();
  return ::mkdtemp(pattern.data());
}

pid_t start(const Words& command, const fs::path& out, const fs::path& err) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int in = ::open("/dev/null", O_RDONLY);
  const int to_out = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), to_err = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(in, STDIN_FILENO);
  ::dup2(to_out, STDOUT_FILENO);
  ::dup2(to_err, STDERR_FILENO);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

int shell_code(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

Outcome run(const Words& command, const Interrupt& interrupt, double limit_seconds) {
  const fs::path folder = new_folder();
  Outcome outcome;
  const auto begin = Clock::now();
  Clock::time_point signalled;
  const pid_t child = start(command, folder / "out", folder / "err");
  if (child < 0) {
    // Not a child to wait for, and never a target for a signal: -1 means everybody.
    ADD_FAILURE() << "no process could be started for " << command[0];
    return outcome;
  }
  int status = 0;
  bool repeated = false;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (interrupt.signal != 0 && !outcome.interrupted && interrupt.when()) {
      signalled = Clock::now();
      outcome.interrupted = true;
      ::kill(child, interrupt.signal);
    }
    if (interrupt.twice && outcome.interrupted && !repeated && seconds_since(signalled) > 0.1) {
      repeated = true;
      ::kill(child, interrupt.signal);
    }
    if (seconds_since(begin) > limit_seconds) {
      ADD_FAILURE() << command[0] << " took longer than " << limit_seconds << " s and was killed";
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (outcome.interrupted) outcome.stop_seconds = seconds_since(signalled);
  outcome.exit_code = shell_code(status);
  outcome.out = read_text(folder / "out");
  outcome.err = read_text(folder / "err");
  fs::remove_all(folder);
  return outcome;
}

Outcome keel(const Words& arguments, const Interrupt& interrupt, double limit_seconds) {
  Words command{std::string(KEEL_BIN_DIR) + "/keel"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, interrupt, limit_seconds);
}

bool have_ffmpeg() {
  static const bool have = run({"ffmpeg", "-version"}).exit_code == 0 && run({"ffprobe", "-version"}).exit_code == 0;
  return have;
}

void ffmpeg(const Words& arguments) {
  Words command{"ffmpeg", "-v", "error", "-nostdin", "-y"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run(command);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
}

void make_clip(const fs::path& path, const ClipSpec& spec) {
  const auto n = [](int v) { return std::to_string(v); };
  const std::string seconds = std::to_string(spec.frames / 30.0 + 0.001);
  std::string picture = "color=gray:s=" + n(spec.width / 2) + "x" + n(spec.height / 2) + ":r=30,noise=alls=100:all_seed=" + n(spec.seed) +
                        ",scale=" + n(2 * spec.width) + ":" + n(2 * spec.height) + ":flags=bicubic,format=yuv444p,crop=" + n(spec.width) + ":" +
                        n(spec.height) + ":x='" + spec.window_x + "':y='" + spec.window_y + "'";
  if (!spec.filters.empty()) picture += "," + spec.filters;
  Words words{"-f", "lavfi", "-i", picture};
  if (!spec.audio.empty()) words.insert(words.end(), {"-f", "lavfi", "-t", seconds, "-i", "sine=f=440:r=48000"});
  words.insert(words.end(), {"-frames:v", n(spec.frames), "-pix_fmt", spec.pixel_format});
  for (const Words* part : {&spec.video, &spec.audio, &spec.more}) words.insert(words.end(), part->begin(), part->end());
  words.push_back(path.string());
  ffmpeg(words);
}

Json probe(const fs::path& path) {
  const Outcome outcome = run({"ffprobe", "-v", "error", "-of", "json", "-count_packets", "-show_streams", "-show_format", "-show_chapters", path.string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return Json::parse(outcome.out, nullptr, false);
}

Json video_stream(const fs::path& path) {
  const Json probed = probe(path);
  for (const Json& stream : probed.value("streams", Json::array()))
    if (stream.value("codec_type", "") == "video") return stream;
  ADD_FAILURE() << path << " has no video";
  return Json::object();
}

std::vector<double> frame_times(const fs::path& path) {
  const Outcome outcome = run({"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path.string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::vector<double> times;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line[0] != 'N') times.push_back(std::strtod(line.c_str(), nullptr));
  std::sort(times.begin(), times.end());
  return times;
}

std::string audio_hashes(const fs::path& path) {
  const Outcome outcome = run({"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-vn", "-sn", "-dn", "-map", "0:a?", "-c", "copy", "-f", "streamhash", "-"});
  // Without an audio stream there is nothing to write, which ffmpeg calls an error.
  return outcome.exit_code == 0 ? outcome.out : "";
}

std::vector<std::string> picture_hashes(const fs::path& path) {
  const Outcome outcome = run({"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-map", "0:v:0", "-f", "framemd5", "-"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::vector<std::string> hashes;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line[0] != '#') hashes.push_back(line.substr(line.rfind(' ') + 1));
  return hashes;
}

Stabilized stabilize(const fs::path& in, const fs::path& out, Words more) {
  Words words{"stabilize", in.string(), out.string(), "--preset", "ultrafast", "--quiet", "--json"};
  words.insert(words.end(), more.begin(), more.end());
  Stabilized result{keel(words), nullptr};
  result.report = Json::parse(result.outcome.out, nullptr, false);
  return result;
}

Json analyze(const fs::path& in) {
  const Outcome outcome = keel({"analyze", in.string(), "--out", "-", "--quiet"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return Json::parse(outcome.out, nullptr, false);
}

void expect_faithful(const fs::path& in, const fs::path& out, const Json& report, double tolerance_s) {
  ASSERT_TRUE(report.is_object()) << "no report for " << in;
  // Without framing the borders are in the picture, filled.
  if (report["framing"] != "none") { EXPECT_GE(report["borders"]["smallest_margin_px"].get<double>(), 0.0); }
  const std::vector<double> before = frame_times(in), after = frame_times(out);
  ASSERT_EQ(after.size(), before.size()) << out;
  EXPECT_EQ(report["frames"].get<std::size_t>(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) ASSERT_NEAR(after[i], before[i], tolerance_s) << "frame " << i << " of " << out;
  EXPECT_EQ(audio_hashes(out), audio_hashes(in));
}

void expect_one_sentence(const Outcome& outcome, const std::string& name) {
  const std::string& text = outcome.err;
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(text.rfind("keel: ", 0), 0u) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_TRUE(text.size() > 2 && text[text.size() - 2] == '.') << text;
  EXPECT_NE(text.find(name), std::string::npos) << "does not name " << name << ": " << text;
}

void expect_nothing_left(const fs::path& out) {
  EXPECT_FALSE(fs::exists(out)) << out;
  EXPECT_FALSE(fs::exists(out.string() + ".part")) << out << ".part";
}

void CliTest::SetUp() {
  if (!have_ffmpeg()) GTEST_SKIP() << "ffmpeg and ffprobe are needed to make and to judge clips; they are not installed";
  folder_ = new_folder();
}

void CliTest::TearDown() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace keel::test
