// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/analyze.h"

#include <fmt/format.h>

#include "app/commands/algorithm_options.h"
#include "app/commands/common.h"
#include "engine/base/counted.h"
#include "engine/session/analyzer.h"
#include "engine/session/motion_json.h"

namespace keel::cli {

int run_analyze(const AnalyzeArguments& arguments, std::stop_token stop) {
  const auto set = parse_algorithm_options(arguments.estimator, "", arguments.set);
  if (!set) return fail(set.error());
  const auto gpu = gpu_of_device(arguments.device);
  if (!gpu) return fail(gpu.error());
  AnalysisOptions options;
  options.estimator = set->estimator;
  options.gpu = *gpu;
  options.decode_on = decode_device(arguments.device);
  if (auto place = check_text_place(arguments.output, {arguments.input}); !place) return fail(place.error());
  const auto clip = probe(arguments.input);
  if (!clip) return fail(clip.error());
  ProgressLine progress("analysing", arguments.quiet);
  const auto analysis = analyze_clip(arguments.input, arguments.estimator, stop, progress.callback(), {}, options);
  if (!analysis) return fail(analysis.error());
  if (auto written = write_text(arguments.output, motion_to_json(*analysis, *clip)); !written) return fail(written.error());
  if (!arguments.quiet) {
    if (const auto trouble = decode_trouble(analysis->decode)) say("{}\n", *trouble);
    int trusted = 0;
    for (const PairMotion& pair : analysis->track.pairs) trusted += pair.status == MotionStatus::kOk ? 1 : 0;
    say("{} analysed in {:.1f} s{}; motion found in {} of {}.\n", counted(analysis->track.frame_count(), "frame"), progress.seconds(),
               analysis->compute.on_gpu ? " on the GPU" : "", trusted, counted(static_cast<std::int64_t>(analysis->track.pairs.size()), "pair"));
    if (analysis->compute.difference) say("Motion: {}.\n", compute_text(analysis->compute));
    if (analysis->compute.trouble) say("{}\n", *analysis->compute.trouble);
  }
  return kDone;
}

}  // namespace keel::cli
