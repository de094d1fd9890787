// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/clip_list.h"

#include <QFrame>
#include <QKeyEvent>
#include <QLabel>
#include <QListWidget>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/panels/panel_parts.h"
#include "ui/project_controller.h"
#include "ui/session_model.h"

namespace keel::ui {
namespace {

constexpr int kMostRows = 5;  ///< in sight; the list scrolls

}  // namespace

ClipList::ClipList(ProjectController& projects, QWidget* parent) : QWidget(parent), projects_(projects), list_(new QListWidget(this)) {
  list_->setAccessibleName(tr("Clips of the project"));
  list_->setToolTip(tr("Click to work on a clip; Delete takes it off the list, the file stays."));
  list_->setTextElideMode(Qt::ElideMiddle);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->installEventFilter(this);
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(8);
  box->addWidget(make_section(tr("CLIPS"), this));
  box->addWidget(list_);
  box->addWidget(make_separator(this));
  const auto choose = [this](QListWidgetItem* item) { projects_.show_clip(static_cast<std::size_t>(list_->row(item))); };
  connect(list_, &QListWidget::itemClicked, this, choose);
  connect(list_, &QListWidget::itemActivated, this, choose);
  connect(&projects_.model(), &ProjectModel::clips_changed, this, &ClipList::show_clips);
  show_clips();
}

void ClipList::show_clips() {
  const QSignalBlocker quiet(list_);
  list_->clear();
  for (const ProjectClip& clip : projects_.project().clips) {
    auto* item = new QListWidgetItem(to_qstring(clip.path.filename()), list_);
    item->setToolTip(to_qstring(clip.path));
  }
  list_->setCurrentRow(static_cast<int>(projects_.project().current));
  if (list_->count() > 0) list_->setFixedHeight(std::min(list_->count(), kMostRows) * list_->sizeHintForRow(0) + 2 * list_->frameWidth() + 2);
  setVisible(list_->count() > 1);
}

bool ClipList::eventFilter(QObject* watched, QEvent* event) {
  const bool erased = event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete;
  if (watched != list_ || !erased || list_->currentRow() < 0) return QWidget::eventFilter(watched, event);
  projects_.remove_clip(static_cast<std::size_t>(list_->currentRow()));
  return true;
}

}  // namespace keel::ui
