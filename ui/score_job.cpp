// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/score_job.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/compare/proxy_pass.h"

namespace keel::ui {
namespace {

constexpr int kBudgets = 10;
constexpr double kLeastBudget = 0.55, kBudgetStep = 0.05;

using PercentFn = std::function<void(int)>;

/// Passes each whole percent on once.
ProgressFn percent_of(const PercentFn& tell) {
  return [tell, last = -1](std::int64_t done, std::int64_t total) mutable {
    const int percent = total > 0 ? static_cast<int>(std::min<std::int64_t>(100, 100 * done / total)) : 0;
    if (percent != std::exchange(last, percent)) tell(percent);
  };
}

Result<void> judge(const ScoreRequest& request, std::stop_token stop, const PercentFn& tell, Score& score) {
  const Contender contender{&request.solution->plan, false, request.fill};
  KEEL_ASSIGN(ProxyPass pass, measure_on_proxy(request.clip, {&contender, 1}, {}, stop, percent_of(tell), request.device));
  score.proxy = pass.size;
  score.report = std::move(pass.reports.front());
  score.failure = score.report.failure;
  return {};
}

Result<void> trace_curve(const ScoreRequest& request, std::stop_token stop, const PercentFn& tell, Score& score) {
  std::vector<WarpPlan> plans;
  std::vector<double> budgets;
  for (int i = 0; i < kBudgets; ++i) {
    StabilizeSettings settings = request.settings;
    settings.keep = std::min(1.0, kLeastBudget + kBudgetStep * i);
    auto solution = solve(request.solution->raw, request.picture, settings, stop);
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Cancelled."};
    if (!solution) continue;
    plans.push_back(std::move(solution->plan));
    budgets.push_back(settings.keep);
  }
  std::vector<Contender> contenders;
  for (const WarpPlan& plan : plans) contenders.push_back({&plan, false, request.fill});
  KEEL_ASSIGN(const ProxyPass pass, measure_on_proxy(request.clip, contenders, {}, stop, percent_of(tell), request.device));
  score.proxy = pass.size;
  for (std::size_t k = 0; k < pass.reports.size(); ++k)
    if (!pass.reports[k].failure) score.points.push_back({budgets[k], pass.reports[k].jitter_ratio});
  if (score.points.empty() && !pass.reports.empty()) score.failure = pass.reports.front().failure;
  return {};
}

}  // namespace

void ScoreJob::start(const ScoreRequest& request) {
  job_.start([this, request](const std::stop_token& stop, const NewestJob::Tell& tell) {
    Score score;
    score.of = request;
    const auto progress = [this, &tell](int percent) { tell([this, percent] { Q_EMIT progressed(percent); }); };
    const auto done = request.curve ? trace_curve(request, stop, progress, score) : judge(request, stop, progress, score);
    if (stop.stop_requested()) return;
    if (!done) score.failure = done.error().message;
    tell([this, score = std::move(score)] { Q_EMIT finished(score); });
  });
}

}  // namespace keel::ui
