// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/stabilize.h"

#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <map>
#include <numeric>
#include <nlohmann/json.hpp>

#include "app/commands/algorithm_options.h"
#include "app/commands/common.h"
#include "engine/backend/device.h"
#include "engine/base/counted.h"
#include "engine/path/path_smoother.h"
#include "engine/session/analyzer.h"
#include "engine/session/exporter.h"

namespace keel::cli {
namespace {

using Json = nlohmann::ordered_json;

Json make_report(const StabilizeArguments& a, const OptionValues& estimator_options, const StabilizeSettings& settings, const Analysis& analysis,
                 const Solution& solution, const ExportResult& result, double analysis_s, double solve_s, double export_s) {
  std::map<std::string, int> statuses;
  for (const PairMotion& pair : analysis.track.pairs) ++statuses[std::string(to_string(pair.status))];
  float least_strength = 1;
  for (const float s : solution.plan.strength) least_strength = std::min(least_strength, s);
  Json j;
  j["schema"] = "keel.report/1";
  j["input"] = a.input.string();
  j["output"] = a.output.string();
  j["estimator"] = analysis.track.estimator;
  j["estimator_options"] = options_report(analysis.track.estimator, estimator_options);
  j["smoother"] = settings.smoother;
  j["smoothness"] = settings.smoothness;
  j["smoother_options"] = options_report(settings.smoother, settings.smoother_options);
  j["keep"] = settings.keep;
  j["strength"] = settings.strength;
  double largest_bend_px = 0;
  for (const FrameWarp& frame : solution.plan.frames) largest_bend_px = std::max({largest_bend_px, frame.bend.bound().x, frame.bend.bound().y});
  j["rolling_shutter"] = {{"mode", a.rolling_shutter}, {"largest_bend_px", largest_bend_px}};
  j["framing"] = to_string(settings.framing);
  j["frames"] = result.frames;
  j["width"] = result.size.width;
  j["height"] = result.size.height;
  j["side_by_side"] = a.side_by_side;
  j["picture_kept"] = solution.plan.picture_kept;
  j["zoom"] = 1 / solution.plan.picture_kept;
  if (settings.framing == Framing::kAdaptive) {
    const auto& window = solution.plan.window;
    j["picture_kept_mean"] = window.empty() ? 1 : std::accumulate(window.begin(), window.end(), 0.0) / static_cast<double>(window.size());
  }
  j["least_applied_strength"] = least_strength;
  j["borders"] = {{"smallest_margin_px", solution.plan.borders.smallest_margin_px}, {"frame", solution.plan.borders.frame}};
  if (settings.framing == Framing::kNone) {
    const FilledBorder& filled = solution.plan.filled;
    j["filled"] = {{"mean_share", filled.mean_share}, {"largest_share", filled.largest_share}, {"frame", filled.frame}};
    j["filled"]["with"] = a.fill.value_or("mirror");
    if (a.fill == "neighbours") {
      j["filled"]["from_neighbours"] = result.filled.neighbours;
      j["filled"]["mirrored"] = result.filled.mirrored;
    }
  }
  j["pairs"] = statuses;
  j["shots"] = solution.raw.shots.size();
  j["damaged_frames"] = result.health.damaged_frames;
  j["ended_early"] = result.health.ended_early;
  j["left_out_packets"] = result.left_out_packets;
  j["losses"] = losses(result);
  j["kept"] = result.keep.kept;
  j["reencoded"] = result.keep.reencoded;
  j["dropped"] = result.keep.dropped;
  j["decode"] = describe_decoding(result.decode, a.device);
  j["decode_analysis"] = describe_decoding(analysis.decode, a.device);
  for (const DecodePath& decode : {analysis.decode, result.decode})
    if (const auto trouble = decode_trouble(decode)) j["decode_trouble"] = *trouble;
  j["encode"] = result.encoder;
  j["motion_compute"] = compute_text(analysis.compute);
  if (analysis.compute.half) j["motion_precision"] = "half";
  if (const auto& d = analysis.compute.difference) j["motion_differs_from_cpu"] = {{"source_px", d->source_px}, {"view_px", d->view_px}, {"pairs", d->pairs}};
  if (analysis.compute.trouble) j["motion_gpu_trouble"] = *analysis.compute.trouble;
  j["compute"] = compute_text(result.on_gpu);
  if (result.gpu_trouble) j["gpu_trouble"] = *result.gpu_trouble;
  j["seconds"] = {{"analysis", analysis_s}, {"solve", solve_s}, {"export", export_s}};
  return j;
}

/// With `quiet` only what is lost.
void print_keep(const KeepReport& keep, bool quiet) {
  if (!quiet) {
    for (const auto& line : keep.kept) say("  kept        {}\n", one_line(line));
    for (const auto& line : keep.reencoded) say("  re-encoded  {}\n", one_line(line));
  }
  for (const auto& line : keep.dropped) say("  dropped     {}\n", one_line(line));
}

/// Freed memory goes back to the system as soon as a mebibyte of it lies at the end of the heap. glibc else keeps up to 64 MB of it once pictures have been
/// freed (its threshold grows with them), on top of what an encoder takes.
void give_freed_memory_back() {
#ifdef M_TRIM_THRESHOLD
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

/// The settings with framing's part. An option that would do nothing is refused.
Result<StabilizeSettings> settings_of(const StabilizeArguments& a, const OptionValues& smoother_options) {
  StabilizeSettings settings = a.settings;
  settings.rolling_shutter = a.rolling_shutter == "straighten";
  settings.framing = a.framing == "adaptive" ? Framing::kAdaptive : (a.framing == "none" ? Framing::kNone : Framing::kFixed);
  if (a.zoom_smoothness && settings.framing != Framing::kAdaptive)
    return Error{ErrorCode::kInvalidArgument, "--zoom-smoothness has no effect without --framing adaptive; add that or leave it out."};
  if (a.fill && settings.framing != Framing::kNone) return Error{ErrorCode::kInvalidArgument, "--fill has no effect without --framing none; add that or leave it out."};
  if (a.size == "native" && settings.framing == Framing::kNone)
    return Error{ErrorCode::kInvalidArgument, "--size native has no effect with --framing none, which shows the whole picture; leave one of them out."};
  settings.size = a.size == "native" ? OutputSize::kNative : OutputSize::kSource;
  settings.smoother_options = smoother_options;
  // What does not go together is told before the work.
  if (const auto made = make_path_smoother(settings.smoother, settings.smoother_options); !made) return made.error();
  settings.zoom_smoothness = a.zoom_smoothness.value_or(settings.zoom_smoothness);
  KEEL_TRY(settings.validate());
  return settings;
}

Result<Json> stabilize(const StabilizeArguments& a, std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); };
  KEEL_ASSIGN(const Gpu gpu, gpu_of_device(a.device));
  KEEL_ASSIGN(const AlgorithmOptions options, parse_algorithm_options(a.estimator, a.settings.smoother, a.set));
  KEEL_ASSIGN(const StabilizeSettings solve_settings, settings_of(a, options.smoother));
  AnalysisOptions analysis_options;
  analysis_options.estimator = options.estimator;
  analysis_options.gpu = gpu;
  analysis_options.decode_on = decode_device(a.device);
  if (!a.report.empty()) KEEL_TRY(check_text_place(a.report, {a.input, a.output}));
  ExportSettings settings;
  settings.encode = a.encode;
  KEEL_ASSIGN(settings.encode.codec, parse_video_codec(a.codec));
  KEEL_ASSIGN(settings.encode.encoder, parse_encoder_kind(a.encoder));
  settings.interpolation = a.interpolation == "bilinear" ? Interpolation::kBilinear : Interpolation::kBicubic;
  settings.gpu = gpu;
  settings.decode_on = decode_device(a.device);
  settings.side_by_side = a.side_by_side;
  if (a.fill == "black") settings.fill = BorderFill::kBlack;
  if (a.fill == "neighbours") settings.fill = BorderFill::kNeighbours;
  KEEL_ASSIGN(const ClipInfo clip, probe(a.input));
  KEEL_ASSIGN(const KeepReport keep, plan_export(exported_clip(clip, clip.size, settings), a.output, settings.encode));
  print_keep(keep, a.quiet);

