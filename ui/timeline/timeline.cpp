// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/theme.h"
#include "ui/timeline/frame_axis.h"

namespace keel::ui {
namespace {

constexpr int kStripHeight = 13, kStripGap = 2, kMarginY = 3;
constexpr int kRulerHeight = 15, kTick = 3;  ///< px: frame numbers, and the lines below them
constexpr int kStrips = 5;
const QColor kTrustGood(92, 200, 176), kTrustBad(226, 92, 84);
const QColor kZoomColor(214, 130, 206), kMarginColor(108, 168, 240);
/// Margins up to this many source pixels are drawn red: the crop window touches the edge of what was filmed.
constexpr double kThinMargin_px = 1;
/// The zoom strip's height stands for at least this much, so that small changes do not look large.
constexpr double kLeastZoomSpan = 0.1;
/// The disagreement strip's height stands for the clip's largest, within these limits, so that small differences do not look large and one lost frame
/// does not hide the rest. The colour is the same for the same number of px in every clip.
constexpr double kLeastDisagreementSpan_px = 2, kMostDisagreementSpan_px = 16;
constexpr double kFarApart_px = 4;  ///< seen in the picture
const QColor kAgree(120, 150, 200), kDisagree(240, 178, 84);
constexpr double kPickRadius = 4;  ///< half the width of a marker

QString strip_name(Timeline::StripKind kind) {
  switch (kind) {
    case Timeline::StripKind::kShots:
      return Timeline::tr("shots");
    case Timeline::StripKind::kTrust:
      return Timeline::tr("trust");
    case Timeline::StripKind::kDisagreement:
      return Timeline::tr("disagree");
    case Timeline::StripKind::kZoom:
      return Timeline::tr("zoom");
    case Timeline::StripKind::kMargin:
      return Timeline::tr("margin");
  }
  return {};
}

QColor mix(const QColor& a, const QColor& b, double share) {
  return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * share),
                          static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * share),
                          static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * share));
}

}  // namespace

Timeline::Timeline(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Timeline: shots, trust, disagreement of the estimators, zoom, border margin"));
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize Timeline::sizeHint() const { return {400, kRulerHeight + 2 * kMarginY + kStrips * kStripHeight + (kStrips - 1) * kStripGap}; }

QRect Timeline::strip_rect(StripKind kind) const {
  const int row = static_cast<int>(kind) - static_cast<int>(StripKind::kShots);
  return {kTimeAxisLeft, kRulerHeight + kMarginY + row * (kStripHeight + kStripGap), std::max(width() - kTimeAxisLeft - kTimeAxisRight, 1), kStripHeight};
}

void Timeline::set_data(TimelineData data) {
  data_ = std::move(data);
  strips_ = {};
  update();
}

void Timeline::set_playhead(std::int64_t frame) {
  if (frame == playhead_) return;
  playhead_ = frame;
  update();
}

void Timeline::set_points(std::optional<std::int64_t> in, std::optional<std::int64_t> out) {
  in_ = in;
  out_ = out;
  update();
}

void Timeline::set_visible_range(double first, double last) {
  if (first == first_ && last == last_) return;
  first_ = first;
  last_ = last;
  strips_ = {};
  update();
}

std::optional<std::int64_t> Timeline::worst_after(std::int64_t frame) const {
  if (data_.worst.empty()) return std::nullopt;
  const auto it = std::upper_bound(data_.worst.begin(), data_.worst.end(), frame);
  return it != data_.worst.end() ? *it : data_.worst.front();
}

std::optional<std::int64_t> Timeline::worst_before(std::int64_t frame) const {
  if (data_.worst.empty()) return std::nullopt;
  const auto it = std::lower_bound(data_.worst.begin(), data_.worst.end(), frame);
  return it != data_.worst.begin() ? *std::prev(it) : data_.worst.back();
}

double Timeline::x_of(double frame) const {
  const QRect strip = strip_rect(StripKind::kShots);
  return strip.left() + (frame - first_) / std::max(last_ - first_, 1.0) * strip.width();
}

std::int64_t Timeline::frame_at(double x) const {
  const QRect strip = strip_rect(StripKind::kShots);
  const double frame = first_ + (x - strip.left()) / strip.width() * (last_ - first_);
  return std::clamp<std::int64_t>(std::llround(frame), 0, std::max<std::int64_t>(data_.frames - 1, 0));
}

void Timeline::seek_to(double x) {
  if (data_.frames > 0) Q_EMIT playhead_requested(frame_at(x));
}

void Timeline::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) seek_to(event->position().x());
}

void Timeline::mouseMoveEvent(QMouseEvent* event) {
  if ((event->buttons() & Qt::LeftButton) != 0) seek_to(event->position().x());
  if (data_.frames > 0) QToolTip::showText(event->globalPosition().toPoint(), text_at(frame_at(event->position().x())), this);
}

