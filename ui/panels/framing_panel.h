// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace keel::ui {

class SessionModel;

/// Read-outs of the present solution: what is kept, the zoom, the output size, and the proof that no border shows.
class FramingPanel : public QWidget {
  Q_OBJECT

 public:
  FramingPanel(SessionModel& model, QWidget* parent);

  [[nodiscard]] QString certificate_text() const;

 private:
  void show_solution();

  SessionModel& model_;
  QLabel* kept_;
  QLabel* zoom_;
  QLabel* output_;
  QLabel* certificate_;
};

}  // namespace keel::ui
