// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/overlays.h"

#include <QFontMetricsF>
#include <QImage>
#include <QLineF>
#include <QObject>
#include <QPainter>
#include <QPolygonF>
#include <array>
#include <cmath>
#include <functional>

namespace keel::ui {
namespace {

constexpr double kLabelMargin = 10;  ///< from the corner
constexpr double kLabelPaddingX = 8, kLabelPaddingY = 3;
constexpr double kFewestLetters = 4;  ///< fewer tell nothing
constexpr double kOpenMark = 16;  ///< room for the mark that a label opens a list
constexpr int kGridCells = 8;     ///< per side: fine enough to judge a slow drift
/// Action and title safe areas of SMPTE ST 2046-1, as shares of width and height.
constexpr std::array<double, 2> kSafeAreas{0.93, 0.90};
/// On the picture, whatever the theme is.
const QColor kWindowColor(92, 200, 176);
const QColor kTailColor(255, 196, 84);
constexpr double kHandleRadius = 7;  ///< of the wipe's handle

/// A text on a dark plate in a corner of `visible`, elided where there is little room; a null box where there is next to none.
struct Label {
  QRectF box;
  QString text;
};
Label place_label(const QFont& font, const QRectF& visible, const SideName& name, Qt::Alignment corner, bool opens) {
  if (visible.isEmpty() || name.words.isEmpty()) return {};
  const QFontMetricsF metrics(font);
  const double mark = opens ? kOpenMark : 0;
  const double room = visible.width() - 2 * (kLabelMargin + kLabelPaddingX) - mark;
  if (room < metrics.averageCharWidth() * kFewestLetters) return {};
  const QString shown = shortened(name, metrics, room);
  const QSizeF size(metrics.horizontalAdvance(shown) + 2 * kLabelPaddingX + mark, metrics.height() + 2 * kLabelPaddingY);
  const double x = corner & Qt::AlignRight ? visible.right() - kLabelMargin - size.width() : visible.left() + kLabelMargin;
  const double y = corner & Qt::AlignBottom ? visible.bottom() - kLabelMargin - size.height() : visible.top() + kLabelMargin;
  return {{QPointF(x, y), size}, shown};
}

/// `opens`: a mark at the end says that a click opens a list. Drawn as a picture, not as text: Qt's cache of letters for OpenGL grows with each new one, and has
/// the driver prepare programs for that, which can take 50 ms, and much longer while another thread loads a library.
void paint_label(QPainter& painter, const QRectF& visible, const SideName& name, Qt::Alignment corner, bool opens = false) {
  const Label label = place_label(painter.font(), visible, name, corner, opens);
  if (label.box.isNull()) return;
  const double ratio = painter.device()->devicePixelRatioF();
  // In whole pixels, or the letters would be blurred.
  const QPointF at(std::round(label.box.left() * ratio) / ratio, std::round(label.box.top() * ratio) / ratio);
  QImage image((label.box.size() * ratio).toSize() + QSize(1, 1), QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(ratio);
  image.fill(Qt::transparent);
  const QRectF box(QPointF(0, 0), label.box.size());
  QPainter plate(&image);
  plate.setRenderHint(QPainter::Antialiasing);
  plate.setFont(painter.font());
  plate.setPen(Qt::NoPen);
  plate.setBrush(QColor(0, 0, 0, 150));
  plate.drawRoundedRect(box, 4, 4);
  plate.setPen(QColor(240, 240, 240));
  plate.drawText(box.adjusted(kLabelPaddingX, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, label.text);
  if (opens) {
    const QPointF tip(box.right() - kLabelPaddingX - kOpenMark / 4, box.center().y() + 2);
    plate.setPen(Qt::NoPen);
    plate.setBrush(QColor(200, 200, 200));
    plate.drawPolygon(std::array<QPointF, 3>{tip, QPointF(tip.x() - 4, tip.y() - 4), QPointF(tip.x() + 4, tip.y() - 4)}.data(), 3);
  }
  plate.end();
  painter.drawImage(at, image);
}

void paint_guides(QPainter& painter, const QRectF& picture, const QRectF& area, const ViewLook& look) {
  if (picture.isNull() || !(look.grid || look.safe_area)) return;
  painter.save();
  painter.setClipRect(picture & area);
  painter.setBrush(Qt::NoBrush);
  if (look.grid) {
    painter.setPen(QPen(QColor(255, 255, 255, 70), 1));
    for (int i = 1; i < kGridCells; ++i) {
      const double share = static_cast<double>(i) / kGridCells;
      const double x = picture.left() + share * picture.width(), y = picture.top() + share * picture.height();
      painter.drawLine(QPointF(x, picture.top()), QPointF(x, picture.bottom()));
      painter.drawLine(QPointF(picture.left(), y), QPointF(picture.right(), y));
    }
  }
  if (look.safe_area) {
    painter.setPen(QPen(QColor(255, 220, 120, 150), 1));
    for (const double share : kSafeAreas) {
      const double dx = picture.width() * (1 - share) / 2, dy = picture.height() * (1 - share) / 2;
      painter.drawRect(picture.adjusted(dx, dy, -dx, -dy));
    }
  }
  painter.restore();
}

constexpr double kAround = 2;  ///< px: room for a line's width and its smooth edge

/// Draws with smooth edges, which OpenGL without multisampling does not give (and multisampling costs every picture): into a small image of the part `around`.
void draw_smooth(QPainter& painter, const QRectF& around, const std::function<void(QPainter&)>& draw) {
  const QRect part = around.toAlignedRect();
  if (part.isEmpty()) return;
  const double ratio = painter.device()->devicePixelRatioF();
  QImage image((QSizeF(part.size()) * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(ratio);
  image.fill(Qt::transparent);
  {
    QPainter pencil(&image);
    pencil.setRenderHint(QPainter::Antialiasing);
    pencil.translate(-part.topLeft());
    draw(pencil);
  }
  painter.drawImage(part.topLeft(), image);
}

void paint_crop_window(QPainter& painter, const CompareLayout& layout, const ViewContent& content) {
  const ViewLook& look = content.look;
  if (!look.crop_window || is_overlaid(look.mode) || layout.original.isNull() || content.instead_of_original) return;
  const Size source = content.frame.size();
  QPolygonF window;
  for (const QPointF& corner : crop_window_corners(content))
    window << QPointF(layout.original.left() + (corner.x() + 0.5) / source.width * layout.original.width(),
                      layout.original.top() + (corner.y() + 0.5) / source.height * layout.original.height());
  if (window.isEmpty()) return;
  painter.save();
  painter.setClipRect(layout.original & layout.original_area);
  for (qsizetype i = 0; i < window.size(); ++i) {
    const QLineF edge(window[i], window[(i + 1) % window.size()]);
    const QRectF around = QRectF(edge.p1(), edge.p2()).normalized().adjusted(-kAround, -kAround, kAround, kAround);
    draw_smooth(painter, around & layout.original & layout.original_area, [&edge](QPainter& pencil) {
      pencil.setPen(QPen(kWindowColor, 1.5));
      pencil.drawLine(edge);
    });
  }
  painter.restore();
}

void paint_divider(QPainter& painter, QSizeF area, const CompareLayout& layout, const ViewLook& look) {
  if (look.mode != CompareMode::kWipe) return;
  const double x = look.swapped ? layout.original_area.left() : layout.stabilized_area.left();
  painter.setPen(QPen(QColor(255, 255, 255, 190), 1));
  painter.drawLine(QPointF(x, 0), QPointF(x, area.height()));
  const QPointF middle(x, area.height() / 2);
  constexpr double kReach = kHandleRadius + kAround;
  draw_smooth(painter, QRectF(middle - QPointF(kReach, kReach), middle + QPointF(kReach, kReach)), [middle](QPainter& pencil) {
    pencil.setBrush(Qt::white);
    pencil.setPen(QPen(QColor(0, 0, 0, 90), 1));
    pencil.drawEllipse(middle, kHandleRadius, kHandleRadius);
  });
}

/// Where a side's name stands: in a wipe at the outer corners, away from the divider.
struct NamePlace {
  Side side;
  QRectF visible;
  SideName name;
  Qt::Alignment corner;
};
std::array<NamePlace, 2> name_places(const CompareLayout& layout, const ViewContent& content) {
  const bool wipe = content.look.mode == CompareMode::kWipe;
  const bool original_right = wipe && content.look.swapped, stabilized_right = wipe && !content.look.swapped;
  return {NamePlace{Side::kOriginal, layout.original & layout.original_area, content.original_label, original_right ? Qt::AlignRight : Qt::AlignLeft},
          NamePlace{Side::kStabilized, layout.stabilized & layout.stabilized_area, content.stabilized_label,
                    stabilized_right ? Qt::AlignRight : Qt::AlignLeft}};
}

QString difference_label(const ViewContent& content) {
  return QObject::tr("Difference × %1:  %2  –  %3").arg(content.look.gain).arg(content.original_label.text(), content.stabilized_label.text());
}

void paint_names(QPainter& painter, const CompareLayout& layout, const ViewContent& content) {
  if (content.look.mode == CompareMode::kDifference) {
    paint_label(painter, layout.stabilized & layout.stabilized_area, {difference_label(content), {}}, Qt::AlignLeft);
    return;
  }
  for (const NamePlace& name : name_places(layout, content)) paint_label(painter, name.visible, name.name, name.corner, true);
}

/// On the original only: on a stabilized picture the points' places in older frames mean nothing.
void paint_tails(QPainter& painter, const CompareLayout& layout, const ViewContent& content) {
  if (!content.look.tails || !content.tails || layout.original.isNull() || content.instead_of_original || is_overlaid(content.look.mode)) return;
  const Size source = content.frame.size();
  const auto place = [&](Point p) {
    return QPointF(layout.original.left() + (p.x + 0.5) / source.width * layout.original.width(),
                   layout.original.top() + (p.y + 0.5) / source.height * layout.original.height());
  };
  painter.save();
  painter.setClipRect(layout.original & layout.original_area);
  for (const Tail& tail : *content.tails) {
    QColor color = kTailColor;
    color.setAlphaF(static_cast<float>(1 - 0.85 * tail.age / FeatureTails::kFrames));
    painter.setPen(QPen(color, 1.4));
    painter.drawLine(place(tail.from), place(tail.to));
    if (tail.age > 0) continue;
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawEllipse(place(tail.to), 1.8, 1.8);
  }
  painter.restore();
}

}  // namespace

QString shortened(const SideName& name, const QFontMetricsF& metrics, double room) {
  if (name.number.isEmpty() || metrics.horizontalAdvance(name.text()) <= room) return metrics.elidedText(name.text(), Qt::ElideRight, room);
  const SideName tail{{}, name.number};
  const double left = room - metrics.horizontalAdvance(tail.text());
  if (left < metrics.averageCharWidth() * kFewestLetters) return metrics.elidedText(name.number, Qt::ElideRight, room);
  return metrics.elidedText(name.words, Qt::ElideRight, left) + tail.text();
}

std::vector<QPointF> crop_window_corners(const ViewContent& content) {
  if (!content.warp) return {};
  const double right = content.output.width - 1, bottom = content.output.height - 1;
  std::vector<QPointF> corners;
  for (const QPointF& corner : {QPointF(0, 0), QPointF(right, 0), QPointF(right, bottom), QPointF(0, bottom)}) {
    const Point p = apply(*content.warp, {corner.x(), corner.y()});
    corners.emplace_back(p.x, p.y);
  }
  return corners;
}

void paint_overlays(QPainter& painter, QSizeF area, const CompareLayout& layout, const ViewContent& content) {
  painter.setRenderHint(QPainter::Antialiasing);
  paint_tails(painter, layout, content);
  paint_crop_window(painter, layout, content);
  paint_guides(painter, layout.original, layout.original_area, content.look);
  // Drawn once where both pictures share one place.
  if (content.look.mode != CompareMode::kDifference) paint_guides(painter, layout.stabilized, layout.stabilized_area, content.look);
  paint_divider(painter, area, layout, content.look);
  paint_names(painter, layout, content);
  paint_label(painter, layout.stabilized & layout.stabilized_area, {content.note, {}}, Qt::AlignLeft | Qt::AlignBottom);
  if (content.look.rates) paint_label(painter, QRectF(QPointF(0, 0), area), {content.rates, {}}, Qt::AlignRight | Qt::AlignBottom);
}

std::optional<Side> side_name_at(QPointF at, const QFont& font, const CompareLayout& layout, const ViewContent& content) {
  if (content.look.mode == CompareMode::kDifference || content.frame.empty()) return std::nullopt;
  for (const NamePlace& name : name_places(layout, content))
    if (place_label(font, name.visible, name.name, name.corner, true).box.contains(at)) return name.side;
  return std::nullopt;
}

}  // namespace keel::ui