QString Timeline::text_at(std::int64_t frame) const {
  const auto at = static_cast<std::size_t>(frame);
  QStringList words{tr("frame %1").arg(frame)};
  if (at < data_.trust.size()) words << tr("trust %1 %").arg(locale().toString(100.0 * data_.trust[at], 'f', 0));
  if (at < data_.disagreement_px.size() && std::isfinite(data_.disagreement_px[at]))
    words << tr("%1: %2 px apart at 1080 lines").arg(disagreement_names_, locale().toString(data_.disagreement_px[at], 'f', 1));
  if (at < data_.zoom.size()) words << tr("zoom %1 ×").arg(locale().toString(data_.zoom[at], 'f', 2));
  if (at < data_.margin_px.size()) words << tr("margin %1 px").arg(locale().toString(data_.margin_px[at], 'f', 1));
  return words.join(QStringLiteral("  ·  "));
}

void Timeline::resizeEvent(QResizeEvent* /*event*/) { strips_ = {}; }

void Timeline::changeEvent(QEvent* event) {
  if (event->type() == QEvent::StyleChange) strips_ = {};
  QWidget::changeEvent(event);
}

void Timeline::paint_ruler(QPainter& painter) const {
  const int step = frame_step(last_ - first_, strip_rect(StripKind::kShots).width());
  const QFontMetricsF metrics(painter.font());
  painter.setPen(ink(Ink::kDim));
  painter.drawText(QRect(0, 0, kTimeAxisLeft - 6, kRulerHeight - kTick), Qt::AlignRight | Qt::AlignVCenter, tr("frame"));
  for (auto frame = static_cast<std::int64_t>(std::ceil(first_ / step)) * step; static_cast<double>(frame) <= last_; frame += step) {
    const double x = x_of(static_cast<double>(frame));
    const QString text = QString::number(frame);
    const double width = metrics.horizontalAdvance(text);
    // Above its line; at the ends moved inwards rather than cut.
    const double left = std::clamp(x - width / 2, 0.0, std::max(this->width() - width, 0.0));
    painter.drawText(QRectF(left, 0, width + 1, kRulerHeight - kTick), Qt::AlignLeft | Qt::AlignVCenter, text);
    painter.fillRect(QRectF(x - 0.5, kRulerHeight + kMarginY - kTick - 1, 1, kTick), ink(Ink::kDim));
  }
}

void Timeline::paint_shots(QPainter& painter) const {
  const QRect strip = strip_rect(StripKind::kShots);
  if (data_.zoom.empty()) return;
  painter.setClipRect(strip);
  std::vector<std::int64_t> starts{0};
  starts.insert(starts.end(), data_.cuts.begin(), data_.cuts.end());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const double begin = x_of(static_cast<double>(starts[i]) - 0.5);
    const double end = x_of(i + 1 < starts.size() ? static_cast<double>(starts[i + 1]) - 0.5 : static_cast<double>(data_.zoom.size()) - 0.5);
    painter.fillRect(QRectF(begin, strip.top(), end - begin, strip.height()), ink(i % 2 == 0 ? Ink::kShot : Ink::kOtherShot));
    if (i > 0) painter.fillRect(QRectF(begin - 0.5, strip.top(), 1.5, strip.height()), ink(Ink::kPlayhead));
  }
  painter.setClipping(false);
}

void Timeline::each_column(StripKind kind, std::size_t count, const std::function<void(int, std::size_t, std::size_t)>& paint) const {
  const QRect strip = strip_rect(kind);
  const double per_column = std::max(last_ - first_, 1.0) / strip.width();
  for (int column = 0; column < strip.width(); ++column) {
    // Every frame of the column counts, so that a single bad one is seen however long the clip is.
    const double from = first_ + column * per_column;
    const auto begin = static_cast<std::int64_t>(std::floor(from + 0.5));
    const auto end = std::max(begin + 1, static_cast<std::int64_t>(std::floor(from + per_column + 0.5)));
    if (begin < 0 || begin >= static_cast<std::int64_t>(count)) continue;
    paint(strip.left() + column, static_cast<std::size_t>(begin), std::min(static_cast<std::size_t>(end), count));
  }
}

