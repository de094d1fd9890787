// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>

#include "app/commands/analyze.h"
#include "app/commands/argument_errors.h"
#include "app/commands/command_list.h"
#include "app/commands/compare.h"
#include "app/commands/info.h"
#include "app/commands/metrics.h"
#include "app/commands/number_range.h"
#include "app/commands/stabilize.h"

namespace keel::cli {
namespace {

Command stabilize_command(CLI::App& app) {
  const auto arguments = std::make_shared<StabilizeArguments>();
  auto& a = *arguments;
  auto* c = app.add_subcommand("stabilize", "Stabilize a clip");
  c->add_option("IN", a.input, "Clip to read")->check(any_name())->required();
  c->add_option("OUT", a.output, "File to write; its extension chooses the container")->check(any_name())->required();
  c->add_option("--estimator", a.estimator, "Motion estimator (keel info lists them)")->capture_default_str();
  c->add_option("--smoother", a.settings.smoother, "Path smoother (keel info lists them)")->capture_default_str();
  c->add_option("--smoothness", a.settings.smoothness, "0 to 1")->check(number_between(0.0, 1.0))->capture_default_str();
  c->add_option("--set", a.set, "An option of the smoother or the estimator, NAME=VALUE (keel info lists them); may be repeated")->allow_extra_args(false);
  c->add_option("--keep", a.settings.keep, "Least linear share of the picture to keep")->check(number_between(0.5, 1.0))->capture_default_str();
  c->add_option("--strength", a.settings.strength, "0 (original motion) to 1")->check(number_between(0.0, 1.0))->capture_default_str();
  c->add_option("--rolling-shutter", a.rolling_shutter, "straighten: take out how shake bends the rows of a picture; leave: as filmed")->check(one_of({"straighten", "leave"}))->capture_default_str();
  c->add_option("--framing", a.framing, "fixed: one window; adaptive: it changes slowly; none: the whole picture, with filled borders")
      ->check(one_of({"fixed", "adaptive", "none"}))
      ->capture_default_str();
  c->add_option("--zoom-smoothness", a.zoom_smoothness, "How slowly the adaptive window changes, 0 to 1 [0.5]")->check(number_between(0.0, 1.0));
  c->add_option("--fill", a.fill, "What fills borders without framing [mirror]")->check(one_of({"mirror", "black", "neighbours"}));
  c->add_option("--size", a.size, "source: as the source; native: as many pixels as the window has there, nothing is enlarged")->check(one_of({"source", "native"}))->capture_default_str();
  c->add_flag("--side-by-side", a.side_by_side, "Write the original on the left and the stabilized picture on the right, with labels")->disable_flag_override();
  c->add_option("--codec", a.codec, "Video codec")->check(one_of({"h264", "hevc", "prores", "ffv1"}))->capture_default_str();
  c->add_option("--encoder", a.encoder, "Who encodes h264 and hevc: software keeps the quality of --crf; nvenc, on an NVIDIA GPU, takes it as its cq")
      ->check(one_of({"software", "nvenc"}))
      ->capture_default_str();
  c->add_option("--crf", a.encode.crf, "Constant quality, lower is better (h264, hevc)")->check(number_between(0, 51))->capture_default_str();
  c->add_option("--preset", a.encode.preset, "Encoder effort (h264, hevc)")
      ->check(one_of({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}))
      ->capture_default_str();
  c->add_option("--interpolation", a.interpolation, "Resampling")->check(one_of({"bicubic", "bilinear"}))->capture_default_str();
  c->add_option("--device", a.device, "Where the clip is decoded, and motion and pictures are computed; auto: on the GPU where there is one")->check(one_of({"auto", "cpu", "cuda"}))->capture_default_str();
  c->add_option("--report", a.report, "Write what was done as JSON")->check(any_name());
  c->add_flag("--json", a.json, "Print the report on standard output")->disable_flag_override();
  c->add_flag("--quiet", a.quiet, "No progress; what is lost and what went wrong is told all the same")->disable_flag_override();
  return {c, [arguments](std::stop_token stop) { return run_stabilize(*arguments, stop); }};
}

Command analyze_command(CLI::App& app) {
  const auto arguments = std::make_shared<AnalyzeArguments>();
  auto& a = *arguments;
  auto* c = app.add_subcommand("analyze", "Measure a clip's motion and write it as JSON");
  c->add_option("IN", a.input, "Clip to read")->check(any_name())->required();
  c->add_option("--out", a.output, "MOTION.json to write; - for standard output")->check(any_name())->required();
  c->add_option("--estimator", a.estimator, "Motion estimator (keel info lists them)")->capture_default_str();
  c->add_option("--set", a.set, "An option of the estimator, NAME=VALUE (keel info lists them); may be repeated")->allow_extra_args(false);
  c->add_option("--device", a.device, "Where the clip is decoded and motion is computed; auto: on the GPU where there is one")->check(one_of({"auto", "cpu", "cuda"}))->capture_default_str();
  c->add_flag("--quiet", a.quiet, "No progress")->disable_flag_override();
  return {c, [arguments](std::stop_token stop) { return run_analyze(*arguments, stop); }};
}

Command metrics_command(CLI::App& app) {
  struct Arguments {
    std::filesystem::path original, stabilized;
    std::string device = "auto";
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  auto* c = app.add_subcommand("metrics", "Compare a stabilized file with its original");
  c->add_option("ORIGINAL", arguments->original, "The shaky file")->check(any_name())->required();
  c->add_option("STABILIZED", arguments->stabilized, "The steady file")->check(any_name())->required();
  c->add_option("--device", arguments->device, "Where pictures are judged; auto: on the GPU where there is one")->check(one_of({"auto", "cpu", "cuda"}))->capture_default_str();
  c->add_flag("--json", arguments->json, "JSON on standard output")->disable_flag_override();
  return {c, [arguments](std::stop_token stop) { return run_metrics(arguments->original, arguments->stabilized, arguments->device, arguments->json, stop); }};
}

Command compare_command(CLI::App& app) {
  const auto arguments = std::make_shared<CompareArguments>();
  auto& a = *arguments;
  auto* c = app.add_subcommand("compare", "Try every estimator with every smoother on a clip, and measure the results");
  c->add_option("CLIP", a.input, "Clip to read")->check(any_name())->required();
  c->add_option("--estimators", a.estimators, "all, or names with commas between (keel info lists them)")->delimiter(',')->allow_extra_args(false)->capture_default_str();
  c->add_option("--smoothers", a.smoothers, "all, or names with commas between (keel info lists them)")->delimiter(',')->allow_extra_args(false)->capture_default_str();
  c->add_option("--set", a.set, "An option of every estimator and smoother that has it, NAME=VALUE (keel info lists them); may be repeated")->allow_extra_args(false);
  c->add_option("--out", a.out, "Folder for compare.html, a page with plots and frames, and compare.json")->check(any_name());
  c->add_option("--smoothness", a.settings.smoothness, "0 to 1")->check(number_between(0.0, 1.0))->capture_default_str();
  c->add_option("--keep", a.settings.keep, "Least linear share of the picture to keep")->check(number_between(0.5, 1.0))->capture_default_str();
  c->add_option("--device", a.device, "Where pictures are judged; auto: on the GPU where there is one")->check(one_of({"auto", "cpu", "cuda"}))->capture_default_str();
  c->add_flag("--json", a.json, "JSON in place of the table")->disable_flag_override();
  c->add_flag("--quiet", a.quiet, "No progress")->disable_flag_override();
  return {c, [arguments](std::stop_token stop) { return run_compare(*arguments, stop); }};
}

Command info_command(CLI::App& app) {
  struct Arguments {
    std::filesystem::path clip;
    std::string device = "auto";
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  auto* c = app.add_subcommand("info", "What this program can do here, and what a clip is");
  c->add_option("CLIP", arguments->clip, "Clip to describe")->check(any_name());
  c->add_option("--device", arguments->device, "Who would decode the clip with this option")->check(one_of({"auto", "cpu", "cuda"}))->capture_default_str();
  c->add_flag("--json", arguments->json, "JSON on standard output")->disable_flag_override();
  return {c, [arguments](std::stop_token) { return run_info(arguments->clip, arguments->device, arguments->json); }};
}

}  // namespace

void add_clip_commands(CLI::App& app, CommandList& commands) {
  commands.push_back(stabilize_command(app));
  commands.push_back(analyze_command(app));
  commands.push_back(metrics_command(app));
  commands.push_back(compare_command(app));
  commands.push_back(info_command(app));
}

}  // namespace keel::cli
