// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/av_error.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <utility>

#include "engine/media/av_raii.h"

namespace keel::av {
namespace {

thread_local std::string newest_log_line;

void keep_error_line(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  std::array<char, 512> line{};
  int print_prefix = 0;
  av_log_format_line2(context, level, format, arguments, line.data(), static_cast<int>(line.size()), &print_prefix);
  std::string text(line.data());
  while (!text.empty() && (text.back() == '\n' || text.back() == '.' || text.back() == ' ')) text.pop_back();
  // A prefix such as "[libx264 @ 0x55d0]" means nothing to a user.
  if (const auto end = text.find("] "); !text.empty() && text.front() == '[' && end != std::string::npos) text.erase(0, end + 2);
  if (!text.empty()) newest_log_line = std::move(text);
}

}  // namespace

std::string describe(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

void capture_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keep_error_line); });
}

std::string take_log_line() { return std::exchange(newest_log_line, {}); }

std::string quoted(const std::filesystem::path& path) { return fmt::format("\"{}\"", path.string()); }

std::string file_url(const std::filesystem::path& path) { return "file:" + path.string(); }

Error write_error(int code, const std::filesystem::path& output) {
  if (code == AVERROR(ENOSPC) || code == AVERROR(EDQUOT))
    return {ErrorCode::kIo, fmt::format("Writing {} stopped because the disk is full; free some space or choose another folder.", quoted(output))};
  if (code == AVERROR(ENOMEM)) return {ErrorCode::kOutOfMemory, fmt::format("There is not enough memory to write {}.", quoted(output))};
  const std::string detail = take_log_line();
  return {ErrorCode::kIo, fmt::format("{} could not be written: {}{}{}.", quoted(output), describe(code), detail.empty() ? "" : "; ", detail)};
}

Error export_cancelled() { return {ErrorCode::kCancelled, "The export was cancelled."}; }

}  // namespace keel::av
