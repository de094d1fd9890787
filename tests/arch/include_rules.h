// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace keel::arch {

/// A broken rule of ARCHITECTURE.md: where and why.
struct Violation {
  std::string file;    ///< relative to the root, with forward slashes
  int line = 0;        ///< 1-based
  std::string reason;  ///< one sentence
};

/// Reads every source file below `root`/engine, ui and app and checks: includes only follow the arrows; Qt, FFmpeg and CUDA headers
/// only where they belong; the licence line comes first. `files_read` counts what was looked at.
[[nodiscard]] std::vector<Violation> check_tree(const std::filesystem::path& root, int* files_read = nullptr);

/// The same for one file's text, as if it stood at `file` (relative to the root).
[[nodiscard]] std::vector<Violation> check_text(const std::string& file, const std::string& text);

}  // namespace keel::arch
