// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/compare/proxy_pass.h"
#include "engine/media/clip_info.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// What is to be compared. Ids are of the registries, each at most once; the smoother in `settings` is the one that the trade-off is made for.
struct CompareRequest {
  std::filesystem::path clip;
  std::vector<std::string> estimators, smoothers;
  std::map<std::string, OptionValues> options;  ///< of estimators and smoothers, by id; an absent one has its defaults
  StabilizeSettings settings;                   ///< its smoother_options are not looked at
  bool pictures = false;  ///< make JPEGs of some frames
  metrics::Device device;  ///< does the metrics' pixel work; no figure depends on it
};

/// The three channels of a path that people look at, one value a frame, of the picture's content.
struct PlottedPath {
  std::vector<float> x_px, y_px;  ///< source pixels
  std::vector<float> turn_deg;    ///< degrees, clockwise on the screen
};

/// What one analysis gave, or why there is none.
struct AnalysisOutcome {
  std::string estimator;
  std::optional<std::string> failure;
  int frames = 0;
  double seconds = 0;
  std::map<std::string, int> pairs;  ///< by MotionStatus, in words
  std::optional<std::string> trouble{};  ///< MotionCompute::trouble
  PlottedPath raw;
};

/// One estimator with one smoother: scores, or the sentence that says why there are none. Never both.
struct Combination {
  std::string estimator, smoother;
  std::optional<std::string> failure;
  double solve_s = 0;
  double picture_kept = 0;  ///< of the plan, linear
  BorderCertificate borders;
  PlottedPath smooth;
  metrics::MetricsReport measured;  ///< of the output picture at the proxy's size
  std::vector<Jpeg> pictures;       ///< of Comparison::shown_frames
};

/// One crop budget of the trade-off curve.
struct TradeOffPoint {
  double keep = 0;  ///< the budget
  std::optional<std::string> failure;
  BorderCertificate borders;
  metrics::MetricsReport measured;
};

/// How much unsteadiness more picture costs, for one estimator and smoother, over ten budgets from 0.55 to 1.
struct TradeOff {
  std::string estimator, smoother;
  std::vector<TradeOffPoint> points;  ///< by rising keep; empty when no analysis worked
};

struct Comparison {
  ClipInfo clip;
  std::map<std::string, OptionValues> options;  ///< as asked for
  StabilizeSettings settings;
  Size proxy;                     ///< of the pictures that were measured
  std::vector<int> shown_frames;  ///< frame numbers, ascending
  std::vector<Jpeg> originals;    ///< of those frames
  std::optional<std::string> no_pictures;
  std::vector<AnalysisOutcome> analyses;
  std::vector<Combination> combinations;  ///< by estimator, then smoother, as requested
  TradeOff trade_off;
  std::optional<std::string> gpu_trouble;  ///< why the CPU went on with the metrics where there was a device; a sentence
};

/// Names the step that begins ("analysing (classical)") and returns what its progress is told to; from the calling thread.
using BeginStepFn = std::function<ProgressFn(const std::string& step)>;

/// Analyses the clip once per estimator, one after the other, solves every combination and ten crop budgets, and measures all of their pictures in one more
/// decode (measure_on_proxy). The trade-off is for the estimator `classical` where it was asked for and worked, else for the first that did. What fails for one
/// estimator or combination is told there and the others go on. Memory: 72 bytes a frame and plan besides measure_on_proxy's. Errors: those of
/// probe(), unknown ids (with the known ones), settings out of range, kCancelled.
[[nodiscard]] Result<Comparison> compare(const CompareRequest& request, std::stop_token stop, const BeginStepFn& begin_step = {});

}  // namespace keel
