// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/compare_layout.h"

#include <QFontMetricsF>
#include <QPainter>
#include <cmath>

namespace keel::ui {
namespace {

constexpr double kGap = 2;           ///< between the halves
constexpr double kLabelMargin = 10;  ///< from the picture's corner
constexpr double kLabelPaddingX = 8;
constexpr double kLabelPaddingY = 3;

QRectF fit(const QRectF& area, Size size, double sample_aspect) {
  if (size.width <= 0 || size.height <= 0 || area.isEmpty()) return {};
  const QSizeF display = QSizeF(size.width * sample_aspect, size.height).scaled(area.size(), Qt::KeepAspectRatio);
  // Whole numbers keep pixels square at 100 % and neighbouring frames in place.
  const double width = std::max(1.0, std::round(display.width())), height = std::max(1.0, std::round(display.height()));
  return {std::floor(area.x() + (area.width() - width) / 2), std::floor(area.y() + (area.height() - height) / 2), width, height};
}

void paint_label(QPainter& painter, const QRectF& picture, const QString& text) {
  if (picture.isNull() || text.isEmpty()) return;
  const QFontMetricsF metrics(painter.font());
  const QString shown = metrics.elidedText(text, Qt::ElideRight, picture.width() - 2 * (kLabelMargin + kLabelPaddingX));
  const QRectF box(picture.topLeft() + QPointF(kLabelMargin, kLabelMargin),
                   QSizeF(metrics.horizontalAdvance(shown) + 2 * kLabelPaddingX, metrics.height() + 2 * kLabelPaddingY));
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 150));
  painter.drawRoundedRect(box, 4, 4);
  painter.setPen(QColor(240, 240, 240));
  painter.drawText(box, Qt::AlignCenter, shown);
}

}  // namespace

CompareLayout make_compare_layout(QSizeF area, const ViewContent& content) {
  const Size source = content.frame.size();
  const bool warped = content.stabilized && content.warp;
  const Size output = warped ? content.output : source;
  const double ratio = content.sample_aspect.value();
  const double aspect = ratio > 0 ? ratio : 1;
  const QRectF whole(QPointF(0, 0), area);
  switch (content.mode) {
    case CompareMode::kOriginalOnly:
      return {fit(whole, source, aspect), {}};
    case CompareMode::kStabilizedOnly:
      return {{}, fit(whole, output, aspect)};
    case CompareMode::kSideBySide:
      break;
  }
  const double half = std::floor((area.width() - kGap) / 2);
  const QRectF left(0, 0, half, area.height()), right(area.width() - half, 0, half, area.height());
  return {fit(left, source, aspect), fit(right, output, aspect)};
}

void paint_labels(QPainter& painter, const CompareLayout& layout, const ViewContent& content) {
  painter.setRenderHint(QPainter::Antialiasing);
  paint_label(painter, layout.original, content.original_label);
  paint_label(painter, layout.stabilized, content.stabilized_label);
}

}  // namespace keel::ui
