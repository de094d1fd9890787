// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace keel::cli {

/// What this program can do here, and, with a clip, what the clip is and who decodes it with --device `device`; returns an exit code.
int run_info(const std::filesystem::path& clip, const std::string& device, bool json);

}  // namespace keel::cli
