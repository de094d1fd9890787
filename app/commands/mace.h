// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace keel::cli {

struct MaceArguments {
  std::filesystem::path photos, weights;
  std::string estimator = "ihn", protocol = "coco";
  std::vector<std::string> set;  ///< options of the estimator, "NAME=VALUE"
  int pairs = 2000;
  std::uint64_t seed = 1;
  bool json = false;
};

/// `keel mace`: mean average corner error on pairs synthesised from photographs (see pair_synthesis.h), with median and 95th percentile. A learned estimator is
/// asked for its raw answer; the classical one goes through its whole interface, and a pair it refuses counts as if nothing had moved. Returns an exit code.
int run_mace(const MaceArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
