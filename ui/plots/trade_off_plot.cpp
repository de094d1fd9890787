// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/trade_off_plot.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/plots/qcustomplot_header.h"
#include "ui/theme.h"

namespace keel::ui {
namespace {

constexpr int kHeight = 150;
constexpr double kLeastKeep = 0.5, kMostKeep = 1, kStep = 0.01;

void color_axis(QCPAxis& axis) {
  axis.setBasePen(QPen(ink(Ink::kGrid)));
  axis.setTickPen(QPen(ink(Ink::kGrid)));
  axis.setSubTickPen(Qt::NoPen);
  axis.setTickLabelColor(ink(Ink::kDim));
  axis.setLabelColor(ink(Ink::kDim));
  axis.grid()->setPen(QPen(ink(Ink::kGrid)));
  axis.setNumberFormat(QStringLiteral("f"));
  axis.setNumberPrecision(0);
}

}  // namespace

TradeOffPlot::TradeOffPlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->addWidget(plot_);
  setFixedHeight(kHeight);
  plot_->setPlottingHint(QCP::phImmediateRefresh, false);
  plot_->setFocusPolicy(Qt::StrongFocus);
  plot_->setAccessibleName(tr("Trade-off: acceleration left against picture kept"));
  plot_->setToolTip(
      tr("How much of the camera's acceleration is left (% of the original's) for how much picture is kept (%). Drag the point, or use the keys Up and Down."));
  plot_->xAxis->setLabel(tr("picture kept, %"));
  plot_->yAxis->setLabel(tr("acceleration left, %"));
  curve_ = plot_->addGraph();
  present_ = plot_->addGraph();
  present_->setLineStyle(QCPGraph::lsNone);
  plot_->xAxis->setRange(100 * kLeastKeep - 2, 100 * kMostKeep + 2);
  plot_->installEventFilter(this);
  apply_colors();
  draw();
}

void TradeOffPlot::apply_colors() {
  plot_->setBackground(QBrush(ink(Ink::kBase)));
  color_axis(*plot_->xAxis);
  color_axis(*plot_->yAxis);
  curve_->setPen(QPen(ink(Ink::kRawPath), 1.5));
  curve_->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, ink(Ink::kRawPath), 4));
  present_->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, ink(Ink::kAccent), 11));
}

void TradeOffPlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) {
    apply_colors();
    draw();
  }
  QWidget::changeEvent(event);
}

void TradeOffPlot::set_curve(const std::vector<CurvePoint>& points) {
  points_ = points;
  draw();
}

void TradeOffPlot::set_keep(double keep) {
  keep_ = keep;
  draw();
}

double TradeOffPlot::acceleration_at(double keep) const {
  const auto after = std::find_if(points_.begin(), points_.end(), [keep](const CurvePoint& point) { return point.keep >= keep; });
  if (after == points_.end()) return points_.back().acceleration_ratio;
  if (after == points_.begin()) return after->acceleration_ratio;
  const CurvePoint& before = *(after - 1);
  const double share = (keep - before.keep) / (after->keep - before.keep);
  return before.acceleration_ratio + share * (after->acceleration_ratio - before.acceleration_ratio);
}

QPointF TradeOffPlot::position_of(double keep) const {
  const double y = points_.empty() ? 0 : acceleration_at(keep);
  return {plot_->xAxis->coordToPixel(100 * keep), plot_->yAxis->coordToPixel(100 * y)};
}

QPointF TradeOffPlot::point_position() const { return position_of(keep_); }

void TradeOffPlot::draw() {
  QVector<double> keeps, accelerations;
  double most = 0.05;
  for (const CurvePoint& point : points_) {
    keeps << 100 * point.keep;
    accelerations << 100 * point.acceleration_ratio;
    most = std::max(most, point.acceleration_ratio);
  }
  curve_->setData(keeps, accelerations);
  present_->data()->clear();
  if (!points_.empty()) present_->addData(100 * keep_, 100 * acceleration_at(keep_));
  plot_->yAxis->setRange(0, 115 * most);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void TradeOffPlot::request(double keep) {
  // The slider's own steps, so that both say the same.
  const double wanted = std::clamp(std::round(keep / kStep) * kStep, kLeastKeep, kMostKeep);
  if (!points_.empty() && std::abs(wanted - keep_) > kStep / 2) Q_EMIT keep_requested(wanted);
}

bool TradeOffPlot::eventFilter(QObject* watched, QEvent* event) {
  switch (event->type()) {
    case QEvent::MouseButtonPress:
      dragging_ = static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton;
      [[fallthrough]];
    case QEvent::MouseMove:
      if (!dragging_) break;
      request(plot_->xAxis->pixelToCoord(static_cast<QMouseEvent*>(event)->position().x()) / 100);
      return true;
    case QEvent::MouseButtonRelease:
      dragging_ = false;
      break;
    case QEvent::ShortcutOverride:
    case QEvent::KeyPress: {
      const int key = static_cast<QKeyEvent*>(event)->key();
      if (key != Qt::Key_Up && key != Qt::Key_Down) break;
      event->accept();
      if (event->type() == QEvent::KeyPress) request(keep_ + (key == Qt::Key_Up ? kStep : -kStep));
      return true;
    }
    default:
      break;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace keel::ui
