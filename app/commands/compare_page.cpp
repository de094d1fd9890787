// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "app/commands/compare_report.h"
#include "app/commands/svg_plot.h"

namespace keel::cli {
namespace {

constexpr std::array kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a4fbf", "#806000"};

constexpr const char* kStyle = R"(
body{font:15px/1.45 system-ui,sans-serif;color:#222;background:#fff;max-width:1020px;margin:24px auto;padding:0 16px}
table{border-collapse:collapse;margin:12px 0}th,td{padding:4px 12px;text-align:right;border-bottom:1px solid #ddd}
th{font-weight:600}th:nth-child(-n+2),td:nth-child(-n+2),td.failed{text-align:left}td.failed{color:#a22}
svg{display:block;max-width:100%;margin:10px 0}svg text{font:11px system-ui,sans-serif;fill:#444}svg text.title{font-weight:600}
svg .grid{stroke:#e4e4e4;fill:none}figure{display:inline-block;margin:0 12px 14px 0;vertical-align:top}
figcaption{font-size:13px;color:#444}img{display:block;max-width:100%}p.note{color:#555;font-size:13px})";

std::string base64(const Jpeg& bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kLetters[bits >> (18 - 6 * k) & 63];
  }
  return text;
}

std::string picture(const Jpeg& jpeg, const std::string& caption) {
  if (jpeg.empty()) return "";
  const std::string words = escape_markup(caption);
  return fmt::format("<figure><img alt=\"{}\" src=\"data:image/jpeg;base64,{}\"><figcaption>{}</figcaption></figure>\n", words, base64(jpeg), words);
}

std::string table(const Comparison& c) {
  std::string html =
      "<table><thead><tr><th>estimator</th><th>smoother</th><th>residual acceleration</th><th>shake</th><th>picture kept</th><th>wobble</th>"
      "<th>distortion</th><th>border frames</th><th>smallest margin</th></tr></thead><tbody>\n";
  for (const Combination& row : c.combinations) {
    html += fmt::format("<tr><td>{}</td><td>{}</td>", escape_markup(row.estimator), escape_markup(row.smoother));
    const auto& m = row.measured;
    if (row.failure)
      html += fmt::format("<td class=\"failed\" colspan=\"7\">failed: {}</td></tr>\n", escape_markup(as_utf8(*row.failure)));
    else
      html += fmt::format("<td>{:.3f}</td><td>{:.3f}</td><td>{:.1f} %</td><td>{:.2f}</td><td>{:.3f}</td><td>{:.1f} %</td><td>{:.1f} px</td></tr>\n", m.jitter_ratio, m.shake_ratio,
                          100 * m.kept.mean_linear, m.wobble_ratio, m.gimbal.distortion, 100 * m.border.any_share, row.borders.smallest_margin_px);
  }
  html += "</tbody></table>\n";
  return html + fmt::format(
                    "<p class=\"note\">Residual acceleration, shake and wobble are measured in the output picture (at {}x{}), as a share of the original's: less is steadier. "
                    "Picture kept is linear, the mean over frames. Distortion is that of the worst frame, 1 is none. The smallest margin is the plan's, in pixels of the "
                    "source, to the edge of the picture.</p>\n",
                    c.proxy.width, c.proxy.height);
}

std::string trade_off(const TradeOff& t) {
  if (t.points.empty()) return "";
  PlotLine line;
  line.colour = kColours[0];
  line.markers = true;
  std::vector<const TradeOffPoint*> points;
  std::string failures;
  for (const TradeOffPoint& p : t.points) {
    if (!p.failure)
      points.push_back(&p);
    else
      failures += fmt::format("<p class=\"note\">A budget of {:.2f} failed: {}</p>\n", p.keep, escape_markup(as_utf8(*p.failure)));
  }
  std::stable_sort(points.begin(), points.end(), [](auto a, auto b) { return a->measured.kept.mean_linear < b->measured.kept.mean_linear; });
  for (const TradeOffPoint* p : points) {
    line.x.push_back(100 * p->measured.kept.mean_linear);
    line.y.push_back(p->measured.jitter_ratio);
    line.marker_texts.push_back(fmt::format("{:.2f}", p->keep));
  }
  Plot plot;
  plot.title = fmt::format("{} + {}; the numbers are --keep", t.estimator, t.smoother);
  plot.x_label = "picture kept, measured, %";
  plot.y_label = "residual acceleration";
  plot.lines = {line};
  plot.height = 320;
  return "<h2>What more picture costs</h2>\n" + draw_svg(plot) + failures;
}

PlotLine line_of(const std::string& label, const std::string& colour, const std::vector<float>& values, double rate_hz) {
  PlotLine line;
  line.label = label;
  line.colour = colour;
  for (std::size_t t = 0; t < values.size(); ++t) {
    line.x.push_back(static_cast<double>(t) / rate_hz);
    line.y.push_back(values[t]);
  }
  return line;
}

std::string paths(const Comparison& c, const AnalysisOutcome& analysis) {
  if (analysis.failure) return "";
  struct Channel {
    const char *name, *unit;
    std::vector<float> PlottedPath::*values;
  };
  const double rate = c.clip.frame_rate.value();
  std::string html = fmt::format("<h2>Paths, {}</h2>\n", escape_markup(analysis.estimator));
  for (const Channel& channel : {Channel{"across", "px", &PlottedPath::x_px}, Channel{"down", "px", &PlottedPath::y_px}, Channel{"turn", "degrees", &PlottedPath::turn_deg}}) {
    Plot plot;
    plot.title = channel.name;
    plot.x_label = rate > 0 ? "seconds" : "frames";
    plot.y_label = channel.unit;
    plot.lines.push_back(line_of("raw", "#aaa", analysis.raw.*channel.values, rate > 0 ? rate : 1));
    for (const Combination& row : c.combinations) {
      if (row.estimator != analysis.estimator || row.failure) continue;
      plot.lines.push_back(line_of(row.smoother, kColours[(plot.lines.size() - 1) % kColours.size()], row.smooth.*channel.values, rate > 0 ? rate : 1));
    }
    html += draw_svg(plot);
  }
  return html;
}

std::string pictures(const Comparison& c) {
  if (c.shown_frames.empty()) return "";
  std::string html = "<h2>Frames</h2>\n";
  if (c.no_pictures) html += fmt::format("<p class=\"note\">{}</p>\n", escape_markup(*c.no_pictures));
  for (std::size_t i = 0; i < c.shown_frames.size(); ++i) {
    html += fmt::format("<h3>Frame {}</h3>\n", c.shown_frames[i]);
    if (i < c.originals.size()) html += picture(c.originals[i], "original");
    for (const Combination& row : c.combinations)
      if (i < row.pictures.size() && !row.failure) html += picture(row.pictures[i], row.estimator + " + " + row.smoother);
  }
  return html;
}

}  // namespace

std::string compare_page(const Comparison& c) {
  const std::string name = escape_markup(as_utf8(c.clip.path.filename().string()));
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Comparison of {}</title><style>{}</style></head><body>\n<h1>{}</h1>\n<p>{}x{}, {:.3f} frames a second; smoothness {:.2f}, at least {:.0f} % of the picture kept.</p>\n",
      name, kStyle, name, c.clip.size.width, c.clip.size.height, c.clip.frame_rate.value(), c.settings.smoothness, 100 * c.settings.keep);
  html += table(c) + trade_off(c.trade_off);
  for (const AnalysisOutcome& analysis : c.analyses) html += paths(c, analysis);
  return html + pictures(c) + "</body></html>";
}

}  // namespace keel::cli
