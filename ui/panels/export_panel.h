// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace keel::ui {

class SessionModel;

/// The export button; while an export runs, its progress and a cancel button in its place.
class ExportPanel : public QWidget {
  Q_OBJECT

 public:
  ExportPanel(SessionModel& model, QWidget* parent);

  [[nodiscard]] QPushButton* export_button() { return export_; }
  [[nodiscard]] QPushButton* cancel_button() { return cancel_; }

 Q_SIGNALS:
  void export_requested();

 private:
  void show_state();
  void show_progress();

  SessionModel& model_;
  QPushButton* export_;
  QLabel* text_;
  QProgressBar* bar_;
  QPushButton* cancel_;
};

}  // namespace keel::ui
