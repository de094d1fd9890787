// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace keel::cli {

/// What is wrong with the arguments, and what to do, in one sentence that ends with a full stop. `arguments` are those that app.parse() was given.
[[nodiscard]] std::string argument_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments);

/// An option's value is one of these words. CLI11's own IsMember says "not in {a,b}".
[[nodiscard]] CLI::Validator one_of(std::initializer_list<std::string_view> words);

/// A name of a file or folder is not empty, which a shell makes of a variable that is not set.
[[nodiscard]] CLI::Validator any_name();

}  // namespace keel::cli
