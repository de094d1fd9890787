// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace keel::cli {

/// A line of a plot. `x` and `y` have one entry per point; x rises.
struct PlotLine {
  std::string label;   ///< as in the legend; plain text
  std::string colour;  ///< CSS
  std::vector<double> x, y;
  bool markers = false;                  ///< a dot per point
  std::vector<std::string> marker_texts; ///< beside the dots; empty or one per point
};

struct Plot {
  std::string title, x_label, y_label;  ///< plain text
  std::vector<PlotLine> lines;          ///< later ones are drawn above
  int width = 960, height = 240;        ///< px at which the page shows it
};

/// Replaces what HTML and SVG would read as markup.
[[nodiscard]] std::string escape_markup(const std::string& text);

/// An <svg> element to be put into an HTML page: axes with round numbers, lines, dots, a legend when there is more than one line. Lines with far more points than the
/// plot has columns keep the lowest and the highest point of each column. A plot without points says so.
[[nodiscard]] std::string draw_svg(const Plot& plot);

}  // namespace keel::cli
