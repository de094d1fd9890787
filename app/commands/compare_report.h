// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/compare/comparison.h"

namespace keel::cli {

/// One object of schema `keel.compare/1`, indented. What failed has `failure` with its sentence and `scores` null.
[[nodiscard]] std::string compare_json(const Comparison& comparison);

/// Lines for a terminal: a row per combination, the failures with their sentences, and the trade-off.
[[nodiscard]] std::string compare_table(const Comparison& comparison);

/// One HTML page that needs nothing else: table, trade-off curve and paths as SVG, frames as data URIs.
[[nodiscard]] std::string compare_page(const Comparison& comparison);

/// `text` as UTF-8: file names may be anything, pages and JSON may not.
[[nodiscard]] std::string as_utf8(const std::string& text);

}  // namespace keel::cli
