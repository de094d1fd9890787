// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/metrics.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands/common.h"
#include "app/commands/device_option.h"
#include "engine/base/counted.h"
#include "engine/media/decoder.h"
#include "engine/metrics/metrics.h"

namespace keel {
namespace {

using cli::put;
using metrics::FileFigures;
using metrics::MetricsReport;
using metrics::Triplet;
using Json = nlohmann::ordered_json;

metrics::FrameSource frames_of(Decoder& decoder) {
  return [&decoder]() -> Result<std::optional<Frame>> {
    KEEL_ASSIGN(auto next, decoder.next());
    if (!next) return std::optional<Frame>{};
    return std::optional<Frame>{std::move(next->frame)};
  };
}

Json json_of(const FileFigures& f) {
  return {{"width", f.size.width},
          {"height", f.size.height},
          {"jitter_px", f.path.jitter_px},
          {"peak_acceleration_px", f.path.peak_acceleration_px},
          {"shake_px", f.path.shake_px},
          {"wobble_px", f.wobble_px},
          {"itf_db", f.itf_db},
          {"tracked_share", f.tracked_share},
          {"pairs", {{"measured", f.measured}, {"cuts", f.cuts}, {"low_texture", f.low_texture}, {"lost", f.lost}}}};
}

Json json_of(const Triplet& t) { return {{"cropping", t.cropping}, {"distortion", t.distortion}, {"stability", t.stability}}; }

Json scores(const MetricsReport& r) {
  return {{"picture_kept",
           {{"mean_area", r.kept.mean_area},
            {"worst_area", r.kept.worst_area},
            {"mean_linear", r.kept.mean_linear},
            {"worst_linear", r.kept.worst_linear}}},
          {"jitter_ratio", r.jitter_ratio},
          {"peak_acceleration_ratio", r.peak_acceleration_ratio},
          {"shake_ratio", r.shake_ratio},
          {"wobble_ratio", r.wobble_ratio},
          {"sharpness", r.sharpness_frames > 0 ? Json(r.sharpness) : Json(nullptr)},
          {"border",
           {{"any_share", r.border.any_share},
            {"outside_share", r.border.outside_share},
            {"black_share", r.border.black_share},
            {"repeated_share", r.border.repeated_share},
            {"worst_outside_px", r.border.worst_outside_px}}},
          {"fusta", json_of(r.fusta)},
          {"bundled", json_of(r.bundled)},
          {"gimbal", json_of(r.gimbal)}};
}

Json json_of(const MetricsReport& r, const std::string& original, const std::string& stabilized) {
  Json j{{"schema", "keel.metrics/1"},
         {"original_file", original},
         {"stabilized_file", stabilized},
         {"frames",
          {{"original", r.original_frames},
           {"stabilized", r.stabilized_frames},
           {"compared", r.compared_frames},
           {"registrable", r.registrable_frames},
           {"registered", r.registered_frames}}},
         {"failure", r.failure ? Json(*r.failure) : Json(nullptr)},
         {"original", json_of(r.original)},
         {"stabilized", json_of(r.stabilized)}};
  j["scores"] = r.failure ? Json(nullptr) : scores(r);
  return j;
}

void print_pairs(const char* name, const FileFigures& f) {
  put("{:<12} {}x{}: {} measured ({:.0f} % of the blocks agree), {}, {} without texture, {} lost\n", name, f.size.width,
             f.size.height, counted(f.measured, "pair"), 100 * f.tracked_share, counted(f.cuts, "cut"), f.low_texture, f.lost);
}

void print_row(const char* name, double original, double stabilized, double ratio) {
  put("{:<26} {:>10.3f} {:>10.3f} {:>8.3f}\n", name, original, stabilized, ratio);
}

void print_triplet(const char* name, const Triplet& t) {
  put("{:<26} {:>10.3f} {:>10.3f} {:>8.3f}\n", name, t.cropping, t.distortion, t.stability);
}

void print_table(const MetricsReport& r) {
  print_pairs("original", r.original);
  print_pairs("stabilized", r.stabilized);
  if (r.original_frames != r.stabilized_frames)
    put("The files have {} and {} frames; the first {} are compared.\n", r.original_frames, r.stabilized_frames, r.compared_frames);
  if (r.failure) return;
  const FileFigures &o = r.original, &s = r.stabilized;
  put("\n{:<26} {:>10} {:>10} {:>8}\n", "px at 640 px width", "original", "stabilized", "ratio");
  print_row("acceleration", o.path.jitter_px, s.path.jitter_px, r.jitter_ratio);
  print_row("peak acceleration", o.path.peak_acceleration_px, s.path.peak_acceleration_px, r.peak_acceleration_ratio);
  print_row("shake", o.path.shake_px, s.path.shake_px, r.shake_ratio);
  print_row("wobble", o.wobble_px, s.wobble_px, r.wobble_ratio);
  put("{:<26} {:>10.2f} {:>10.2f}\n", "ITF (dB)", o.itf_db, s.itf_db);
  put("\n{:<26} {:>10} {:>10}\n", "", "mean", "worst");
  put("{:<26} {:>10.3f} {:>10.3f}\n", "picture kept, area", r.kept.mean_area, r.kept.worst_area);
  put("{:<26} {:>10.3f} {:>10.3f}\n", "picture kept, linear", r.kept.mean_linear, r.kept.worst_linear);
  if (r.sharpness_frames > 0)
    put("{:<26} {:>10.3f}\n", "sharpness", r.sharpness);
  else
    put("{:<26} {:>10}\n", "sharpness", "-");
  put("{:<26} {:>10.3f} (outside {:.3f}, black {:.3f}, repeated {:.3f}; worst {:.1f} px)\n", "frames with a border", r.border.any_share,
             r.border.outside_share, r.border.black_share, r.border.repeated_share, r.border.worst_outside_px);
  put("\n{:<26} {:>10} {:>10} {:>8}\n", "published", "cropping", "distortion", "stability");
  print_triplet("fusta", r.fusta);
  print_triplet("bundled", r.bundled);
  print_triplet("gimbal", r.gimbal);
}

}  // namespace

int run_metrics(const std::filesystem::path& original, const std::filesystem::path& stabilized, const std::string& device, bool json, std::stop_token stop) {
  const auto judge = cli::metrics_device_of(device);
  if (!judge.ok()) return cli::fail(judge.error());
  auto first = Decoder::open(original);
  if (!first.ok()) return cli::fail(first.error());
  auto second = Decoder::open(stabilized);
  if (!second.ok()) return cli::fail(second.error());
  metrics::MetricsOptions options;
  options.stop = std::move(stop);
  options.device = *judge;
  if (const double rate = (*first)->info().frame_rate.value(); rate > 0) options.frame_rate_hz = rate;
  const auto report = metrics::measure(frames_of(**first), frames_of(**second), options);
  if (!report.ok()) return cli::fail(report.error());
  if (report->gpu_trouble) cli::say("{}\n", *report->gpu_trouble);
  if (json)
    // File names need not be UTF-8; what is not becomes a replacement character instead of an exception.
    put("{}\n", json_of(*report, original.string(), stabilized.string()).dump(2, ' ', false, Json::error_handler_t::replace));
  else if (!report->failure || report->original.measured > 0)
    print_table(*report);
  return report->failure ? cli::fail({ErrorCode::kUnsupported, *report->failure}) : cli::kDone;
}

}  // namespace keel
