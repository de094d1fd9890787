// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

namespace keel {

/// `keel metrics ORIGINAL STABILIZED [--device WHERE] [--json]`: decodes both files, measures the stabilized picture against its original and prints a
/// table, or with `json` one object of schema `keel.metrics/1` in which what could not be measured is null and a failed clip has
/// `failure` in place of scores. Progress and errors go to standard error. Returns an exit code.
int run_metrics(const std::filesystem::path& original, const std::filesystem::path& stabilized, const std::string& device, bool json, std::stop_token stop);

}  // namespace keel