  const auto analysis_start = Clock::now();
  ProgressLine analysing("analysing", a.quiet);
  KEEL_ASSIGN(const Analysis analysis, analyze_clip(a.input, a.estimator, stop, analysing.callback(), {}, analysis_options));
  const double analysis_s = since(analysis_start);
  const auto solve_start = Clock::now();
  KEEL_ASSIGN(const Solution solution, solve(analysis.track, solve_settings, stop));
  const double solve_s = since(solve_start);
  const auto export_start = Clock::now();
  ProgressLine exporting("exporting", a.quiet);
  KEEL_ASSIGN(const ExportResult result, export_clip(clip, solution.plan, a.output, settings, stop, exporting.callback()));
  return make_report(a, options.estimator, solve_settings, analysis, solution, result, analysis_s, solve_s, since(export_start));
}

}  // namespace

int run_stabilize(const StabilizeArguments& a, std::stop_token stop) {
  give_freed_memory_back();
  const auto report = stabilize(a, stop);
  if (!report) return fail(report.error());
  const std::string text = report->dump(1, ' ', false, Json::error_handler_t::replace);
  if (!a.report.empty())
    if (auto written = write_text(a.report, text); !written) return fail(written.error());
  if (a.json) put("{}\n", text);
  const Json& r = *report;
  if (!a.quiet) {
    say("{} written to {}. ", counted(r["frames"].get<long>(), "frame"), one_line(a.output.string()));
    if (r.contains("filled") && r["filled"].contains("from_neighbours"))
      say("Whole picture; {:.1f} % of it filled from neighbouring frames on average, {:.1f} % mirrored.\n", 100 * r["filled"]["from_neighbours"].get<double>(),
                 100 * r["filled"]["mirrored"].get<double>());
    else if (r.contains("filled"))
      say("Whole picture; {:.1f} % of it filled on average, at most {:.1f} % at frame {}.\n", 100 * r["filled"]["mean_share"].get<double>(),
                 100 * r["filled"]["largest_share"].get<double>(), r["filled"]["frame"].get<int>());
    else
      say("Picture kept {:.1f} %, no borders: smallest margin {:.1f} px at frame {}.\n", 100 * r["picture_kept"].get<double>(),
                 r["borders"]["smallest_margin_px"].get<double>(), r["borders"]["frame"].get<int>());
    if (r.contains("motion_differs_from_cpu")) say("Motion: {}.\n", r["motion_compute"].get<std::string>());
  }
  if (r.contains("decode_trouble")) say("{}\n", r["decode_trouble"].get<std::string>());
  if (r.contains("motion_gpu_trouble")) say("Motion: {}\n", r["motion_gpu_trouble"].get<std::string>());
  if (r.contains("gpu_trouble")) say("Pictures: {}\n", r["gpu_trouble"].get<std::string>());
  for (const std::string& sentence : r["losses"].get<std::vector<std::string>>()) say("{}\n", sentence);
  return kDone;
}

}  // namespace keel::cli
