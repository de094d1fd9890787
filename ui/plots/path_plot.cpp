// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/path_plot.h"

#include <QMouseEvent>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "ui/plots/qcustomplot_header.h"
#include "ui/theme.h"

namespace keel::ui {
namespace {

constexpr int kAxisWidth = 58;       ///< the same left margin for all strips keeps their frames in line
constexpr double kEmptyRange = 100;  ///< frames shown while there is no clip
constexpr double kLastStripStretch = 1.35;
constexpr double kHeadroom = 0.08;  ///< of the value range, above and below the curves
/// Flat curves get at least this value range per channel (px, px, degrees, percent), so that noise does not fill a strip.
constexpr std::array<double, PathPlot::kStrips> kLeastSpan{4, 4, 0.5, 1};
const char* const kPlayheadLayer = "playhead";

const std::array<QColor, PathPlot::kStrips> kStripColors{QColor(92, 200, 176), QColor(108, 168, 240), QColor(236, 176, 92), QColor(214, 130, 206)};

QString strip_title(int index) {
  switch (index) {
    case kPathX:
      return PathPlot::tr("x, px");
    case kPathY:
      return PathPlot::tr("y, px");
    case kPathRotation:
      return PathPlot::tr("turn, °");
    default:
      return PathPlot::tr("zoom, %");
  }
}

double displayed(const PathPoint& point, int channel, double unit_px) {
  const double value = point[static_cast<std::size_t>(channel)];
  switch (channel) {
    case kPathX:
    case kPathY:
      return value * unit_px;
    case kPathRotation:
      return value * 180 / std::numbers::pi;
    // The logarithm: for small zooms the same number, and a walk that comes ten times nearer does not flatten everything before it.
    default:
      return 100 * value;
  }
}

QFont small_font(const QWidget& widget) {
  QFont font = widget.font();
  font.setPointSizeF(font.pointSizeF() * 0.85);
  return font;
}

}  // namespace

PathPlot::PathPlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  setAccessibleName(tr("Camera path: raw and smoothed"));
  setToolTip(tr("Camera path over frames: grey as filmed, coloured after smoothing. Click or drag to move the playhead."));
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->addWidget(plot_);
  plot_->setBackground(QColor(23, 24, 28));
  plot_->setMinimumHeight(140);
  plot_->plotLayout()->clear();
  plot_->plotLayout()->setRowSpacing(5);
  plot_->addLayer(QLatin1String(kPlayheadLayer));
  // A layer of its own, so that moving the line does not draw the curves again.
  plot_->layer(QLatin1String(kPlayheadLayer))->setMode(QCPLayer::lmBuffered);
  for (int i = 0; i < kStrips; ++i) make_strip(i);
  // The last strip carries the frame numbers below it.
  plot_->plotLayout()->setRowStretchFactor(kStrips - 1, kLastStripStretch);
  plot_->installEventFilter(this);
}

void PathPlot::make_strip(int index) {
  Strip& strip = strips_[static_cast<std::size_t>(index)];
  strip.rect = new QCPAxisRect(plot_, true);
  strip.rect->setAutoMargins(index + 1 == kStrips ? QCP::msBottom : QCP::msNone);
  strip.rect->setMargins(QMargins(kAxisWidth, 3, 10, index + 1 == kStrips ? 0 : 3));
  strip.rect->setMinimumSize(50, 22);
  plot_->plotLayout()->addElement(index, 0, strip.rect);
  QCPAxis* bottom = strip.rect->axis(QCPAxis::atBottom);
  QCPAxis* left = strip.rect->axis(QCPAxis::atLeft);
  for (QCPAxis* axis : {bottom, left, strip.rect->axis(QCPAxis::atTop), strip.rect->axis(QCPAxis::atRight)}) {
    axis->setLayer(QStringLiteral("axes"));
    axis->grid()->setLayer(QStringLiteral("grid"));
    axis->setBasePen(QPen(kGridLine));
    axis->setTickPen(QPen(kGridLine));
    axis->setSubTicks(false);
    axis->setTickLength(0, 3);
    axis->setTickLabelColor(kDimText);
    axis->setTickLabelFont(small_font(*this));
    axis->grid()->setPen(QPen(kGridLine, 1, Qt::DotLine));
    axis->grid()->setZeroLinePen(Qt::NoPen);
  }
  strip.rect->setupFullAxesBox();
  for (const auto side : {QCPAxis::atTop, QCPAxis::atRight}) strip.rect->axis(side)->setTicks(false);
  bottom->setTicks(index + 1 == kStrips);

  bottom->setRange(0, kEmptyRange);
  left->ticker()->setTickCount(2);
  left->setRange(-1, 1);
  left->setTickLabelPadding(3);
  strip.raw = plot_->addGraph(bottom, left);
  strip.raw->setPen(QPen(kRawPath, 1));
  strip.smooth = plot_->addGraph(bottom, left);
  strip.smooth->setPen(QPen(kStripColors[static_cast<std::size_t>(index)], 1.8));
  auto* title = new QCPItemText(plot_);
  title->setClipAxisRect(strip.rect);
  title->position->setAxisRect(strip.rect);
  title->position->setType(QCPItemPosition::ptAxisRectRatio);
  title->position->setCoords(0.004, 0.04);
  title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  title->setText(strip_title(index));
  title->setFont(small_font(*this));
  title->setColor(kStripColors[static_cast<std::size_t>(index)]);
  title->setPadding(QMargins(3, 0, 3, 0));
  title->setBrush(QColor(23, 24, 28, 200));
  strip.playhead = new QCPItemStraightLine(plot_);
  strip.playhead->setClipAxisRect(strip.rect);
  strip.playhead->setLayer(QLatin1String(kPlayheadLayer));
  strip.playhead->setPen(QPen(QColor(240, 240, 240, 170), 1));
  for (QCPItemPosition* point : {strip.playhead->point1, strip.playhead->point2}) point->setAxes(bottom, left);
  strip.playhead->point1->setCoords(0, 0);
  strip.playhead->point2->setCoords(0, 1);
}

