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
  KEEL_ASSIGN(ProxyPass pass, measure_on_proxy(request.clip, {&contender, 1}, {}, stop, percent_of(tell)));
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
  KEEL_ASSIGN(const ProxyPass pass, measure_on_proxy(request.clip, contenders, {}, stop, percent_of(tell)));
  score.proxy = pass.size;
  for (std::size_t k = 0; k < pass.reports.size(); ++k)
    if (!pass.reports[k].failure) score.points.push_back({budgets[k], pass.reports[k].jitter_ratio});
  if (score.points.empty() && !pass.reports.empty()) score.failure = pass.reports.front().failure;
  return {};
}

}  // namespace

ScoreJob::ScoreJob(QObject* parent) : QObject(parent) {
  worker_ = std::thread([this] { run(); });
}

ScoreJob::~ScoreJob() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    stop_.request_stop();
  }
  changed_.notify_all();
  worker_.join();
}

void ScoreJob::start(const ScoreRequest& request) {
  {
    std::lock_guard lock(mutex_);
    stop_.request_stop();
    stop_ = {};
    ++newest_;
    waiting_ = request;
  }
  changed_.notify_all();
}

void ScoreJob::cancel() {
  std::lock_guard lock(mutex_);
  stop_.request_stop();
  ++newest_;
  waiting_.reset();
}

void ScoreJob::tell(std::uint64_t ticket, const std::function<void()>& what) {
  QMetaObject::invokeMethod(
      this,
      [this, ticket, what] {
        {
          std::lock_guard lock(mutex_);
          if (ticket != newest_) return;
        }
        what();
      },
      Qt::QueuedConnection);
}

void ScoreJob::run() {
  for (;;) {
    Score score;
    std::uint64_t ticket = 0;
    std::stop_token stop;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closing_ || waiting_; });
      if (closing_) return;
      score.of = *std::exchange(waiting_, std::nullopt);
      ticket = newest_;
      stop = stop_.get_token();
    }
    const auto progress = [this, ticket](int percent) { tell(ticket, [this, percent] { Q_EMIT progressed(percent); }); };
    const auto done = score.of.curve ? trace_curve(score.of, stop, progress, score) : judge(score.of, stop, progress, score);
    if (stop.stop_requested()) continue;
    if (!done) score.failure = done.error().message;
    tell(ticket, [this, score = std::move(score)] { Q_EMIT finished(score); });
  }
}

}  // namespace keel::ui
