// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "engine/session/export_queue.h"

class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace keel::ui {

class SessionModel;

/// One line about a job: its state, and what is left while it runs.
[[nodiscard]] QString describe_export(const ExportJob& job);

/// The export button and the queue: jobs in their order, progress of the running one, cancel, earlier and later, clear.
class ExportPanel : public QWidget {
  Q_OBJECT

 public:
  ExportPanel(SessionModel& model, QWidget* parent);

  [[nodiscard]] QPushButton* export_button() { return export_; }
  /// Cancels the job that is selected, or else the running one.
  [[nodiscard]] QPushButton* cancel_button() { return cancel_; }
  /// Holds the whole queue while it is down.
  [[nodiscard]] QPushButton* pause_button() { return pause_; }
  [[nodiscard]] QListWidget* list() { return list_; }
  [[nodiscard]] QToolButton* earlier_button() { return earlier_; }
  [[nodiscard]] QToolButton* clear_button() { return clear_; }
  /// Checked while the list is on show.
  [[nodiscard]] QToolButton* fold_button() { return fold_; }

 Q_SIGNALS:
  void export_requested();

 private:
  QToolButton* add_tool(const QString& text, const QString& help);
  void show_state();
  /// Where the exports stand, in the few words that fit beside the heading. Null: none is being worked on.
  [[nodiscard]] QString summary(const ExportJob* working) const;
  void show_list();
  void move_chosen(int by);
  /// The selected job when it is not over, else the running one.
  [[nodiscard]] std::optional<ExportJob> chosen() const;

  SessionModel& model_;
  QPushButton* export_;
  QToolButton* fold_;
  QLabel* text_;
  QProgressBar* bar_;
  QListWidget* list_;
  QPushButton* cancel_;
  QPushButton* pause_;
  QToolButton* earlier_ = nullptr;
  QToolButton* later_ = nullptr;
  QToolButton* clear_ = nullptr;
};

}  // namespace keel::ui
