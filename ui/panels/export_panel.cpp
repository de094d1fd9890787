// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/export_panel.h"

#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/panels/panel_parts.h"
#include "ui/session_model.h"

namespace keel::ui {

ExportPanel::ExportPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      export_(new QPushButton(tr("Export…"), this)),
      text_(make_label(QString(), "dim", this)),
      bar_(new QProgressBar(this)),
      cancel_(new QPushButton(tr("Cancel export"), this)) {
  export_->setProperty("role", QStringLiteral("primary"));
  export_->setToolTip(tr("Write the stabilized clip to a file (Ctrl+E). Available when the analysis is complete."));
  cancel_->setToolTip(tr("Stop the export; no file is left behind."));
  bar_->setTextVisible(false);
  bar_->setAccessibleName(tr("Export progress"));
  text_->setWordWrap(true);
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(8);
  for (QWidget* part : {static_cast<QWidget*>(text_), static_cast<QWidget*>(bar_), static_cast<QWidget*>(cancel_), static_cast<QWidget*>(export_)})
    box->addWidget(part);
  connect(export_, &QPushButton::clicked, this, &ExportPanel::export_requested);
  connect(cancel_, &QPushButton::clicked, this, [this] {
    cancel_->setEnabled(false);
    model_.cancel_export();
  });
  for (const auto changed : {&SessionModel::export_started, &SessionModel::export_stopped, &SessionModel::solution_changed,
                             &SessionModel::clip_changed, &SessionModel::analysis_changed, &SessionModel::track_completed})
    connect(&model_, changed, this, &ExportPanel::show_state);
  connect(&model_, &SessionModel::export_finished, this, &ExportPanel::show_state);
  connect(&model_, &SessionModel::export_progressed, this, &ExportPanel::show_progress);
  show_state();
}

void ExportPanel::show_state() {
  const bool running = model_.exporting();
  export_->setVisible(!running);
  export_->setEnabled(model_.snapshot().exportable());
  for (QWidget* part : {static_cast<QWidget*>(text_), static_cast<QWidget*>(bar_), static_cast<QWidget*>(cancel_)}) part->setVisible(running);
  if (!running) cancel_->setEnabled(true);
  if (running) show_progress();
}

void ExportPanel::show_progress() {
  const SessionSnapshot& now = model_.snapshot();
  bar_->setRange(0, static_cast<int>(now.export_total));
  bar_->setValue(static_cast<int>(now.export_done));
  if (now.export_fps <= 0) {
    text_->setText(tr("Exporting…"));
    return;
  }
  const double left_s = static_cast<double>(now.export_total - now.export_done) / now.export_fps;
  const double percent = now.export_total > 0 ? 100.0 * static_cast<double>(now.export_done) / static_cast<double>(now.export_total) : 0;
  text_->setText(
      tr("Exporting %1 %, %2 fps, %3 left")
          .arg(locale().toString(percent, 'f', 0), locale().toString(now.export_fps, 'f', now.export_fps < 10 ? 1 : 0), duration_text(left_s)));
}

}  // namespace keel::ui
