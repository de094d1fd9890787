// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/export_panel.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/panels/panel_parts.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

constexpr int kMostRows = 3;  ///< in sight; the list scrolls
constexpr int kTallWindow = 940;  ///< px: list, certificate and the reason for the zoom are in sight at once
const QString kOpenKey = QStringLiteral("export/list");
constexpr int kIdRole = Qt::UserRole;

QString translated(const char* text) { return QCoreApplication::translate("exports", text); }

QString progress_text(const ExportJob& job) {
  if (job.fps <= 0 || job.total <= 0) return translated("starting");
  const double left_s = static_cast<double>(job.total - job.done) / job.fps;
  const double percent = 100.0 * static_cast<double>(job.done) / static_cast<double>(job.total);
  return translated("%1 %, %2 left").arg(QLocale().toString(percent, 'f', 0), duration_text(left_s));
}

}  // namespace

QString describe_export(const ExportJob& job) {
  switch (job.state) {
    case ExportState::kWaiting:
      return translated("waiting");
    case ExportState::kRunning:
      return job.stopping ? translated("stopping") : progress_text(job);
    case ExportState::kChecking:
      return translated("checking");
    case ExportState::kDone:
      return job.verified ? translated("✓ checked") : translated("done");
    case ExportState::kFailed:
      return translated("failed");
    case ExportState::kCancelled:
      return translated("cancelled");
  }
  return {};
}

ExportPanel::ExportPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      export_(new QPushButton(tr("Export…"), this)),
      fold_(make_fold(tr("EXPORTS"), tr("Show the exports and their order, or hide them to have more room above."), this)),
      text_(make_label(QString(), "dim", this)),
      bar_(new QProgressBar(this)),
      list_(new QListWidget(this)),
      cancel_(new QPushButton(tr("Cancel export"), this)),
      pause_(new QPushButton(tr("Pause"), this)) {
  pause_->setCheckable(true);
  pause_->setToolTip(tr("Hold all exports, to have the processor for something else; they go on from where they are."));
  export_->setProperty("role", QStringLiteral("primary"));
  export_->setToolTip(tr("Write the stabilized clip to a file (Ctrl+E). Available when the analysis is complete; several exports make a queue."));
  cancel_->setToolTip(tr("Stop the selected export, or else the running one; no file is left behind."));
  bar_->setTextVisible(false);
  bar_->setAccessibleName(tr("Export progress"));
  list_->setAccessibleName(tr("Exports, in their order"));
  list_->setTextElideMode(Qt::ElideMiddle);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* tools = new QHBoxLayout;
  tools->setSpacing(4);
  tools->addWidget(pause_);
  tools->addWidget(cancel_, 1);
  tools->addWidget(earlier_ = add_tool(QStringLiteral("↑"), tr("Export the selected clip earlier")));
  tools->addWidget(later_ = add_tool(QStringLiteral("↓"), tr("Export the selected clip later")));
  auto* head = new QHBoxLayout;
  head->setSpacing(4);
  head->addWidget(fold_);
  head->addWidget(text_, 1);
  head->addWidget(clear_ = add_tool(QStringLiteral("✕"), tr("Take what is over off the list; the files stay")));
  text_->setMinimumWidth(1);
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(6);
  box->addLayout(head);
  for (QWidget* part : {static_cast<QWidget*>(list_), static_cast<QWidget*>(bar_)}) box->addWidget(part);
  box->addLayout(tools);
  box->addWidget(export_);
  connect(export_, &QPushButton::clicked, this, &ExportPanel::export_requested);
  connect(fold_, &QToolButton::clicked, this, [](bool open) { QSettings().setValue(kOpenKey, open); });
  connect(fold_, &QToolButton::toggled, this, &ExportPanel::show_state);
  connect(pause_, &QPushButton::toggled, this, [this](bool paused) {
    model_.exports().set_paused(paused);
    pause_->setText(paused ? tr("Go on") : tr("Pause"));
    show_state();
  });
  connect(cancel_, &QPushButton::clicked, this, [this] {
    if (const auto job = chosen()) model_.exports().cancel(job->id);
  });
  connect(earlier_, &QToolButton::clicked, this, [this] { move_chosen(-1); });
  connect(later_, &QToolButton::clicked, this, [this] { move_chosen(1); });
  connect(clear_, &QToolButton::clicked, this, [this] { model_.exports().clear_finished(); });
  connect(list_, &QListWidget::currentRowChanged, this, &ExportPanel::show_state);
  for (const auto changed :
       {&SessionModel::solution_changed, &SessionModel::clip_changed, &SessionModel::analysis_changed, &SessionModel::track_completed})
    connect(&model_, changed, this, &ExportPanel::show_state);
  connect(&model_, &SessionModel::exports_changed, this, &ExportPanel::show_list);
  show_list();
}

