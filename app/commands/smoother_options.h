// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "engine/base/options.h"
#include "engine/base/result.h"

namespace keel::cli {

/// Reads --set's words, "NAME=VALUE" each, as options of a smoother. What the registry describes is what there is. Errors, in a sentence: no such smoother, no such
/// option (with the nearest, or all), no number, out of range, set twice, or `smoothness`, which has a flag of its own.
[[nodiscard]] Result<OptionValues> parse_smoother_options(const std::string& smoother, std::span<const std::string> words);
/// The same for --set-estimator and an estimator; an unknown one has no options here, and is told of where it is made.
[[nodiscard]] Result<OptionValues> parse_estimator_options(const std::string& estimator, std::span<const std::string> words);

}  // namespace keel::cli
