// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/smoother_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "app/commands/common.h"
#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"

namespace keel::cli {
namespace {

/// Has a flag of its own.
constexpr const char* kSmoothness = "smoothness";

Error bad(std::string text) { return {ErrorCode::kInvalidArgument, std::move(text)}; }

/// What the options are given to, and by what.
struct Taker {
  const char* kind;  ///< "smoother"
  const char* flag;  ///< "--set"
};
constexpr Taker kSmoother{"smoother", "--set"}, kEstimator{"estimator", "--set-estimator"};

Error no_such_option(const Taker& taker, const AlgorithmInfo& info, const std::string& name) {
  std::vector<std::string> known;
  std::string list;
  for (const OptionDescriptor& option : info.options) {
    if (option.id == kSmoothness) continue;
    known.push_back(option.id);
    list += (list.empty() ? "" : ", ") + option.id;
  }
  if (known.empty()) return bad(fmt::format("The {} {} has no option \"{}\": all it takes is --smoothness.", taker.kind, info.id, name));
  if (const std::string near = nearest_word(name, known); !near.empty())
    return bad(fmt::format("The {} {} has no option \"{}\"; did you mean {}?", taker.kind, info.id, name, near));
  return bad(fmt::format("The {} {} has no option \"{}\"; it has: {}.", taker.kind, info.id, name, list));
}

Result<void> parse_one(const Taker& taker, const AlgorithmInfo& info, const std::string& word, OptionValues& values) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return bad(fmt::format("{} takes NAME=VALUE, not \"{}\".", taker.flag, word));
  const std::string name = word.substr(0, equals), text = word.substr(equals + 1);
  if (name == kSmoothness && std::string(taker.kind) == kSmoother.kind) return bad("The smoothness has a flag of its own: use --smoothness in place of --set.");
  const auto option = std::find_if(info.options.begin(), info.options.end(), [&](const OptionDescriptor& o) { return o.id == name; });
  if (option == info.options.end()) return no_such_option(taker, info, name);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return bad(fmt::format("{} {}: \"{}\" is not a number.", taker.flag, name, text));
  if (!(value >= option->minimum && value <= option->maximum))
    return bad(fmt::format("{} {}: {} must lie between {} and {}{}{}.", taker.flag, name, text, option->minimum, option->maximum, option->unit.empty() ? "" : " ", option->unit));
  if (!values.emplace(name, value).second) return bad(fmt::format("{} {} is given twice; leave one out.", taker.flag, name));
  return {};
}

}  // namespace

Result<OptionValues> parse_smoother_options(const std::string& smoother, std::span<const std::string> words) {
  OptionValues values;
  const auto all = path_smoothers();
  const auto info = std::find_if(all.begin(), all.end(), [&](const AlgorithmInfo& i) { return i.id == smoother; });
  if (info == all.end()) {
    // Says which there are.
    const auto made = make_path_smoother(smoother, {});
    return made.error();
  }
  for (const std::string& word : words) KEEL_TRY(parse_one(kSmoother, *info, word, values));
  return values;
}

Result<OptionValues> parse_estimator_options(const std::string& estimator, std::span<const std::string> words) {
  OptionValues values;
  const auto all = motion_estimators();
  const auto info = std::find_if(all.begin(), all.end(), [&](const AlgorithmInfo& i) { return i.id == estimator; });
  // An unknown one is told of where it is made.
  if (info == all.end()) return values;
  for (const std::string& word : words) KEEL_TRY(parse_one(kEstimator, *info, word, values));
  return values;
}

}  // namespace keel::cli
