// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "app/commands/device_option.h"
#include "app/commands/terminal.h"
#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/media/decoder.h"

namespace keel::cli {

/// What the program returns to the shell.
enum ExitCode : int { kDone = 0, kFailed = 1, kBadArguments = 2, kCancelled = 130 };

/// Prints the sentence on standard error and says how to exit.
int fail(const Error& error);

/// The text with line breaks, tabs and other control characters written as in C: names of files and titles of tracks may have them, and a terminal obeys them.
[[nodiscard]] std::string one_line(std::string_view text);

/// The known word that `unknown` was probably meant to be; empty when none is within three letters of it and at least half the same. Known words are in lower case.
[[nodiscard]] std::string nearest_word(const std::string& unknown, std::span<const std::string> known);

/// Progress on standard error: one line rewritten on a terminal, a line every few seconds elsewhere.
class ProgressLine {
 public:
  ProgressLine(std::string what, bool quiet);
  ~ProgressLine();
  /// May be called from the thread that works.
  [[nodiscard]] ProgressFn callback();
  [[nodiscard]] double seconds() const;

 private:
  void show(std::int64_t done, std::int64_t total);

  const std::string what_;
  const bool quiet_, terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
  bool shown_ = false;
};

/// What --device leaves decoding to: null is software.
[[nodiscard]] const DecodeDevice* decode_device(const std::string& device);
/// Who decodes, as reports tell it.
[[nodiscard]] std::string describe_decoding(DecodePath decode, const std::string& device);

/// Checks before the work where a text of write_text() will go: its folder is there, and it would overwrite none of `kept`.
[[nodiscard]] Result<void> check_text_place(const std::filesystem::path& path, std::initializer_list<std::filesystem::path> kept);

/// Writes a whole file through a temporary neighbour, so that no half-written file stays; "-" is standard output. A device or a pipe is
/// written into.
[[nodiscard]] Result<void> write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace keel::cli
