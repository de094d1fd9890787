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
