// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/score_job.h"

class QCPGraph;
class QCustomPlot;

namespace keel::ui {

/// Residual acceleration against the picture kept, and the present setting as a point on it that can be dragged, or moved with the keys Up and Down.
class TradeOffPlot : public QWidget {
  Q_OBJECT

 public:
  explicit TradeOffPlot(QWidget* parent);

  void set_curve(const std::vector<CurvePoint>& points);
  /// The setting, 0.5 to 1; the point lies on the curve there.
  void set_keep(double keep);
  /// Where the present point is drawn, in this widget's pixels; for tests.
  [[nodiscard]] QPointF point_position() const;
  [[nodiscard]] QPointF position_of(double keep) const;

 Q_SIGNALS:
  void keep_requested(double keep);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void apply_colors();
  [[nodiscard]] double acceleration_at(double keep) const;
  void request(double keep);
  void draw();

  QCustomPlot* plot_;
  QCPGraph* curve_;
  QCPGraph* present_;
  std::vector<CurvePoint> points_;
  double keep_ = 0.8;
  bool dragging_ = false;
};

}  // namespace keel::ui