void Timeline::paint_columns(QPainter& painter, StripKind kind) const {
  const bool trust = kind == StripKind::kTrust, zoom = kind == StripKind::kZoom;
  const std::vector<float>& values = trust ? data_.trust : zoom ? data_.zoom : data_.margin_px;
  if (values.empty()) return;
  const float largest = *std::max_element(values.begin(), values.end());
  const double zoom_span = std::max(kLeastZoomSpan, largest - 1.0), margin_span = std::max(1.0, static_cast<double>(largest));
  const QRect strip = strip_rect(kind);
  each_column(kind, values.size(), [&](int x, std::size_t begin, std::size_t end) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(begin), last = values.begin() + static_cast<std::ptrdiff_t>(end);
    const double value = zoom ? *std::max_element(first, last) : *std::min_element(first, last);
    const double share = std::clamp(trust ? value : zoom ? (value - 1) / zoom_span : value / margin_span, 0.0, 1.0);
    const QColor color = trust ? mix(kTrustBad, kTrustGood, share) : zoom ? kZoomColor : value < kThinMargin_px ? kTrustBad : kMarginColor;
    // At least a line: nothing at all would look like not analysed.
    const int height = std::max(1, static_cast<int>(std::lround(share * strip.height())));
    painter.fillRect(x, strip.bottom() + 1 - height, 1, height, color);
  });
}

void Timeline::paint_disagreement(QPainter& painter) const {
  const QRect strip = strip_rect(StripKind::kDisagreement);
  const std::vector<float>& values = data_.disagreement_px;
  float largest = 0;
  for (const float value : values)
    if (value > largest) largest = value;
  const double span = std::clamp(static_cast<double>(largest), kLeastDisagreementSpan_px, kMostDisagreementSpan_px);
  each_column(StripKind::kDisagreement, values.size(), [&](int x, std::size_t begin, std::size_t end) {
    float worst = -1;  // NaN, no answer of one of them, never compares as larger
    for (std::size_t i = begin; i < end; ++i)
      if (values[i] > worst) worst = values[i];
    if (worst < 0) return;
    const int height = std::max(1, static_cast<int>(std::lround(std::min(worst / span, 1.0) * strip.height())));
    painter.fillRect(x, strip.bottom() + 1 - height, 1, height, mix(kAgree, kDisagree, std::min(worst / kFarApart_px, 1.0)));
  });
}

void Timeline::paint_worst(QPainter& painter) const {
  const QRect strip = strip_rect(StripKind::kTrust);
  painter.setClipRect(strip.adjusted(-static_cast<int>(kPickRadius), 0, static_cast<int>(kPickRadius), 0));
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(255, 208, 96));
  for (const std::int64_t frame : data_.worst) {
    const QPointF tip(x_of(static_cast<double>(frame)), strip.top() + kPickRadius + 2);
    painter.drawPolygon(std::array<QPointF, 3>{tip, QPointF(tip.x() - kPickRadius, strip.top()), QPointF(tip.x() + kPickRadius, strip.top())}.data(),
                        3);
  }
  painter.setClipping(false);
}

void Timeline::render_strips() {
  const double ratio = devicePixelRatioF();
  strips_ = QImage((QSizeF(size()) * ratio).toSize(), QImage::Format_RGB32);
  strips_.setDevicePixelRatio(ratio);
  strips_.fill(ink(Ink::kBase));
  QPainter painter(&strips_);
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.85);
  painter.setFont(small);
  for (const auto kind : {StripKind::kShots, StripKind::kTrust, StripKind::kDisagreement, StripKind::kZoom, StripKind::kMargin}) {
    const QRect strip = strip_rect(kind);
    painter.fillRect(strip, ink(Ink::kStrip));
    painter.setPen(ink(Ink::kDim));
    painter.drawText(QRect(0, strip.top(), kTimeAxisLeft - 6, strip.height()), Qt::AlignRight | Qt::AlignVCenter, strip_name(kind));
  }
  paint_ruler(painter);
  paint_shots(painter);
  for (const auto kind : {StripKind::kTrust, StripKind::kZoom, StripKind::kMargin}) paint_columns(painter, kind);
  paint_disagreement(painter);
  paint_worst(painter);
}

void Timeline::paintEvent(QPaintEvent* /*event*/) {
  if (strips_.isNull()) render_strips();
  QPainter painter(this);
  painter.drawImage(0, 0, strips_);
  const QRect all = strip_rect(StripKind::kShots) | strip_rect(StripKind::kMargin);
  painter.setClipRect(all);
  QColor shade = ink(Ink::kShade);
  shade.setAlpha(140);
  if (in_) painter.fillRect(QRectF(all.left(), all.top(), x_of(static_cast<double>(*in_)) - all.left(), all.height()), shade);
  if (out_) painter.fillRect(QRectF(QPointF(x_of(static_cast<double>(*out_)), all.top()), QPointF(all.right() + 1, all.bottom() + 1)), shade);
  if (data_.frames > 0) painter.fillRect(QRectF(x_of(static_cast<double>(playhead_)) - 0.5, all.top(), 1, all.height()), ink(Ink::kPlayhead));
}

}  // namespace keel::ui
