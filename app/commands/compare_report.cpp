// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/compare_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands/algorithm_options.h"

namespace keel::cli {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json figures(const metrics::FileFigures& f) {
  return {{"jitter_px", f.path.jitter_px}, {"peak_acceleration_px", f.path.peak_acceleration_px}, {"shake_px", f.path.shake_px}, {"wobble_px", f.wobble_px}};
}

Json scores(const metrics::MetricsReport& r) {
  return {{"residual_acceleration_ratio", r.jitter_ratio},
          {"peak_acceleration_ratio", r.peak_acceleration_ratio},
          {"shake_ratio", r.shake_ratio},
          {"wobble_ratio", r.wobble_ratio},
          {"distortion", r.gimbal.distortion},
          {"picture_kept", {{"mean_linear", r.kept.mean_linear}, {"worst_linear", r.kept.worst_linear}, {"mean_area", r.kept.mean_area}}},
          {"border_frames_share", r.border.any_share},
          {"stability", {{"fusta", r.fusta.stability}, {"bundled", r.bundled.stability}, {"gimbal", r.gimbal.stability}}},
          {"original", figures(r.original)},
          {"stabilized", figures(r.stabilized)}};
}

Json certificate(const BorderCertificate& borders) { return {{"smallest_margin_px", borders.smallest_margin_px}, {"frame", borders.frame}}; }

Json json_of(const AnalysisOutcome& a) {
  return {{"estimator", a.estimator}, {"failure", text_or_null(a.failure)}, {"frames", a.frames}, {"seconds", a.seconds}, {"pairs", a.pairs}, {"trouble", text_or_null(a.trouble)}};
}

Json json_of(const Combination& c) {
  Json j{{"estimator", c.estimator}, {"smoother", c.smoother}, {"failure", text_or_null(c.failure)}};
  j["solve_seconds"] = c.failure ? Json(nullptr) : Json(c.solve_s);
  j["planned_picture_kept"] = c.failure ? Json(nullptr) : Json(c.picture_kept);
  j["borders"] = c.failure ? Json(nullptr) : certificate(c.borders);
  j["scores"] = c.failure ? Json(nullptr) : scores(c.measured);
  return j;
}

Json json_of(const TradeOff& t) {
  Json points = Json::array();
  for (const TradeOffPoint& p : t.points)
    points.push_back({{"keep", p.keep},
                      {"failure", text_or_null(p.failure)},
                      {"borders", p.failure ? Json(nullptr) : certificate(p.borders)},
                      {"scores", p.failure ? Json(nullptr) : scores(p.measured)}});
  return {{"estimator", t.estimator}, {"smoother", t.smoother}, {"points", points}};
}

std::string row_of(const Combination& c) {
  const std::string name = fmt::format("{:<11} {:<11}", c.estimator, c.smoother);
  if (c.failure) return fmt::format("{} failed: {}\n", name, *c.failure);
  const auto& m = c.measured;
  return fmt::format("{} {:>8.3f} {:>7.3f} {:>6.1f} % {:>7.2f} {:>10.3f} {:>6.1f} % {:>8.1f} px\n", name, m.jitter_ratio, m.shake_ratio, 100 * m.kept.mean_linear, m.wobble_ratio,
                     m.gimbal.distortion, 100 * m.border.any_share, c.borders.smallest_margin_px);
}

}  // namespace

std::string as_utf8(const std::string& text) { return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>(); }

std::string compare_json(const Comparison& c) {
  Json j;
  j["schema"] = "keel.compare/1";
  j["clip"] = as_utf8(c.clip.path.string());
  j["width"] = c.clip.size.width;
  j["height"] = c.clip.size.height;
  j["frame_rate"] = c.clip.frame_rate.value();
  j["settings"] = {{"smoothness", c.settings.smoothness}, {"keep", c.settings.keep}, {"strength", c.settings.strength}, {"rolling_shutter", c.settings.rolling_shutter}};
  for (const auto& [id, values] : c.options)
    if (!values.empty()) j["options"][id] = options_report(id, values);
  j["measured_at"] = {{"width", c.proxy.width}, {"height", c.proxy.height}};
  j["analyses"] = j["combinations"] = Json::array();
  for (const AnalysisOutcome& a : c.analyses) j["analyses"].push_back(json_of(a));
  for (const Combination& combination : c.combinations) j["combinations"].push_back(json_of(combination));
  j["trade_off"] = c.trade_off.points.empty() ? Json(nullptr) : json_of(c.trade_off);
  return j.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::string compare_table(const Comparison& c) {
  std::string text = fmt::format("{:<11} {:<11} {:>8} {:>7} {:>8} {:>7} {:>10} {:>8} {:>11}\n", "estimator", "smoother", "accel.", "shake", "kept", "wobble", "distortion", "borders",
                                 "margin");
  for (const Combination& combination : c.combinations) text += row_of(combination);
  text += fmt::format(
      "\naccel. (residual acceleration), shake, wobble: of the output picture, as a share of the original's; less is steadier. distortion: 1 is none.\n"
      "kept: linear share of the picture, mean. borders: frames that show one. margin: the plan's smallest, in pixels of the source. Measured at {}x{}.\n",
      c.proxy.width, c.proxy.height);
  if (c.trade_off.points.empty()) return text;
  text += fmt::format("\ntrade-off of {} + {}\n{:>8} {:>8} {:>8} {:>7}\n", c.trade_off.estimator, c.trade_off.smoother, "--keep", "kept", "accel.", "shake");
  for (const TradeOffPoint& p : c.trade_off.points)
    text += p.failure ? fmt::format("{:>8.2f} failed: {}\n", p.keep, *p.failure)
                      : fmt::format("{:>8.2f} {:>6.1f} % {:>8.3f} {:>7.3f}\n", p.keep, 100 * p.measured.kept.mean_linear, p.measured.jitter_ratio, p.measured.shake_ratio);
  return text;
}

}  // namespace keel::cli
