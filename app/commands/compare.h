// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/plan/warp_plan.h"

namespace keel::cli {

struct CompareArguments {
  std::filesystem::path input;
  std::vector<std::string> estimators{"all"}, smoothers{"all"};  ///< ids, or "all"
  std::filesystem::path out;                                     ///< folder for compare.html and compare.json; made if its parent is there; empty: none
  std::vector<std::string> set;  ///< options of the estimators and smoothers, "NAME=VALUE"
  StabilizeSettings settings;
  std::string device = "auto";  ///< where pictures are judged
  bool json = false;
  bool quiet = false;
};

/// Every estimator with every smoother, measured in their output pictures; prints a table, or JSON of schema `keel.compare/1`. Returns an exit code: done
/// when at least one combination worked.
int run_compare(const CompareArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
