// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace keel::ui {

/// What the window shows without a clip: an invitation.
class WelcomePage : public QWidget {
  Q_OBJECT

 public:
  explicit WelcomePage(QWidget* parent = nullptr);

  /// While the sample clip is being made; total 0 takes the progress away.
  void show_sample_progress(int done, int total);
  /// Clips and projects that were opened lately; what is no longer there is left out.
  void show_recent(const QStringList& files);
  [[nodiscard]] QPushButton* sample_button() { return sample_; }

 Q_SIGNALS:
  void open_requested();
  void sample_requested();
  void recent_requested(const QString& file);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QPushButton* sample_;
  QProgressBar* progress_;
  QLabel* recent_title_;
  QVBoxLayout* recent_;
};

}  // namespace keel::ui
