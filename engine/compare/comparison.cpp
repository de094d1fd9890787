// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/compare/comparison.h"

#include <algorithm>
#include <chrono>
#include <numbers>
#include <span>
#include <utility>

#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"
#include "engine/session/analyzer.h"

namespace keel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kPreferredEstimator = "classical";
constexpr int kBudgets = 10;
constexpr double kLeastBudget = 0.55, kBudgetStep = 0.05;

double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

double budget(int i) { return std::min(1.0, kLeastBudget + kBudgetStep * i); }

Result<void> check_ids(const char* what, const std::vector<std::string>& ids, std::span<const AlgorithmInfo> known) {
  std::string list;
  for (const AlgorithmInfo& info : known) list += (list.empty() ? "" : ", ") + info.id;
  if (ids.empty()) return Error{ErrorCode::kInvalidArgument, std::string("No ") + what + " is named; there are: " + list + "."};
  for (const std::string& id : ids)
    if (std::none_of(known.begin(), known.end(), [&](const AlgorithmInfo& info) { return info.id == id; }))
      return Error{ErrorCode::kInvalidArgument, std::string("There is no ") + what + " \"" + id + "\"; there are: " + list + "."};
  return {};
}

PlottedPath plotted(const CameraPath& path, Size picture) {
  PlottedPath plot;
  const double unit = PathFrame{picture}.unit_px();
  for (const PathPoint& point : path.points) {
    plot.x_px.push_back(static_cast<float>(unit * point[kPathX]));
    plot.y_px.push_back(static_cast<float>(unit * point[kPathY]));
    plot.turn_deg.push_back(static_cast<float>(180 / std::numbers::pi * point[kPathRotation]));
  }
  return plot;
}

bool is_cancel(const Error& error) { return error.code == ErrorCode::kCancelled; }

/// Everything that is solved, and where its figures go.
class Work {
 public:
  Work(const CompareRequest& request, std::stop_token stop, const BeginStepFn& begin_step)
      : request_(request), stop_(std::move(stop)), begin_step_(begin_step) {}

  Result<Comparison> run() {
    KEEL_ASSIGN(result_.clip, probe(request_.clip));
    result_.settings = request_.settings;
    result_.options = request_.options;
    for (const std::string& id : request_.estimators) KEEL_TRY(add_estimator(id));
    KEEL_TRY(measure());
    return std::move(result_);
  }

 private:
  /// A plan waiting for its measurement; exactly one of the indices is valid.
  struct Pending {
    WarpPlan plan;
    int combination = -1, budget = -1;
  };

  [[nodiscard]] OptionValues options_of(const std::string& id) const {
    const auto known = request_.options.find(id);
    return known == request_.options.end() ? OptionValues{} : known->second;
  }
  [[nodiscard]] ProgressFn step(const std::string& name) const { return begin_step_ ? begin_step_(name) : ProgressFn{}; }

  Result<void> add_estimator(const std::string& id) {
    AnalysisOutcome outcome;
    outcome.estimator = id;
    const auto begin = Clock::now();
    std::optional<Analysis> analysis;
    AnalysisOptions options;
    options.estimator = options_of(id);
    if (const auto available = motion_estimator_available(id); !available) {
      outcome.failure = available.error().message;
    } else if (auto analysed = analyze_clip(request_.clip, id, stop_, step("analysing (" + id + ")"), {}, options)) {
      analysis = std::move(*analysed);
    } else {
      if (is_cancel(analysed.error())) return analysed.error();
      outcome.failure = analysed.error().message;
    }
    outcome.seconds = since(begin);
    CameraPath raw;
    if (analysis) {
      outcome.frames = analysis->track.frame_count();
      outcome.trouble = analysis->compute.trouble;
      for (const PairMotion& pair : analysis->track.pairs) ++outcome.pairs[std::string(to_string(pair.status))];
      raw = build_camera_path(analysis->track);
      outcome.raw = plotted(raw, analysis->track.size);
    }
    result_.analyses.push_back(outcome);
    for (const std::string& smoother : request_.smoothers) KEEL_TRY(add_combination(result_.analyses.back(), smoother, raw));
    if (analysis && (result_.trade_off.points.empty() || id == kPreferredEstimator)) KEEL_TRY(add_trade_off(id, raw));
    return {};
  }

