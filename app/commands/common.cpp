// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/common.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace keel::cli {
namespace {

std::filesystem::path part_of(std::filesystem::path path) { return path += ".part"; }

std::string clock_text(double seconds) {
  const auto s = static_cast<long>(std::lround(std::max(0.0, seconds)));
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) : fmt::format("{:02}:{:02}", s / 60, s % 60);
}

/// Number of single-letter edits between two words (Levenshtein).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string in_lower_case(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return word;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '\n') line += "\\n";
    else if (letter == '\t') line += "\\t";
    else if (code < 0x20 || code == 0x7f) line += fmt::format("\\x{:02x}", code);
    else line += letter;
  }
  return line;
}

std::string nearest_word(const std::string& unknown, std::span<const std::string> known) {
  std::string best;
  std::size_t least = 4;
  for (const std::string& word : known)
    // Half of a word being different is another word.
    if (const std::size_t d = edit_distance(in_lower_case(unknown), word); d < least && 2 * d <= word.size()) {
      least = d;
      best = word;
    }
  return best;
}

int fail(const Error& error) {
  if (!error.message.empty()) say("keel: {}\n", one_line(error.message));
  switch (error.code) {
    case ErrorCode::kCancelled: return ExitCode::kCancelled;
    case ErrorCode::kInvalidArgument: return kBadArguments;
    case ErrorCode::kNotFound:
    case ErrorCode::kUnsupported:
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kInternal: return kFailed;
  }
  return kFailed;
}

ProgressLine::ProgressLine(std::string what, bool quiet)
    : what_(std::move(what)), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0), start_(std::chrono::steady_clock::now()), last_(start_) {}

ProgressLine::~ProgressLine() {
  if (shown_ && terminal_) say("\n");
}

double ProgressLine::seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

ProgressFn ProgressLine::callback() {
  return [this](std::int64_t done, std::int64_t total) { show(done, total); };
}

void ProgressLine::show(std::int64_t done, std::int64_t total) {
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(150) : std::chrono::milliseconds(3000);
  if (now - last_ < pause && !(done == total && shown_)) return;
  last_ = now;
  shown_ = true;
  const double elapsed = seconds(), rate = elapsed > 0 ? static_cast<double>(done) / elapsed : 0;
  std::string line = total > 0 ? fmt::format("{} {:3.0f} %  {}/{} frames", what_, std::min(100.0, 100.0 * static_cast<double>(done) / static_cast<double>(total)), done, total)
                               : fmt::format("{} {} frames", what_, done);
  line += fmt::format("  {:.1f} fps", rate);
  if (total > done && rate > 0) line += fmt::format("  {} left", clock_text(static_cast<double>(total - done) / rate));
  say("{}{:<70}{}", terminal_ ? "\r" : "", line, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

const DecodeDevice* decode_device(const std::string& device) { return device == "cpu" ? nullptr : nvdec(); }

std::string describe_decoding(DecodePath decode, const std::string& device) {
  if (device == "cpu") decode.reason = "--device cpu asks for it";
  return to_string(decode);
}

Result<void> check_text_place(const std::filesystem::path& path, std::initializer_list<std::filesystem::path> kept) {
  if (path == "-") return {};
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return Error{ErrorCode::kNotFound, fmt::format("The folder \"{}\" is not there; make it first or choose another one.", folder.string())};
  if (!path.has_filename() || std::filesystem::is_directory(path, ignored))
    return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" is a folder, not a file; add a name.", path.string())};
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return Error{ErrorCode::kIo, fmt::format("The folder \"{}\" cannot be written; choose another one.", folder.string())};
  const long longest = ::pathconf(folder.c_str(), _PC_NAME_MAX);
  if (longest > 0 && part_of(path).filename().native().size() > static_cast<std::size_t>(longest))
    return Error{ErrorCode::kInvalidArgument, fmt::format("The name \"{}\" is too long; choose a shorter one.", path.filename().string())};
  for (const auto& place : {path, part_of(path)})
    for (const auto& other : kept)
      if (std::filesystem::equivalent(place, other, ignored) || std::filesystem::weakly_canonical(place, ignored) == std::filesystem::weakly_canonical(other, ignored))
        return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" would overwrite \"{}\"; choose another name.", path.string(), other.string())};
  return {};
}

namespace {

Result<void> write_into(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << '\n';
  out.flush();
  if (!out) return Error{ErrorCode::kIo, fmt::format("\"{}\" could not be written; choose another name.", path.string())};
  return {};
}

}  // namespace

Result<void> write_text(const std::filesystem::path& path, const std::string& text) {
  if (path == "-") {
    put("{}\n", text);
    return {};
  }
  std::error_code error;
  // A device or a pipe is written into: what took its name would be in everybody's way.
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return write_into(path, text);
  const std::filesystem::path part = part_of(path);
  if (auto written = write_into(part, text); !written) {
    std::filesystem::remove(part, error);
    return Error{written.error().code, fmt::format("\"{}\" could not be written; check that the folder exists, is writable and has space.", path.string())};
  }
  std::filesystem::rename(part, path, error);
  if (error) return Error{ErrorCode::kIo, fmt::format("\"{}\" could not be written: {}.", path.string(), error.message())};
  return {};
}

}  // namespace keel::cli
