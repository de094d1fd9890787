// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QListWidget;

namespace keel::ui {

class ProjectController;

/// The project's clips; seen only where there is more than one. A click or Return shows a clip, Delete takes it off the list.
class ClipList : public QWidget {
  Q_OBJECT

 public:
  ClipList(ProjectController& projects, QWidget* parent);
  [[nodiscard]] QListWidget* list() { return list_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void show_clips();

  ProjectController& projects_;
  QListWidget* list_;
};

}  // namespace keel::ui
