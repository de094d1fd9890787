// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/transport_icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

namespace keel::ui {
namespace {

constexpr double kSide = 16;  ///< of the square in which the shapes below are drawn

void add_bar(QPainterPath& path, double x) { path.addRect(x, 3, 2.5, 10); }

/// From `back` (the flat side) to `tip`.
void add_triangle(QPainterPath& path, double back, double tip) {
  path.moveTo(back, 3);
  path.lineTo(tip, 8);
  path.lineTo(back, 13);
  path.closeSubpath();
}

/// A square bracket with its back at `x`, open towards `to`.
void add_bracket(QPainterPath& path, double x, double to) {
  constexpr double kThick = 1.6;
  QPainterPath line;
  line.moveTo(to, 3.3);
  line.lineTo(x, 3.3);
  line.lineTo(x, 12.7);
  line.lineTo(to, 12.7);
  QPainterPathStroker stroker;
  stroker.setWidth(kThick);
  stroker.setJoinStyle(Qt::MiterJoin);
  path.addPath(stroker.createStroke(line));
}

QPainterPath stroked(const QPainterPath& line) {
  QPainterPathStroker stroker;
  stroker.setWidth(1.6);
  stroker.setCapStyle(Qt::FlatCap);
  return stroker.createStroke(line);
}

/// An arrow's head at `tip`, pointing left or, with -1, right.
QPainterPath head(QPointF tip, double towards) {
  QPainterPath path;
  path.moveTo(tip);
  path.lineTo(tip.x() + 4 * towards, tip.y() - 3.2);
  path.lineTo(tip.x() + 4 * towards, tip.y() + 3.2);
  path.closeSubpath();
  return path;
}

/// Two arrows that follow each other round.
QPainterPath loop_shape() {
  QPainterPath line;
  line.moveTo(2.8, 9);
  line.lineTo(2.8, 5.5);
  line.lineTo(10, 5.5);
  line.moveTo(13.2, 7);
  line.lineTo(13.2, 10.5);
  line.lineTo(6, 10.5);
  return stroked(line).united(head({13.4, 5.5}, -1)).united(head({2.6, 10.5}, 1));
}

/// Back to the left, round a corner.
QPainterPath turn_shape() {
  QPainterPath line;
  line.moveTo(5, 6);
  line.lineTo(9.5, 6);
  line.arcTo(QRectF(6.2, 6, 6.6, 6.6), 90, -180);
  line.lineTo(5, 12.6);
  return stroked(line).united(head({1.8, 6}, 1));
}

QPainterPath shape_of(TransportIcon icon) {
  QPainterPath path;
  switch (icon) {
    case TransportIcon::kFirst:
      add_bar(path, 2.5);
      add_triangle(path, 13, 5.5);
      break;
    case TransportIcon::kBack:
      add_triangle(path, 11.5, 4);
      break;
    case TransportIcon::kPlay:
      add_triangle(path, 4, 13);
      break;
    case TransportIcon::kPause:
      add_bar(path, 4);
      add_bar(path, 9.5);
      break;
    case TransportIcon::kForward:
      add_triangle(path, 4.5, 12);
      break;
    case TransportIcon::kLast:
      add_triangle(path, 3, 10.5);
      add_bar(path, 11);
      break;
    case TransportIcon::kIn:
      add_bracket(path, 6, 10.5);
      break;
    case TransportIcon::kOut:
      add_bracket(path, 10, 5.5);
      break;
    case TransportIcon::kLoop:
      return loop_shape();
    case TransportIcon::kUndo:
      return turn_shape();
    case TransportIcon::kRedo:
      return QTransform(-1, 0, 0, 1, kSide, 0).map(turn_shape());
  }
  return path;
}

/// Draws with the palette's colour of the moment, so that icons follow the theme by themselves.
class IconEngine : public QIconEngine {
 public:
  explicit IconEngine(TransportIcon icon) : icon_(icon) {}
  [[nodiscard]] QIconEngine* clone() const override { return new IconEngine(icon_); }
  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State /*state*/) override {
    const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(rect.topLeft());
    painter->scale(rect.width() / kSide, rect.height() / kSide);
    painter->fillPath(shape_of(icon_), QGuiApplication::palette().color(group, QPalette::ButtonText));
    painter->restore();
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect({0, 0}, size), mode, state);
    return pixmap;
  }

 private:
  TransportIcon icon_;
};

}  // namespace

QIcon make_transport_icon(TransportIcon icon) { return QIcon(new IconEngine(icon)); }

}  // namespace keel::ui
