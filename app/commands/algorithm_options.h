// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "engine/base/options.h"
#include "engine/base/result.h"

namespace keel::cli {

/// What --set has set.
struct AlgorithmOptions {
  OptionValues estimator, smoother;
};

/// Reads --set's words, "NAME=VALUE" each, as options of the estimator or of the smoother, each that has one of that name; with an empty `smoother` of the estimator alone. What the
/// registries describe is what there is; choices are given by name. Errors, in a sentence: no such estimator or smoother, no such option (with the nearest, or all), no such choice (with
/// all), no number, out of range, not whole where it must be, set twice, or `smoothness`, which has a flag of its own.
[[nodiscard]] Result<AlgorithmOptions> parse_algorithm_options(const std::string& estimator, const std::string& smoother, std::span<const std::string> words);

/// The same for several of each: an option goes to every one that has it. The result is by id.
[[nodiscard]] Result<std::map<std::string, OptionValues>> parse_options_of_all(std::span<const std::string> estimators, std::span<const std::string> smoothers,
                                                                              std::span<const std::string> words);

/// As reports tell them: numbers, and choices by name, so that what is read there can be given to --set.
[[nodiscard]] nlohmann::ordered_json options_report(const std::string& id, const OptionValues& values);

}  // namespace keel::cli