  Result<void> add_combination(const AnalysisOutcome& analysis, const std::string& smoother, const CameraPath& raw) {
    Combination combination;
    combination.estimator = analysis.estimator;
    combination.smoother = smoother;
    combination.failure = analysis.failure;
    if (!combination.failure) {
      StabilizeSettings settings = request_.settings;
      settings.smoother = smoother;
      settings.smoother_options = options_of(smoother);
      const auto begin = Clock::now();
      auto solution = solve(raw, result_.clip.size, settings, stop_);
      combination.solve_s = since(begin);
      if (solution) {
        combination.picture_kept = solution->plan.picture_kept;
        combination.borders = solution->plan.borders;
        combination.smooth = plotted(solution->smooth, result_.clip.size);
        pending_.push_back({std::move(solution->plan), static_cast<int>(result_.combinations.size()), -1});
      } else {
        if (is_cancel(solution.error())) return solution.error();
        combination.failure = solution.error().message;
      }
    }
    result_.combinations.push_back(std::move(combination));
    return {};
  }

  Result<void> add_trade_off(const std::string& estimator, const CameraPath& raw) {
    // The preferred estimator takes the place of one that came before it.
    std::erase_if(pending_, [](const Pending& p) { return p.budget >= 0; });
    TradeOff& trade_off = result_.trade_off;
    trade_off = {estimator, request_.settings.smoother, {}};
    for (int i = 0; i < kBudgets; ++i) {
      TradeOffPoint point;
      StabilizeSettings settings = request_.settings;
      settings.smoother_options = options_of(settings.smoother);
      settings.keep = point.keep = budget(i);
      auto solution = solve(raw, result_.clip.size, settings, stop_);
      if (solution) {
        point.borders = solution->plan.borders;
        pending_.push_back({std::move(solution->plan), -1, i});
      } else {
        if (is_cancel(solution.error())) return solution.error();
        point.failure = solution.error().message;
      }
      trade_off.points.push_back(std::move(point));
    }
    return {};
  }

  Result<void> measure() {
    if (pending_.empty()) return {};
    std::vector<Contender> contenders;
    for (const Pending& p : pending_) contenders.push_back({&p.plan, request_.pictures && p.combination >= 0});
    const int frames = static_cast<int>(pending_.front().plan.frames.size());
    if (request_.pictures) result_.shown_frames = frames < 3 ? std::vector<int>{0} : std::vector<int>{frames / 3, 2 * frames / 3};
    auto pass = measure_on_proxy(request_.clip, contenders, result_.shown_frames, stop_, step("measuring"), request_.device);
    if (!pass) {
      if (is_cancel(pass.error())) return pass.error();
      for (const Pending& p : pending_) failure_of(p) = pass.error().message;
      return {};
    }
    result_.proxy = pass->size;
    result_.originals = std::move(pass->originals);
    result_.no_pictures = std::move(pass->no_pictures);
    result_.gpu_trouble = pass->reports.front().gpu_trouble;
    for (std::size_t k = 0; k < pending_.size(); ++k) {
      const Pending& p = pending_[k];
      failure_of(p) = pass->reports[k].failure;
      if (p.budget >= 0) {
        result_.trade_off.points[static_cast<std::size_t>(p.budget)].measured = std::move(pass->reports[k]);
        continue;
      }
      Combination& combination = result_.combinations[static_cast<std::size_t>(p.combination)];
      combination.measured = std::move(pass->reports[k]);
      combination.pictures = std::move(pass->pictures[k]);
    }
    return {};
  }

  std::optional<std::string>& failure_of(const Pending& p) {
    return p.budget >= 0 ? result_.trade_off.points[static_cast<std::size_t>(p.budget)].failure
                         : result_.combinations[static_cast<std::size_t>(p.combination)].failure;
  }

  const CompareRequest& request_;
  const std::stop_token stop_;
  const BeginStepFn& begin_step_;
  Comparison result_;
  std::vector<Pending> pending_;
};

}  // namespace

Result<Comparison> compare(const CompareRequest& request, std::stop_token stop, const BeginStepFn& begin_step) {
  KEEL_TRY(request.settings.validate());
  KEEL_TRY(check_ids("estimator", request.estimators, motion_estimators()));
  KEEL_TRY(check_ids("smoother", request.smoothers, path_smoothers()));
  return Work(request, std::move(stop), begin_step).run();
}

}  // namespace keel
