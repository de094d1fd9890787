// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

namespace keel::cli {

struct AnalyzeArguments {
  std::filesystem::path input, output;
  std::string estimator = "classical";
  bool quiet = false;
};
/// Writes MOTION.json; returns an exit code.
int run_analyze(const AnalyzeArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
