// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/path_plot.h"

#include <QMouseEvent>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/plots/qcustomplot_header.h"
#include "ui/theme.h"
#include "ui/timeline/frame_axis.h"

namespace keel::ui {
namespace {

constexpr double kEmptyRange = 100;  ///< frames shown while there is no clip
constexpr double kFirstStripStretch = 1.25;  ///< the legend stands above its curves
constexpr int kLeastStripHeight = 24;  ///< px: a title and a curve
constexpr int kAroundStrips = 58;      ///< px: legend and gaps
constexpr int kLegendHeight = 15;   ///< above the first strip
constexpr double kHeadroom = 0.08;  ///< of the value range, above and below the curves
/// Strips of this height have room for their title above the curves; in lower ones it lies on them.
constexpr int kTallStrip = 44, kTitleHeight = 17;  ///< px
constexpr double kZoomPerStep = 1.25, kWheelStep = 120;
constexpr double kLeastVisible = 10;  ///< frames
/// Flat curves get at least this value range per series, in its unit, so that noise does not fill a strip.
constexpr std::array<double, kSeriesCount> kLeastSpan{4, 4, 0.5, 1, 1};
const char* const kPlayheadLayer = "playhead";

constexpr double kChosenWidth = 1.8, kOtherWidth = 1.2, kRawWidth = 1.1;
constexpr double kLinesPerTick = 1.2;
constexpr int kMostTicks = 4;
constexpr int kTitlePlate = 200, kPlayheadAlpha = 170;  ///< of 255

std::size_t index_of(PathSeries series) { return static_cast<std::size_t>(series); }

QFont small_font(const QWidget& widget) {
  QFont font = widget.font();
  font.setPointSizeF(font.pointSizeF() * 0.85);
  return font;
}

}  // namespace

PathPlot::PathPlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)), frame_ticker_(new QCPAxisTickerFixed) {
  setAccessibleName(tr("Camera path: raw and smoothed"));
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->addWidget(plot_);
  // With the window's next painting, not at once: where OpenGL is drawn in software each painting of the window takes as long as the picture.
  plot_->setPlottingHint(QCP::phImmediateRefresh, false);
  plot_->setObjectName(QStringLiteral("curves"));
  // Enough for a curve beneath each title; whoever has less room scrolls.
  plot_->setMinimumHeight(kSeriesCount * kLeastStripHeight + kAroundStrips);
  plot_->plotLayout()->clear();
  plot_->plotLayout()->setRowSpacing(4);
  plot_->addLayer(QLatin1String(kPlayheadLayer));
  // A layer of its own, so that moving the line does not draw the curves again.
  plot_->layer(QLatin1String(kPlayheadLayer))->setMode(QCPLayer::lmBuffered);
  for (const PathSeries series : kAllSeries) make_strip(series);
  make_legend();
  apply_colors();
  connect(plot_, &QCustomPlot::afterLayout, this, &PathPlot::fit_values);
  connect(plot_, &QCustomPlot::afterLayout, this, &PathPlot::fit_ticks);
  plot_->plotLayout()->setRowStretchFactor(0, kFirstStripStretch);
  plot_->setMouseTracking(true);
  plot_->installEventFilter(this);
  show_range(0, kEmptyRange);
}

void PathPlot::make_strip(PathSeries series) {
  Strip& strip = strips_[index_of(series)];
  strip.rect = new QCPAxisRect(plot_, true);
  strip.rect->setAutoMargins(QCP::msNone);
  strip.rect->setMargins(QMargins(kTimeAxisLeft, series == kAllSeries.front() ? kLegendHeight : 3, kTimeAxisRight, 3));
  strip.rect->setMinimumSize(50, kLeastStripHeight);
  plot_->plotLayout()->addElement(static_cast<int>(series), 0, strip.rect);
  QCPAxis* bottom = strip.rect->axis(QCPAxis::atBottom);
  QCPAxis* left = strip.rect->axis(QCPAxis::atLeft);
  for (QCPAxis* axis : {bottom, left, strip.rect->axis(QCPAxis::atTop), strip.rect->axis(QCPAxis::atRight)}) {
    axis->setLayer(QStringLiteral("axes"));
    axis->grid()->setLayer(QStringLiteral("grid"));
    axis->setSubTicks(false);
    axis->setTickLength(0, 3);
    axis->setTickLabelFont(small_font(*this));
    axis->grid()->setZeroLinePen(Qt::NoPen);
  }
  strip.rect->setupFullAxesBox();
  for (const auto side : {QCPAxis::atTop, QCPAxis::atRight}) strip.rect->axis(side)->setTicks(false);
  // The numbers stand in the ruler above the strips; here are its lines only.
  bottom->setTickLabels(false);
  bottom->setTickLength(0, 0);
  bottom->setTicker(frame_ticker_);
  left->setRange(-1, 1);
  left->setTickLabelPadding(3);
  strip.raw = plot_->addGraph(bottom, left);
  // The chosen one on top of the others.
  for (QCPGraph*& other : strip.others) other = plot_->addGraph(bottom, left);
  strip.smooth = plot_->addGraph(bottom, left);
  make_title(strip, series);
  strip.playhead = new QCPItemStraightLine(plot_);
  strip.playhead->setClipAxisRect(strip.rect);
  strip.playhead->setLayer(QLatin1String(kPlayheadLayer));
  for (QCPItemPosition* point : {strip.playhead->point1, strip.playhead->point2}) point->setAxes(bottom, left);
  strip.playhead->point1->setCoords(0, 0);
  strip.playhead->point2->setCoords(0, 1);
}

