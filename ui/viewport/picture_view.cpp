// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/picture_view.h"

#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QStringList>

#include "ui/viewport/compare_view.h"
#include "ui/viewport/raster_view.h"

namespace keel::ui {

bool opengl_usable() {
  // These platforms offer contexts and then crash when a QOpenGLWidget is shown, or have none.
  static const QStringList without_widget{QStringLiteral("offscreen"), QStringLiteral("minimal"), QStringLiteral("vnc"), QStringLiteral("linuxfb")};
  if (without_widget.contains(QGuiApplication::platformName())) return false;
  QSurfaceFormat wanted;
  wanted.setVersion(3, 3);
  wanted.setProfile(QSurfaceFormat::CoreProfile);
  QOffscreenSurface surface;
  surface.setFormat(wanted);
  surface.create();
  QOpenGLContext context;
  context.setFormat(wanted);
  if (!surface.isValid() || !context.create() || !context.makeCurrent(&surface)) return false;
  const bool new_enough = context.format().version() >= std::make_pair(3, 3);
  context.doneCurrent();
  return new_enough;
}

PictureView* make_picture_view(QWidget* parent) {
  if (opengl_usable()) return new CompareView(parent);
  return new RasterView(parent);
}

}  // namespace keel::ui
