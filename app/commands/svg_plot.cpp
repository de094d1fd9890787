// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace keel::cli {
namespace {

constexpr double kLeft = 64, kRight = 14, kTop = 26, kBottom = 36;
/// Width of a letter of the legend, generously.
constexpr double kLetter = 7;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void take(const std::vector<double>& values) {
    for (const double v : values) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  [[nodiscard]] bool empty() const { return !(low <= high); }
  /// Room around the data; a single value gets some too.
  void widen(double share) {
    const double room = std::max(share * (high - low), 1e-6 * std::max(1.0, std::abs(high)));
    low -= room;
    high += room;
  }
};

/// 1, 2 or 5 times a power of ten, for about `count` ticks.
double tick_step(const Range& range, int count) {
  const double rough = (range.high - range.low) / count, power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double k : {1.0, 2.0, 5.0})
    if (k * power >= rough) return k * power;
  return 10 * power;
}

struct Axes {
  const Plot& plot;
  Range x, y;
  [[nodiscard]] double px(double v) const { return kLeft + (v - x.low) / (x.high - x.low) * (plot.width - kLeft - kRight); }
  [[nodiscard]] double py(double v) const { return plot.height - kBottom - (v - y.low) / (y.high - y.low) * (plot.height - kTop - kBottom); }
};

std::string draw_axes(const Axes& axes) {
  const Plot& plot = axes.plot;
  const double bottom = plot.height - kBottom, right = plot.width - kRight;
  std::string svg;
  const double dy = tick_step(axes.y, 5), dx = tick_step(axes.x, 10);
  for (double v = std::ceil(axes.y.low / dy) * dy; v <= axes.y.high; v += dy)
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.6g}</text>\n", kLeft, axes.py(v), right,
                       kLeft - 6, axes.py(v) + 4, std::abs(v) < dy / 2 ? 0 : v);
  for (double v = std::ceil(axes.x.low / dx) * dx; v <= axes.x.high; v += dx)
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:.6g}</text>\n", axes.px(v), kTop, bottom,
                       axes.px(v), bottom + 15, std::abs(v) < dx / 2 ? 0 : v);
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", right, plot.height - 6.0, escape_markup(plot.x_label));
  svg += fmt::format("<text transform=\"translate(13 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n", (kTop + bottom) / 2, escape_markup(plot.y_label));
  return svg;
}

/// The points of a line that a reader can tell apart: per pixel column the lowest and the highest, in the order of the line.
std::vector<std::size_t> visible_points(const PlotLine& line, const Axes& axes) {
  std::vector<std::size_t> kept;
  const std::size_t n = line.x.size();
  for (std::size_t begin = 0; begin < n;) {
    std::size_t end = begin, low = begin, high = begin;
    const double column = std::floor(axes.px(line.x[begin]));
    for (; end < n && std::floor(axes.px(line.x[end])) == column; ++end) {
      if (line.y[end] < line.y[low]) low = end;
      if (line.y[end] > line.y[high]) high = end;
    }
    kept.push_back(std::min(low, high));
    if (low != high) kept.push_back(std::max(low, high));
    begin = end;
  }
  return kept;
}

std::string draw_line(const PlotLine& line, const Axes& axes) {
  std::string path, dots;
  for (const std::size_t i : visible_points(line, axes)) path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", axes.px(line.x[i]), axes.py(line.y[i]));
  for (std::size_t i = 0; line.markers && i < line.x.size(); ++i) {
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n", axes.px(line.x[i]), axes.py(line.y[i]), line.colour);
    if (i < line.marker_texts.size())
      dots += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", axes.px(line.x[i]) + 6, axes.py(line.y[i]) - 6, escape_markup(line.marker_texts[i]));
  }
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\" stroke-linejoin=\"round\"/>\n{}", path, line.colour, dots);
}

std::string draw_legend(const Plot& plot) {
  if (plot.lines.size() < 2) return "";
  double x = plot.width - kRight;
  std::string svg;
  for (auto line = plot.lines.rbegin(); line != plot.lines.rend(); ++line) {
    x -= kLetter * static_cast<double>(line->label.size()) + 32;
    svg += fmt::format("<path d=\"M{:.1f} 12h16\" stroke=\"{}\" stroke-width=\"3\"/><text x=\"{:.1f}\" y=\"16\">{}</text>\n", x, line->colour, x + 21, escape_markup(line->label));
  }
  return svg;
}

}  // namespace

std::string escape_markup(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string draw_svg(const Plot& plot) {
  Axes axes{plot, {}, {}};
  for (const PlotLine& line : plot.lines) {
    axes.x.take(line.x);
    axes.y.take(line.y);
  }
  std::string svg = fmt::format("<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", plot.width, plot.height, plot.width, plot.height,
                                escape_markup(plot.title));
  svg += fmt::format("<text class=\"title\" x=\"{:.1f}\" y=\"16\">{}</text>\n", kLeft, escape_markup(plot.title));
  if (axes.x.empty() || axes.y.empty()) return svg + fmt::format("<text x=\"{:.1f}\" y=\"60\">nothing could be measured</text>\n</svg>\n", kLeft);
  const bool dots = std::any_of(plot.lines.begin(), plot.lines.end(), [](const PlotLine& line) { return line.markers; });
  axes.x.widen(dots ? 0.05 : 0);
  axes.y.widen(dots ? 0.12 : 0.04);
  svg += draw_axes(axes);
  for (const PlotLine& line : plot.lines) svg += draw_line(line, axes);
  return svg + draw_legend(plot) + "</svg>\n";
}

}  // namespace keel::cli
