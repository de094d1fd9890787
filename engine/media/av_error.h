// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.h"

namespace keel::av {

/// FFmpeg's words for a negative return code, without its codes: "Invalid data found when processing input".
[[nodiscard]] std::string describe(int code);

/// Sends FFmpeg's log lines to this folder instead of standard error, once per process. The newest error line of each
/// thread is kept, because libraries such as x264 say there, and only there, what they do not like.
void capture_log();

/// Takes the newest error line of the calling thread; empty when there is none.
std::string take_log_line();

/// The path in quotes as messages show it.
[[nodiscard]] std::string quoted(const std::filesystem::path& path);

/// The name FFmpeg opens: the explicit protocol keeps a file called "http:x.mp4" from being taken for an address.
[[nodiscard]] std::string file_url(const std::filesystem::path& path);

/// A sentence for a failed write: says "the disk is full" where that is the reason.
[[nodiscard]] Error write_error(int code, const std::filesystem::path& output);

/// What an export says that was told to stop.
[[nodiscard]] Error export_cancelled();

}  // namespace keel::av