QToolButton* ExportPanel::add_tool(const QString& text, const QString& help) {
  auto* button = new QToolButton(this);
  button->setText(text);
  button->setToolTip(help);
  button->setAccessibleName(help);
  return button;
}

std::optional<ExportJob> ExportPanel::chosen() const {
  const QListWidgetItem* item = list_->currentItem();
  const std::uint64_t id = item != nullptr ? item->data(kIdRole).toULongLong() : 0;
  std::optional<ExportJob> running;
  for (const ExportJob& job : model_.export_jobs()) {
    if (is_over(job.state)) continue;
    if (job.id == id) return job;
    if (!running) running = job;
  }
  return running;
}

void ExportPanel::move_chosen(int by) {
  if (const auto job = chosen()) model_.exports().move(job->id, by);
}

void ExportPanel::show_list() {
  const auto& jobs = model_.export_jobs();
  // With the first export: open as it was left, or else where the window is so tall that nothing has to make room.
  if (list_->count() == 0 && !jobs.empty()) fold_->setChecked(QSettings().value(kOpenKey, window()->height() >= kTallWindow).toBool());
  const QListWidgetItem* current = list_->currentItem();
  const std::uint64_t id = current != nullptr ? current->data(kIdRole).toULongLong() : 0;
  const QSignalBlocker quiet(list_);
  while (list_->count() > static_cast<int>(jobs.size())) delete list_->takeItem(list_->count() - 1);
  while (list_->count() < static_cast<int>(jobs.size())) new QListWidgetItem(list_);
  list_->setCurrentRow(-1);
  for (int row = 0; row < list_->count(); ++row) {
    const ExportJob& job = jobs[static_cast<std::size_t>(row)];
    QListWidgetItem* item = list_->item(row);
    item->setText(QStringLiteral("%1 – %2").arg(to_qstring(job.output.filename()), describe_export(job)));
    item->setToolTip(job.sentence.empty() ? to_qstring(job.output) : QString::fromStdString(job.sentence));
    item->setData(kIdRole, QVariant::fromValue<qulonglong>(job.id));
    if (job.id == id) list_->setCurrentRow(row);
  }
  if (list_->count() > 0) list_->setFixedHeight(std::min(list_->count(), kMostRows) * list_->sizeHintForRow(0) + 2 * list_->frameWidth() + 2);
  show_state();
}

void ExportPanel::show_state() {
  const auto& jobs = model_.export_jobs();
  const auto working = std::find_if(jobs.begin(), jobs.end(),
                                    [](const ExportJob& job) { return job.state == ExportState::kRunning || job.state == ExportState::kChecking; });
  const bool running = model_.exporting();
  export_->setEnabled(model_.snapshot().exportable());
  fold_->setVisible(!jobs.empty());
  text_->setVisible(!jobs.empty());
  list_->setVisible(!jobs.empty() && fold_->isChecked());
  bar_->setVisible(working != jobs.end());
  cancel_->setVisible(running);
  pause_->setVisible(running);
  // A queue that is empty is not paused: the next export starts at once.
  if (!running) pause_->setChecked(false);
  const auto job = chosen();
  const bool movable = job && job->state == ExportState::kWaiting;
  for (QToolButton* button : {earlier_, later_}) {
    button->setVisible(jobs.size() > 1 && running && fold_->isChecked());
    button->setEnabled(movable);
  }
  clear_->setVisible(std::any_of(jobs.begin(), jobs.end(), [](const ExportJob& other) { return is_over(other.state); }));
  const QString told = summary(working != jobs.end() ? &*working : nullptr);
  text_->setText(told);
  text_->setToolTip(told);
  if (working != jobs.end()) show_progress(*bar_, static_cast<int>(working->done), static_cast<int>(working->total));
}

QString ExportPanel::summary(const ExportJob* working) const {
  const auto& jobs = model_.export_jobs();
  if (working == nullptr) {
    const auto failed = std::count_if(jobs.begin(), jobs.end(), [](const ExportJob& job) { return job.state == ExportState::kFailed; });
    if (failed > 0) return tr("%1 of %2 failed").arg(failed).arg(jobs.size());
    const bool checked = std::all_of(jobs.begin(), jobs.end(), [](const ExportJob& job) { return job.verified; });
    return checked ? tr("%1 ✓ checked").arg(jobs.size()) : tr("%1 over").arg(jobs.size());
  }
  const auto over = std::count_if(jobs.begin(), jobs.end(), [](const ExportJob& job) { return is_over(job.state); });
  if (pause_->isChecked()) return tr("paused, %1 of %2").arg(working->done).arg(frames_text(working->total));
  // What a list on show does not tell.
  if (fold_->isChecked() && working->fps > 0) return tr("%1 fps").arg(locale().toString(working->fps, 'f', working->fps < 10 ? 1 : 0));
  const QString progress = describe_export(*working);
  return jobs.size() == 1 ? progress : tr("%1 of %2: %3").arg(over + 1).arg(jobs.size()).arg(progress);
}

}  // namespace keel::ui
