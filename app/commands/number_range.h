// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <concepts>
#include <string>
#include <system_error>

namespace keel::cli {

/// An option's value is a number (a whole one where the bounds are) within the bounds. CLI11's own Range says of a word that it is out of range.
template <class Number>
[[nodiscard]] CLI::Validator number_between(Number least, Number most) {
  const auto check = [least, most](std::string& text) -> std::string {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole_text = end == text.data() + text.size();
    if (error == std::errc::result_out_of_range && whole_text) return fmt::format("{} is not between {} and {}", text, least, most);
    if (error != std::errc() || !whole_text) return fmt::format("\"{}\" is not a {}", text, std::integral<Number> ? "whole number" : "number");
    // Written so that NaN is refused.
    if (!(value >= least && value <= most)) return fmt::format("{} is not between {} and {}", text, least, most);
    return {};
  };
  return CLI::Validator(check, fmt::format("{} {} to {}", std::integral<Number> ? "a whole number from" : "a number from", least, most));
}

}  // namespace keel::cli