void PathPlot::make_title(Strip& strip, PathSeries series) {
  strip.title = new QCPItemText(plot_);
  // On the playhead's layer: the values in it change with the mouse, and the curves need not be drawn again for that.
  strip.title->setLayer(QLatin1String(kPlayheadLayer));
  strip.title->setClipAxisRect(strip.rect);
  strip.title->position->setAxisRect(strip.rect);
  strip.title->position->setType(QCPItemPosition::ptAxisRectRatio);
  strip.title->position->setCoords(0.004, 0.04);
  strip.title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  strip.title->setText(series_title(series));
  strip.title->setFont(small_font(*this));
  strip.title->setPadding(QMargins(3, 0, 3, 0));
}

void PathPlot::apply_colors() {
  const QColor grid = ink(Ink::kGrid), base = ink(Ink::kBase);
  plot_->setBackground(base);
  for (const Strip& strip : strips_) {
    for (const auto side : {QCPAxis::atBottom, QCPAxis::atLeft, QCPAxis::atTop, QCPAxis::atRight}) {
      QCPAxis* axis = strip.rect->axis(side);
      axis->setBasePen(QPen(grid));
      axis->setTickPen(QPen(grid));
      axis->setTickLabelColor(ink(Ink::kDim));
      axis->grid()->setPen(QPen(grid, 1, Qt::DotLine));
    }
    strip.raw->setPen(QPen(ink(Ink::kRawPath), kRawWidth));
    QColor line = ink(Ink::kPlayhead), plate = base;
    line.setAlpha(kPlayheadAlpha);
    plate.setAlpha(kTitlePlate);
    strip.playhead->setPen(QPen(line, 1));
    strip.title->setColor(ink(Ink::kText));
    strip.title->setBrush(plate);
  }
}

void PathPlot::changeEvent(QEvent* event) {
  // The colours of the curves come with the next estimators that are set.
  if (event->type() == QEvent::StyleChange) {
    apply_colors();
    plot_->replot(QCustomPlot::rpQueuedReplot);
  }
  QWidget::changeEvent(event);
}

void PathPlot::make_legend() {
  for (QCPItemText*& entry : legend_) {
    entry = new QCPItemText(plot_);
    entry->setLayer(QLatin1String(kPlayheadLayer));
    entry->setClipToAxisRect(false);
    entry->position->setType(QCPItemPosition::ptAbsolute);
    entry->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
    entry->setFont(small_font(*this));
    entry->setPadding(QMargins(3, 0, 3, 0));
    entry->setVisible(false);
  }
}

