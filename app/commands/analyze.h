// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace keel::cli {

struct AnalyzeArguments {
  std::filesystem::path input, output;
  std::string estimator = "classical";
  std::vector<std::string> set;  ///< NAME=VALUE, options of the estimator
  std::string device = "auto";
  bool quiet = false;
};
/// Writes MOTION.json; returns an exit code.
int run_analyze(const AnalyzeArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
