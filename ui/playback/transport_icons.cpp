// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/playback/transport_icons.h"

#include <QGuiApplication>
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

QPixmap draw(const QPainterPath& path, const QColor& color, int scale) {
  QPixmap pixmap(QSize(static_cast<int>(kSide), static_cast<int>(kSide)) * scale);
  pixmap.setDevicePixelRatio(scale);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillPath(path, color);
  return pixmap;
}

}  // namespace

QIcon make_transport_icon(TransportIcon icon) {
  const QPainterPath path = shape_of(icon);
  const QPalette palette = QGuiApplication::palette();
  QIcon out;
  for (const int scale : {1, 2, 3}) {
    out.addPixmap(draw(path, palette.color(QPalette::Active, QPalette::ButtonText), scale), QIcon::Normal);
    out.addPixmap(draw(path, palette.color(QPalette::Disabled, QPalette::ButtonText), scale), QIcon::Disabled);
  }
  return out;
}

}  // namespace keel::ui