void PathPlot::give_room(int width) {
  if (width == given_) return;
  given_ = width;
  for (const Strip& strip : strips_) {
    QMargins margins = strip.rect->margins();
    margins.setRight(kTimeAxisRight - width);
    strip.rect->setMargins(margins);
  }
  show_legend();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void PathPlot::show_legend() {
  // The chosen one first, read from the left: placed from the right end, last one first.
  std::vector<std::pair<QString, QColor>> entries;
  if (solution_ && !label_.isEmpty()) entries.emplace_back(label_, color_);
  for (const OtherPath& other : others_) entries.emplace_back(other.label, other.color);
  if (!entries.empty()) entries.emplace(entries.begin(), tr("as filmed"), ink(Ink::kRawPath));
  const QFontMetricsF metrics(small_font(*this));
  double right = plot_->width() - (kTimeAxisRight - given_) - 4;
  for (std::size_t i = 0; i < legend_.size(); ++i) {
    const bool used = i < entries.size();
    legend_[i]->setVisible(used);
    if (!used) continue;
    const auto& [text, color] = entries[entries.size() - 1 - i];
    legend_[i]->setText(QStringLiteral("— ") + text);
    legend_[i]->setColor(color);
    legend_[i]->position->setCoords(right, 1);
    right -= metrics.horizontalAdvance(legend_[i]->text()) + 14;
  }
}

QString PathPlot::legend_text() const {
  QStringList words;
  for (auto it = legend_.rbegin(); it != legend_.rend(); ++it)
    if ((*it)->visible()) words << (*it)->text();
  return words.join(QLatin1Char(' '));
}

void PathPlot::set_estimators(const QString& label, const QColor& color, std::vector<OtherPath> others) {
  label_ = label;
  color_ = color;
  others_ = std::move(others);
  others_.resize(std::min(others_.size(), kMaxOthers));
  for (const Strip& strip : strips_) {
    strip.smooth->setPen(QPen(color_, kChosenWidth));
    for (std::size_t i = 0; i < others_.size(); ++i) strip.others[i]->setPen(QPen(others_[i].color, kOtherWidth));
  }
}

void PathPlot::set_solution(std::shared_ptr<const Solution> solution, Size picture, std::int64_t frame_count) {
  const bool other_clip = frame_count != frame_count_ || picture != picture_;
  solution_ = std::move(solution);
  picture_ = picture;
  frame_count_ = frame_count;
  const double end = frame_count > 1 ? static_cast<double>(frame_count - 1) : kEmptyRange;
  // New settings of the same clip leave the part that is looked at.
  other_clip ? show_range(0, end) : show_range(first_, last_);
}

void PathPlot::show_range(double first, double last) {
  const double end = frame_count_ > 1 ? static_cast<double>(frame_count_ - 1) : kEmptyRange;
  const double span = std::clamp(last - first, std::min(kLeastVisible, end), end);
  first_ = std::clamp(first, 0.0, end - span);
  last_ = first_ + span;
  fit_frame_lines();
  for (const Strip& strip : strips_) strip.rect->axis(QCPAxis::atBottom)->setRange(first_, last_);
  fill_strips();
  show_titles();
  show_legend();
  plot_->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT visible_range_changed(first_, last_);
}

void PathPlot::fit_frame_lines() { frame_ticker_->setTickStep(frame_step(last_ - first_, plot_->width() - kTimeAxisLeft - kTimeAxisRight)); }

void PathPlot::fill_strips() {
  const int columns = std::max(plot_->width(), 200);
  const auto sample = [&](const CameraPath& path) { return sample_series(path, picture_, first_, last_, columns); };
  AllSeriesPoints raw, smooth;
  std::array<AllSeriesPoints, kMaxOthers> others;
  if (solution_) {
    raw = sample(solution_->raw);
    smooth = sample(solution_->smooth);
    for (std::size_t i = 0; i < others_.size(); ++i) others[i] = sample(others_[i].solution->smooth);
  }
  for (const PathSeries series : kAllSeries) {
    const std::size_t k = index_of(series);
    Strip& strip = strips_[k];
    strip.raw->setData(raw[k].frame, raw[k].value, true);
    strip.smooth->setData(smooth[k].frame, smooth[k].value, true);
    double lowest = std::min(raw[k].lowest, smooth[k].lowest), highest = std::max(raw[k].highest, smooth[k].highest);
    for (std::size_t i = 0; i < kMaxOthers; ++i) {
      strip.others[i]->setData(others[i][k].frame, others[i][k].value, true);
      if (others[i][k].frame.isEmpty()) continue;
      lowest = std::min(lowest, others[i][k].lowest);
      highest = std::max(highest, others[i][k].highest);
    }
    strip.middle = (lowest + highest) / 2;
    strip.span = std::max(highest - lowest, kLeastSpan[k]);
  }
  fit_values();
}

void PathPlot::fit_values() {
  for (const Strip& strip : strips_) {
    const int height = strip.rect->height();
    double below = strip.span * kHeadroom, above = below;
    // So many values in as many pixels as the title has, of the scale that results from that.
    if (height >= kTallStrip) above = std::max(above, (strip.span + below) * kTitleHeight / (height - kTitleHeight));
    strip.rect->axis(QCPAxis::atLeft)->setRange(strip.middle - strip.span / 2 - below, strip.middle + strip.span / 2 + above);
  }
}

void PathPlot::fit_ticks() {
  // As many numbers as have room above each other; known after the strips were laid out, so that another drawing has to follow.
  const double line = kLinesPerTick * QFontMetricsF(small_font(*this)).height();
  bool changed = false;
  for (const Strip& strip : strips_) {
    QCPAxisTicker& ticker = *strip.rect->axis(QCPAxis::atLeft)->ticker();
    const int count = std::clamp(static_cast<int>(strip.rect->height() / line), 1, kMostTicks);
    changed = changed || count != ticker.tickCount();
    ticker.setTickCount(count);
  }
  if (changed) plot_->replot(QCustomPlot::rpQueuedReplot);
}

void PathPlot::set_playhead(std::int64_t index) {
  if (index == playhead_) return;
  playhead_ = index;
  for (const Strip& strip : strips_) {
    strip.playhead->point1->setCoords(static_cast<double>(index), 0);
    strip.playhead->point2->setCoords(static_cast<double>(index), 1);
  }
  show_titles();
  plot_->layer(QLatin1String(kPlayheadLayer))->replot();
}

const CameraPath::Shot* PathPlot::shot_of(std::int64_t frame) const {
  if (!solution_) return nullptr;
  for (const CameraPath::Shot& shot : solution_->raw.shots)
    if (frame >= shot.begin && frame < shot.end && frame < solution_->smooth.frame_count()) return &shot;
  return nullptr;
}

void PathPlot::show_titles() {
  const std::int64_t frame = hovered_.value_or(playhead_);
  const CameraPath::Shot* shot = shot_of(frame);
  for (const PathSeries series : kAllSeries) {
    QString text = series_title(series);
    if (shot != nullptr) {
      const auto at = static_cast<int>(frame);
      const double raw = series_value(solution_->raw, *shot, at, series, picture_),
                   smooth = series_value(solution_->smooth, *shot, at, series, picture_);
      // What rounds to nothing has no sign.
      const auto hundredths = [this](double value) { return locale().toString(std::round(100 * value) / 100 + 0.0, 'f', 2); };
      if (series == kAllSeries.front()) text += tr("   frame %1").arg(frame);
      text += tr("   %1 → %2").arg(hundredths(raw), hundredths(smooth));
    }
    strips_[index_of(series)].title->setText(text);
  }
}

QString PathPlot::title_text(PathSeries series) const { return strips_[index_of(series)].title->text(); }
int PathPlot::drawn_points(PathSeries series) const { return strips_[index_of(series)].raw->dataCount(); }
int PathPlot::drawn_points_of_other(PathSeries series, std::size_t other) const { return strips_[index_of(series)].others[other]->dataCount(); }
double PathPlot::x_of(double frame) const { return strips_.front().rect->axis(QCPAxis::atBottom)->coordToPixel(frame); }
double PathPlot::frame_at(double x) const { return strips_.front().rect->axis(QCPAxis::atBottom)->pixelToCoord(x); }

void PathPlot::zoom_at(double x, double factor) {
  const double at = std::clamp(frame_at(x), first_, last_);
  const double span = (last_ - first_) / factor;
  const double share = (at - first_) / (last_ - first_);
  show_range(at - share * span, at + (1 - share) * span);
}

bool PathPlot::mouse(const QMouseEvent& event) {
  const double x = event.position().x();
  if ((event.buttons() & Qt::MiddleButton) != 0) {
    const double by = event.type() == QEvent::MouseMove ? frame_at(drag_x_) - frame_at(x) : 0;
    drag_x_ = x;
    if (by != 0) show_range(first_ + by, last_ + by);
    return true;
  }
  const std::int64_t frame = std::clamp<std::int64_t>(std::llround(frame_at(x)), 0, frame_count_ - 1);
  if ((event.buttons() & Qt::LeftButton) != 0) {
    Q_EMIT playhead_requested(frame);
    return true;
  }
  hovered_ = frame;
  show_titles();
  plot_->layer(QLatin1String(kPlayheadLayer))->replot();
  return false;
}

bool PathPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot_ || frame_count_ <= 0) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::MouseButtonPress:
    case QEvent::MouseMove:
      return mouse(*static_cast<QMouseEvent*>(event));
    case QEvent::MouseButtonDblClick:
      show_range(0, static_cast<double>(frame_count_ - 1));
      return true;
    case QEvent::Wheel: {
      const auto* wheel = static_cast<QWheelEvent*>(event);
      zoom_at(wheel->position().x(), std::pow(kZoomPerStep, wheel->angleDelta().y() / kWheelStep));
      return true;
    }
    case QEvent::Resize:
      fit_frame_lines();
      show_legend();
      return false;
    case QEvent::Leave:
      hovered_.reset();
      show_titles();
      plot_->layer(QLatin1String(kPlayheadLayer))->replot();
      return false;
    default:
      return QWidget::eventFilter(watched, event);
  }
}

}  // namespace keel::ui
