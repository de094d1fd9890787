// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "app/commands/analyze.h"
#include "app/commands/common.h"
#include "app/commands/info.h"
#include "app/commands/metrics.h"
#include "app/commands/stabilize.h"

namespace {

using namespace keel::cli;
using keel::run_metrics;

/// Number of single-letter edits between two words (Levenshtein).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The known flag (or command) that an unknown one was probably meant to be; empty when none is near.
std::string suggestion(const CLI::App& app, const std::string& unknown) {
  std::string best;
  std::size_t least = 4;
  const auto consider = [&](const std::string& name) {
    if (const std::size_t d = edit_distance(unknown, name); d < least) {
      least = d;
      best = name;
    }
  };
  std::vector<const CLI::App*> apps{&app};
  for (const CLI::App* sub : app.get_subcommands()) apps.push_back(sub);
  if (apps.size() == 1)
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) consider(sub->get_name());
  for (const CLI::App* a : apps)
    for (const CLI::Option* option : a->get_options())
      for (const std::string& name : option->get_lnames()) consider("--" + name);
  return best;
}

int report_bad_arguments(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const bool unknown_command = app.get_subcommands().empty() && !arguments.empty() && arguments[0].rfind('-', 0) != 0;
  if (unknown_command) {
    fmt::print(stderr, "keel: \"{}\" is not a command\n", arguments[0]);
    if (const std::string near = suggestion(app, arguments[0]); !near.empty()) fmt::print(stderr, "Did you mean {}?\n", near);
  } else {
    fmt::print(stderr, "keel: {}\n", error.what());
  }
  for (const std::string& argument : arguments) {
    const std::string flag = argument.substr(0, argument.find('='));
    const bool mentioned = std::string(error.what()).find(flag) != std::string::npos;
    if (!mentioned) continue;
    if (const std::string near = suggestion(app, flag); !near.empty() && near != flag) {
      fmt::print(stderr, "Did you mean {}?\n", near);
      break;
    }
  }
  fmt::print(stderr, "keel --help and keel COMMAND --help list what there is.\n");
  return kBadArguments;
}

/// Options and where they go. The object outlives parsing.
struct CommandLine {
  CLI::App app{"Keel, a video stabilizer: a shaky file in, a steady file out."};
  AnalyzeArguments analyze;
  StabilizeArguments stabilize;
  std::filesystem::path info_clip, original, stabilized;
  bool info_json = false, metrics_json = false;
  CLI::App *analyze_command, *stabilize_command, *info_command, *metrics_command;

  CommandLine() {
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("keel ") + KEEL_VERSION);
    add_stabilize();
    analyze_command = app.add_subcommand("analyze", "Measure a clip's motion and write it as JSON");
    analyze_command->add_option("IN", analyze.input, "Clip to read")->required();
    analyze_command->add_option("--out", analyze.output, "MOTION.json to write; - for standard output")->required();
    analyze_command->add_option("--estimator", analyze.estimator, "Motion estimator (keel info lists them)")->capture_default_str();
    analyze_command->add_flag("--quiet", analyze.quiet, "No progress");
    metrics_command = app.add_subcommand("metrics", "Compare a stabilized file with its original");
    metrics_command->add_option("ORIGINAL", original, "The shaky file")->required();
    metrics_command->add_option("STABILIZED", stabilized, "The steady file")->required();
    metrics_command->add_flag("--json", metrics_json, "JSON on standard output");
    info_command = app.add_subcommand("info", "What this program can do here, and what a clip is");
    info_command->add_option("CLIP", info_clip, "Clip to describe");
    info_command->add_flag("--json", info_json, "JSON on standard output");
  }

  void add_stabilize() {
    auto& a = stabilize;
    auto* c = stabilize_command = app.add_subcommand("stabilize", "Stabilize a clip");
    c->add_option("IN", a.input, "Clip to read")->required();
    c->add_option("OUT", a.output, "File to write; its extension chooses the container")->required();
    c->add_option("--estimator", a.estimator, "Motion estimator (keel info lists them)")->capture_default_str();
    c->add_option("--smoother", a.settings.smoother, "Path smoother (keel info lists them)")->capture_default_str();
    c->add_option("--smoothness", a.settings.smoothness, "0 to 1")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--keep", a.settings.keep, "Least linear share of the picture to keep")->check(CLI::Range(0.5, 1.0))->capture_default_str();
    c->add_option("--strength", a.settings.strength, "0 (original motion) to 1")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--framing", a.framing, "fixed: one window; adaptive: it changes slowly; none: the whole picture, with filled borders")
        ->check(CLI::IsMember({"fixed", "adaptive", "none"}))
        ->capture_default_str();
    c->add_option("--zoom-smoothness", a.zoom_smoothness, "How slowly the adaptive window changes, 0 to 1 [0.5]")->check(CLI::Range(0.0, 1.0));
    c->add_option("--fill", a.fill, "What fills borders without framing [mirror]")->check(CLI::IsMember({"mirror", "black"}));
    c->add_option("--codec", a.codec, "Video codec")->check(CLI::IsMember({"h264", "hevc", "prores", "ffv1"}))->capture_default_str();
    c->add_option("--crf", a.encode.crf, "Constant quality, lower is better (h264, hevc)")->check(CLI::Range(0, 51))->capture_default_str();
    c->add_option("--preset", a.encode.preset, "Encoder effort (h264, hevc)")
        ->check(CLI::IsMember({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"}))
        ->capture_default_str();
    c->add_option("--interpolation", a.interpolation, "Resampling")->check(CLI::IsMember({"bicubic", "bilinear"}))->capture_default_str();
    c->add_option("--device", a.device, "Where to compute")->check(CLI::IsMember({"auto", "cpu", "cuda"}))->capture_default_str();
    c->add_option("--report", a.report, "Write what was done as JSON");
    c->add_flag("--json", a.json, "Print the report on standard output");
    c->add_flag("--quiet", a.quiet, "No progress");
  }

  int run(std::stop_token stop) const {
    if (stabilize_command->parsed()) return run_stabilize(stabilize, stop);
    if (analyze_command->parsed()) return run_analyze(analyze, stop);
    if (metrics_command->parsed()) return run_metrics(original, stabilized, metrics_json, stop);
    return run_info(info_clip, info_json);
  }
};

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return line.app.exit(e);
  } catch (const CLI::ParseError& e) {
    return report_bad_arguments(line.app, e, std::vector<std::string>(argv + 1, argv + argc));
  }
  const StopOnSignal stop;
  return line.run(stop.token());
}
