// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace keel::test {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// What a program did.
struct Outcome {
  int exit_code = -1;           ///< of the shell: 128 + signal when a signal ended it
  std::string out, err;         ///< all it wrote
  double stop_seconds = 0;      ///< from the interrupting signal to the end; 0 without one
  bool interrupted = false;     ///< the signal was sent while it ran
};

/// A signal for a running program.
struct Interrupt {
  int signal = 0;                 ///< 0: none
  std::function<bool()> when;     ///< asked every few milliseconds; sent once it says yes
  bool twice = false;             ///< and once more, 100 ms later
};

/// Runs a program to its end; one that takes longer than `limit_seconds` is killed and fails the test: nothing may hang.
Outcome run(const Words& command, const Interrupt& interrupt = {}, double limit_seconds = 60);
/// The same for the program under test.
Outcome keel(const Words& arguments, const Interrupt& interrupt = {}, double limit_seconds = 60);

/// Runs ffmpeg and fails the test when it fails.
void ffmpeg(const Words& arguments);
bool have_ffmpeg();

/// A small clip with a known content. The texture is noise of a fixed seed, seen through a window that moves.
struct ClipSpec {
  int width = 160, height = 120, frames = 30;
  std::string window_x = "40+8*sin(n*1.7)+n/2", window_y = "40+6*cos(n*2.3)";  ///< of frame n, in a texture twice as large
  std::string filters;                                                         ///< after the window, "setsar=4/3"
  std::string pixel_format = "yuv420p";
  Words video{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "12"};
  Words audio{"-c:a", "aac"};  ///< empty: silent
  Words more;                  ///< output options
  int seed = 7;
};
void make_clip(const fs::path& path, const ClipSpec& spec = {});

/// ffprobe's streams and format.
Json probe(const fs::path& path);
Json video_stream(const fs::path& path);
/// Presentation times of all video packets in display order, seconds.
std::vector<double> frame_times(const fs::path& path);
/// One line per audio packet stream: "type,hash". Two files with equal text carry the same packets bit for bit.
std::string audio_hashes(const fs::path& path);
/// A hash of each decoded picture.
std::vector<std::string> picture_hashes(const fs::path& path);

/// `keel stabilize` with the fastest encoder settings and a report; parsed.
struct Stabilized {
  Outcome outcome;
  Json report;
};
Stabilized stabilize(const fs::path& in, const fs::path& out, Words more = {});
/// `keel analyze`, parsed; null when it failed.
Json analyze(const fs::path& in);

/// Frame count, times (within `tolerance_s`) and audio packets are those of the source, and the certificate holds.
void expect_faithful(const fs::path& in, const fs::path& out, const Json& report, double tolerance_s = 0.0011);
/// Exactly one line on standard error that begins with "keel: ", names `name`, and ends with a full stop.
void expect_one_sentence(const Outcome& outcome, const std::string& name);
/// Neither the file nor its .part neighbour is there.
void expect_nothing_left(const fs::path& out);

/// A folder of its own for each test; skips where ffmpeg is missing.
class CliTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  [[nodiscard]] fs::path at(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

std::string read_text(const fs::path& path);
void write_text(const fs::path& path, const std::string& text);

}  // namespace keel::test
