// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

#include "engine/base/options.h"
#include "engine/base/result.h"

namespace keel {

/// Every value must belong to a described option, lie in its range (NaN lies nowhere) and be whole where the option is. The error names option, value and range.
[[nodiscard]] inline Result<void> check_options(const AlgorithmInfo& info, const OptionValues& values) {
  for (const auto& [id, value] : values) {
    const OptionDescriptor* found = nullptr;
    for (const OptionDescriptor& option : info.options)
      if (option.id == id) found = &option;
    if (found == nullptr) return Error{ErrorCode::kInvalidArgument, info.label + " has no option \"" + id + "\"."};
    if (!(value >= found->minimum && value <= found->maximum))
      return Error{ErrorCode::kInvalidArgument, info.label + ": " + id + " is " + std::to_string(value) + " but must lie between " +
                                                    std::to_string(found->minimum) + " and " + std::to_string(found->maximum) + "."};
    if (found->whole && value != std::round(value)) return Error{ErrorCode::kInvalidArgument, info.label + ": " + id + " is " + std::to_string(value) + " but must be a whole number."};
  }
  return {};
}

/// The value given, or the described default.
[[nodiscard]] inline double option_or_default(const AlgorithmInfo& info, const OptionValues& values, const std::string& id) {
  if (const auto it = values.find(id); it != values.end()) return it->second;
  for (const OptionDescriptor& option : info.options)
    if (option.id == id) return option.fallback;
  return 0;
}

}  // namespace keel
