// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/algorithm_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "app/commands/common.h"
#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"

namespace keel::cli {
namespace {

/// Has a flag of its own.
constexpr const char* kSmoothness = "smoothness";

/// An algorithm that was chosen, and where its options go.
struct Chosen {
  const AlgorithmInfo* info;
  OptionValues* values;
};

Error bad(std::string text) { return {ErrorCode::kInvalidArgument, std::move(text)}; }

const AlgorithmInfo* find(std::span<const AlgorithmInfo> all, const std::string& id) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const AlgorithmInfo& info) { return info.id == id; });
  return it == all.end() ? nullptr : &*it;
}

Error no_such_option(std::span<const Chosen> chosen, const std::string& name) {
  std::vector<std::string> known;
  std::string who, list;
  for (const Chosen& c : chosen) {
    who += (who.empty() ? "" : " nor ") + c.info->id;
    for (const OptionDescriptor& option : c.info->options) {
      if (option.id == kSmoothness) continue;
      known.push_back(option.id);
      list += (list.empty() ? "" : ", ") + option.id;
    }
  }
  const std::string no_option = chosen.size() > 1 ? fmt::format("Neither {} has an option \"{}\"", who, name) : fmt::format("The estimator {} has no option \"{}\"", who, name);
  if (const std::string near = nearest_word(name, known); !near.empty()) return bad(fmt::format("{}; did you mean {}?", no_option, near));
  return bad(fmt::format("{}; there are: {}.", no_option, list));
}

Result<double> number_of(const OptionDescriptor& option, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return bad(fmt::format("--set {}: \"{}\" is not a number.", option.id, text));
  if (!(value >= option.minimum && value <= option.maximum))
    return bad(fmt::format("--set {}: {} must lie between {} and {}{}{}.", option.id, text, option.minimum, option.maximum, option.unit.empty() ? "" : " ", option.unit));
  if (option.whole && value != std::round(value)) return bad(fmt::format("--set {}: {} must be a whole number.", option.id, text));
  return value;
}

Result<double> choice_of(const OptionDescriptor& option, const std::string& text) {
  const auto it = std::find(option.choices.begin(), option.choices.end(), text);
  if (it == option.choices.end()) return bad(fmt::format("--set {}: there is no \"{}\"; there are: {}.", option.id, text, fmt::join(option.choices, ", ")));
  return static_cast<double>(it - option.choices.begin());
}

Result<void> parse_one(std::span<const Chosen> chosen, const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return bad(fmt::format("--set takes NAME=VALUE, not \"{}\".", word));
  const std::string name = word.substr(0, equals), text = word.substr(equals + 1);
  if (name == kSmoothness) return bad("The smoothness has a flag of its own: use --smoothness in place of --set.");
  bool known = false;
  for (const Chosen& c : chosen) {
    const auto option = std::find_if(c.info->options.begin(), c.info->options.end(), [&](const OptionDescriptor& o) { return o.id == name; });
    if (option == c.info->options.end()) continue;
    KEEL_ASSIGN(const double value, option->choices.empty() ? number_of(*option, text) : choice_of(*option, text));
    if (!c.values->emplace(name, value).second) return bad(fmt::format("--set {} is given twice; leave one out.", name));
    known = true;
  }
  if (!known) return no_such_option(chosen, name);
  return {};
}

}  // namespace

Result<std::map<std::string, OptionValues>> parse_options_of_all(std::span<const std::string> estimators, std::span<const std::string> smoothers, std::span<const std::string> words) {
  std::map<std::string, OptionValues> options;
  std::vector<Chosen> chosen;
  for (const std::string& id : smoothers) {
    const AlgorithmInfo* info = find(path_smoothers(), id);
    // Its error says which there are.
    if (info == nullptr) return make_path_smoother(id, {}).error();
    chosen.push_back({info, &options[id]});
  }
  for (const std::string& id : estimators) {
    const AlgorithmInfo* info = find(motion_estimators(), id);
    if (info == nullptr) return make_motion_estimator(id).error();
    chosen.push_back({info, &options[id]});
  }
  for (const std::string& word : words) KEEL_TRY(parse_one(chosen, word));
  return options;
}

Result<AlgorithmOptions> parse_algorithm_options(const std::string& estimator, const std::string& smoother, std::span<const std::string> words) {
  const std::vector<std::string> smoothers(smoother.empty() ? 0 : 1, smoother);
  KEEL_ASSIGN(auto options, parse_options_of_all({&estimator, 1}, smoothers, words));
  return AlgorithmOptions{std::move(options[estimator]), smoother.empty() ? OptionValues{} : std::move(options[smoother])};
}

nlohmann::ordered_json options_report(const std::string& id, const OptionValues& values) {
  nlohmann::ordered_json j = values;
  for (const auto all : {path_smoothers(), motion_estimators()})
    if (const AlgorithmInfo* info = find(all, id))
      for (const OptionDescriptor& option : info->options)
        if (const auto it = values.find(option.id); it != values.end() && !option.choices.empty()) j[option.id] = option.choices.at(static_cast<std::size_t>(it->second));
  return j;
}

}  // namespace keel::cli
