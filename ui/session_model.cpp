// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session_model.h"

#include <algorithm>
#include <utility>

#include "engine/plan/output_size.h"

namespace keel::ui {

std::shared_ptr<const WarpPlan> plan_of_size(const std::shared_ptr<const Solution>& solution, OutputSize size) {
  // The plan lives as long as the solution that it is a part of.
  std::shared_ptr<const WarpPlan> plan(solution, &solution->plan);
  if (output_size(*plan, size) == plan->output) return plan;
  return std::make_shared<const WarpPlan>(with_output_size(*plan, size));
}

QString to_qstring(const std::filesystem::path& path) { return QString::fromStdU16String(path.u16string()); }
std::filesystem::path to_path(const QString& name) { return {name.toStdU16String()}; }

namespace {

bool others_differ(const SessionSnapshot& now, const SessionSnapshot& before) {
  if (now.estimators.size() != before.estimators.size()) return true;
  for (std::size_t i = 0; i < now.estimators.size(); ++i) {
    const EstimatorView &a = now.estimators[i], &b = before.estimators[i];
    if (a.id != now.state.estimator && (a.track != b.track || a.solution != b.solution)) return true;
  }
  return false;
}

}  // namespace

SessionModel::SessionModel(QObject* parent) : QObject(parent), session_([this] { wake(); }), exports_([this] { wake(); }) { clock_.start(); }

void SessionModel::wake() {
  if (wake_posted_.exchange(true)) return;
  QMetaObject::invokeMethod(
      this, [this] { drain(); }, Qt::QueuedConnection);
}

SessionModel::~SessionModel() = default;

void SessionModel::open(const std::filesystem::path& clip, const Edit& edit) {
  // By way of no clip, so that one that failed, was cancelled or changed on disk is read again.
  state_.clip.clear();
  asked_ = session_.edit(state_);
  drain();
  state_.clip = clip;
  take(edit);
  asked_ = session_.edit(state_);
  history_.clear();
  Q_EMIT settings_changed();
  Q_EMIT history_changed();
}

void SessionModel::take(const Edit& edit) {
  state_.estimator = edit.estimator;
  state_.settings = edit.settings;
  fill_ = edit.fill;
  state_.estimator_options = edit.estimator_options;
  original_shows_ = edit.original_shows;
  stabilized_shows_ = edit.stabilized_shows;
  in_ = edit.in;
  out_ = edit.out;
}

void SessionModel::set_estimator(const std::string& id) {
  Edit next = edit();
  next.estimator = id;
  change(next);
}

void SessionModel::set_settings(const StabilizeSettings& settings) {
  Edit next = edit();
  next.settings = settings;
  change(next);
}

void SessionModel::set_fill(BorderFill fill) {
  Edit next = edit();
  next.fill = fill;
  change(next);
}

void SessionModel::set_estimator_options(const std::string& id, const OptionValues& options) {
  Edit next = edit();
  if (options.empty()) {
    next.estimator_options.erase(id);
  } else {
    next.estimator_options[id] = options;
  }
  change(next);
}

OptionValues SessionModel::estimator_options(const std::string& id) const {
  const auto it = state_.estimator_options.find(id);
  return it == state_.estimator_options.end() ? OptionValues{} : it->second;
}

void SessionModel::set_sides(const std::string& original, const std::string& stabilized) {
  Edit next = edit();
  next.original_shows = original;
  next.stabilized_shows = stabilized;
  change(next);
}

void SessionModel::set_points(std::optional<std::int64_t> in, std::optional<std::int64_t> out) {
  Edit next = edit();
  next.in = in;
  next.out = out;
  change(next);
}

void SessionModel::change(const Edit& edit) {
  if (edit == this->edit()) return;
  history_.note(this->edit(), edit, clock_.elapsed());
  apply(edit);
}

void SessionModel::apply(const Edit& edit) {
  take(edit);
  asked_ = session_.edit(state_);
  Q_EMIT settings_changed();
  Q_EMIT history_changed();
}

void SessionModel::set_compared(const std::vector<std::string>& ids) {
  if (ids == state_.compared) return;
  state_.compared = ids;
  asked_ = session_.edit(state_);
}

void SessionModel::set_analyse_all(bool on) {
  if (on == state_.analyse_all) return;
  state_.analyse_all = on;
  asked_ = session_.edit(state_);
}

void SessionModel::undo() {
  if (const auto back = history_.undo(edit())) apply(*back);
}

void SessionModel::redo() {
  if (const auto forward = history_.redo(edit())) apply(*forward);
}

void SessionModel::start_export(const std::filesystem::path& output, const ExportSettings& settings) {
  const auto held = snapshot_;
  if (!held->exportable()) {
    Q_EMIT error_raised(tr("There is nothing to export yet; the analysis of the clip has to finish first."));
    return;
  }
  const auto same = [&](const ExportJob& job) { return !is_over(job.state) && job.output == output; };
  if (std::any_of(jobs_.begin(), jobs_.end(), same)) {
    Q_EMIT error_raised(tr("An export to %1 is in the queue already; choose another name.").arg(to_qstring(output.filename())));
    return;
  }
  ExportSettings filled = settings;
  filled.fill = fill_;
  filled.gpu = gpu_;
  filled.decode_on = decode_on_;
  Q_EMIT export_added(to_qstring(output));
  exports_.add(held->clip, plan_of_size(held->solution, state_.settings.size), output, filled);
  tell_exports();
}

bool SessionModel::exporting() const {
  return std::any_of(jobs_.begin(), jobs_.end(), [](const ExportJob& job) { return !is_over(job.state); });
}

bool SessionModel::export_wanted() const {
  // Asked for anew: what was cancelled a moment ago is not told yet.
  const auto jobs = exports_.jobs();
  return std::any_of(jobs.begin(), jobs.end(), [](const ExportJob& job) { return !is_over(job.state) && !job.stopping; });
}

void SessionModel::drain() {
  wake_posted_ = false;
  const auto before = std::exchange(snapshot_, session_.snapshot());
  // Held here, because a slot may open another clip and so replace `snapshot_`.
  const auto held = snapshot_;
  const SessionSnapshot& now = *held;
  if (now.clip != before->clip) Q_EMIT clip_changed();
  const bool solution = now.solution != before->solution, others = others_differ(now, *before);
  const bool completed = now.track_complete && (!before->track_complete || now.track != before->track);
  if (solution) Q_EMIT solution_changed();
  if (now.estimators != before->estimators) Q_EMIT analysis_changed();
  if (others) Q_EMIT others_changed();
  if (completed) Q_EMIT track_completed();
  if (solution || others || completed) Q_EMIT results_changed();
  tell_exports();
  if (now.error != before->error) {
    if (now.error) {
      Q_EMIT error_raised(QString::fromStdString(*now.error));
    } else {
      Q_EMIT error_cleared();
    }
  }
}

void SessionModel::tell_exports() {
  const auto before = std::exchange(jobs_, exports_.jobs());
  if (jobs_ == before) return;
  // A copy: a slot may change the queue and so replace the member.
  const auto now = jobs_;
  Q_EMIT exports_changed();
  for (const ExportJob& job : now) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const ExportJob& other) { return other.id == job.id; });
    if (!is_over(job.state) || (old != before.end() && is_over(old->state))) continue;
    if (job.state == ExportState::kDone) {
      Q_EMIT export_finished(to_qstring(job.output), job.done);
      continue;
    }
    if (job.state == ExportState::kFailed) Q_EMIT error_raised(QString::fromStdString(job.sentence));
    Q_EMIT export_stopped();
  }
}

}  // namespace keel::ui
