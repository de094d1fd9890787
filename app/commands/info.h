// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace keel::cli {

/// What this program can do here, and, with a clip, what the clip is; returns an exit code.
int run_info(const std::filesystem::path& clip, bool json);

}  // namespace keel::cli
