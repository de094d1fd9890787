// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session_model.h"

#include <utility>

namespace keel::ui {

QString to_qstring(const std::filesystem::path& path) { return QString::fromStdU16String(path.u16string()); }
std::filesystem::path to_path(const QString& name) { return {name.toStdU16String()}; }

SessionModel::SessionModel(QObject* parent)
    : QObject(parent), session_([this] {
        if (!wake_posted_.exchange(true))
          QMetaObject::invokeMethod(
              this, [this] { drain(); }, Qt::QueuedConnection);
      }) {
  clock_.start();
}

SessionModel::~SessionModel() = default;

void SessionModel::open(const std::filesystem::path& clip, const Edit& edit) {
  // By way of no clip, so that one that failed, was cancelled or changed on disk is read again.
  state_.clip.clear();
  session_.edit(state_);
  drain();
  state_ = {clip, edit.estimator, edit.settings};
  session_.edit(state_);
  history_.clear();
  Q_EMIT settings_changed();
  Q_EMIT history_changed();
}

void SessionModel::set_estimator(const std::string& id) { change({id, state_.settings}); }

void SessionModel::set_settings(const StabilizeSettings& settings) { change({state_.estimator, settings}); }

void SessionModel::change(const Edit& edit) {
  if (edit == this->edit()) return;
  history_.note(this->edit(), edit, clock_.elapsed());
  apply(edit);
}

void SessionModel::apply(const Edit& edit) {
  state_.estimator = edit.estimator;
  state_.settings = edit.settings;
  session_.edit(state_);
  Q_EMIT settings_changed();
  Q_EMIT history_changed();
}

void SessionModel::undo() {
  if (const auto back = history_.undo(edit())) apply(*back);
}

void SessionModel::redo() {
  if (const auto forward = history_.redo(edit())) apply(*forward);
}

void SessionModel::start_export(const std::filesystem::path& output, const ExportSettings& settings) {
  if (!export_pending_) export_output_ = to_qstring(output);
  export_pending_ = true;
  session_.start_export(output, settings);
  Q_EMIT export_started();
}

void SessionModel::cancel_export() { session_.cancel_export(); }

void SessionModel::drain() {
  wake_posted_ = false;
  const auto before = std::exchange(snapshot_, session_.snapshot());
  // Held here, because a slot may open another clip and so replace `snapshot_`.
  const auto held = snapshot_;
  const SessionSnapshot& now = *held;
  if (now.clip != before->clip) Q_EMIT clip_changed();
  if (now.solution != before->solution) Q_EMIT solution_changed();
  const bool progressed = now.analysing != before->analysing || now.frames_done != before->frames_done || now.frames_total != before->frames_total;
  if (progressed) Q_EMIT analysis_changed();
  if (now.track_complete && (!before->track_complete || now.track != before->track)) Q_EMIT track_completed();
  tell_export(*before, now);
  if (now.error != before->error) {
    if (now.error) {
      Q_EMIT error_raised(QString::fromStdString(*now.error));
    } else {
      Q_EMIT error_cleared();
    }
  }
}

void SessionModel::tell_export(const SessionSnapshot& before, const SessionSnapshot& now) {
  if (!export_pending_) return;
  if (now.exporting) {
    if (now.export_done != before.export_done) Q_EMIT export_progressed();
    return;
  }
  // The session marks an export as running before `start_export` returns: not running now means that it is over.
  export_pending_ = false;
  if (now.export_result) {
    Q_EMIT export_finished(export_output_, now.export_result->frames);
  } else {
    Q_EMIT export_stopped();
  }
}

}  // namespace keel::ui
