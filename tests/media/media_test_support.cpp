// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/media/media_test_support.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

/// libx265 loses a few kilobytes whenever an encoder is opened; every other leak counts. LeakSanitizer looks for this name.
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\n"; }

namespace keel::test {
namespace {

const std::string kPrefix = "keel_media_tests_";

void remove_folders_of_dead_programs() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPrefix, 0) != 0) continue;
    const auto owner = static_cast<pid_t>(std::strtol(name.c_str() + kPrefix.size(), nullptr, 10));
    if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) std::filesystem::remove_all(entry.path(), ignored);
  }
}

bool ffmpeg_is_there() {
  static const bool there = std::system("ffmpeg -version >/dev/null 2>&1 && ffprobe -version >/dev/null 2>&1") == 0;
  return there;
}

}  // namespace

std::string shell_quoted(const std::filesystem::path& path) { return std::string("'").append(path.string()).append("'"); }

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string output;
  std::vector<char> chunk(1 << 16);
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) output.append(chunk.data(), got);
  return output;
}

void MediaTest::SetUp() {
  if (!ffmpeg_is_there()) GTEST_SKIP() << "the ffmpeg program, which makes the clips of this test, is not installed";
  remove_folders_of_dead_programs();
  std::string pattern = (std::filesystem::temp_directory_path() / (kPrefix + std::to_string(getpid()) + "_XXXXXX")).string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void MediaTest::TearDown() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::filesystem::path MediaTest::make(const std::string& name, const std::string& arguments) const {
  const std::filesystem::path path = folder_ / name;
  const std::string command = "cd " + shell_quoted(folder_) + " && ffmpeg -v error -nostdin -y " + arguments + " " + shell_quoted(path) + " 2>&1";
  const std::string said = output_of(command);
  EXPECT_TRUE(std::filesystem::exists(path)) << command << "\n" << said;
  return path;
}

std::filesystem::path MediaTest::write_file(const std::string& name, const std::string& bytes) const {
  const std::filesystem::path path = folder_ / name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string reference_planes(const std::filesystem::path& clip, const std::string& pixel_format) {
  return output_of("ffmpeg -v error -nostdin -i " + shell_quoted(clip) +
                   " -map 0:v:0 -vsync passthrough -sws_flags accurate_rnd+full_chroma_int+bitexact -pix_fmt " + pixel_format + " -f rawvideo -");
}

std::string planes_of(const std::vector<DecodedFrame>& frames) {
  std::string bytes;
  for (const DecodedFrame& decoded : frames)
    for (int p = 0; p < decoded.frame.plane_count(); ++p) {
      const PlaneView& plane = decoded.frame.plane(p);
      const std::size_t row = static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(decoded.frame.format().bytes_per_sample());
      for (int y = 0; y < plane.height; ++y) bytes.append(plane.row<char>(y), row);
    }
  return bytes;
}

std::int64_t reference_count(const std::filesystem::path& clip) {
  return std::atoll(
      output_of("ffprobe -v error -select_streams v:0 -count_frames -show_entries stream=nb_read_frames -of csv=p=0 " + shell_quoted(clip)).c_str());
}

std::string stream_hashes(const std::filesystem::path& clip, const std::string& map) {
  return output_of("ffmpeg -v error -nostdin -i " + shell_quoted(clip) + " -map " + map + " -c copy -f streamhash - 2>/dev/null");
}

std::string video_entry(const std::filesystem::path& clip, const std::string& entry) {
  std::string text = output_of("ffprobe -v error -select_streams v:0 -show_entries " + entry + " -of default=nw=1:nk=1 " + shell_quoted(clip));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

double first_time(const std::filesystem::path& clip, const std::string& stream) {
  std::istringstream lines(
      output_of("ffprobe -v error -select_streams " + stream + " -show_entries packet=pts_time -of csv=p=0 " + shell_quoted(clip)));
  double first = std::numeric_limits<double>::infinity();
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != 'N') first = std::min(first, std::atof(line.c_str()));
  return first;
}

DecodedClip decode(const std::filesystem::path& clip, const DecoderOptions& options) {
  DecodedClip decoded;
  auto decoder = Decoder::open(clip, options);
  if (!decoder) {
    ADD_FAILURE() << decoder.error().message;
    return decoded;
  }
  decoded.info = (*decoder)->info();
  for (;;) {
    auto next = (*decoder)->next();
    if (!next) {
      ADD_FAILURE() << next.error().message;
      break;
    }
    if (!next->has_value()) break;
    decoded.frames.push_back(**next);
  }
  decoded.health = (*decoder)->health();
  decoded.path = (*decoder)->decode_path();
  return decoded;
}

EncodeSettings quick(VideoCodec codec) {
  EncodeSettings settings;
  settings.codec = codec;
  settings.preset = "ultrafast";
  return settings;
}

Result<KeepReport> transcode(const std::filesystem::path& source, const std::filesystem::path& output, const EncodeSettings& settings) {
  KEEL_ASSIGN(const std::unique_ptr<Decoder> decoder, Decoder::open(source));
  KEEL_ASSIGN(const KeepReport planned, plan_export(decoder->info(), output, settings));
  KEEL_ASSIGN(const std::unique_ptr<ClipWriter> writer, ClipWriter::open(decoder->info(), output, settings));
  for (;;) {
    KEEL_ASSIGN(const std::optional<DecodedFrame> next, decoder->next());
    if (!next) break;
    KEEL_TRY(writer->write(next->frame, next->pts, next->duration));
  }
  KEEL_TRY(writer->finish());
  EXPECT_EQ(planned.kept, writer->keep_report().kept);
  EXPECT_EQ(planned.reencoded, writer->keep_report().reencoded);
  EXPECT_EQ(planned.dropped, writer->keep_report().dropped);
  return writer->keep_report();
}

bool same_picture(const Frame& a, const Frame& b) {
  if (a.size() != b.size() || !(a.format() == b.format())) return false;
  for (int p = 0; p < a.plane_count(); ++p) {
    const std::size_t row = static_cast<std::size_t>(a.plane(p).width) * static_cast<std::size_t>(a.format().bytes_per_sample());
    for (int y = 0; y < a.plane(p).height; ++y)
      if (std::memcmp(a.plane(p).row<char>(y), b.plane(p).row<char>(y), row) != 0) return false;
  }
  return true;
}

bool mentions(const std::vector<std::string>& lines, const std::string& part) {
  for (const std::string& line : lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace keel::test