void PathPlot::set_solution(std::shared_ptr<const Solution> solution, Size picture, std::int64_t frame_count) {
  solution_ = std::move(solution);
  frame_count_ = frame_count;
  const double unit_px = PathFrame{picture}.unit_px();
  for (int i = 0; i < kStrips; ++i) {
    Strip& strip = strips_[static_cast<std::size_t>(i)];
    strip.rect->axis(QCPAxis::atBottom)->setRange(0, frame_count > 1 ? static_cast<double>(frame_count - 1) : kEmptyRange);
    fill(strip, i, unit_px);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void PathPlot::fill(Strip& strip, int channel, double unit_px) {
  const int frames = solution_ ? solution_->raw.frame_count() : 0;
  QVector<double> x, raw, smooth;
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
  if (frames > 0) {
    for (const CameraPath::Shot& shot : solution_->raw.shots) {
      for (int i = shot.begin; i < shot.end; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double a = displayed(solution_->raw.points[at], channel, unit_px), b = displayed(solution_->smooth.points[at], channel, unit_px);
        x.push_back(i);
        raw.push_back(a);
        smooth.push_back(b);
        lowest = std::min({lowest, a, b});
        highest = std::max({highest, a, b});
      }
      // A gap where the shot changes: paths of different shots do not continue each other.
      x.push_back(shot.end - 0.5);
      raw.push_back(std::numeric_limits<double>::quiet_NaN());
      smooth.push_back(std::numeric_limits<double>::quiet_NaN());
    }
  }
  strip.raw->setData(x, raw, true);
  strip.smooth->setData(x, smooth, true);
  if (!(lowest <= highest)) lowest = highest = 0;
  const double span = std::max(highest - lowest, kLeastSpan[static_cast<std::size_t>(channel)]);
  const double middle = (lowest + highest) / 2;
  strip.rect->axis(QCPAxis::atLeft)->setRange(middle - span * (0.5 + kHeadroom), middle + span * (0.5 + kHeadroom));
}

void PathPlot::set_playhead(std::int64_t index) {
  if (index == playhead_) return;
  playhead_ = index;
  for (const Strip& strip : strips_) {
    strip.playhead->point1->setCoords(static_cast<double>(index), 0);
    strip.playhead->point2->setCoords(static_cast<double>(index), 1);
  }
  plot_->layer(QLatin1String(kPlayheadLayer))->replot();
}

bool PathPlot::eventFilter(QObject* watched, QEvent* event) {
  const bool press = event->type() == QEvent::MouseButtonPress, move = event->type() == QEvent::MouseMove;
  if (watched == plot_ && (press || move) && frame_count_ > 0) {
    const auto* mouse = static_cast<const QMouseEvent*>(event);
    if ((mouse->buttons() & Qt::LeftButton) != 0) {
      const double at = strips_.front().rect->axis(QCPAxis::atBottom)->pixelToCoord(mouse->position().x());
      Q_EMIT playhead_requested(std::clamp<qint64>(std::llround(at), 0, frame_count_ - 1));
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace keel::ui
