// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/picture_view.h"

#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QStringList>

#include "ui/viewport/compare_view.h"
#include "ui/viewport/raster_view.h"

namespace keel::ui {

namespace {

/// The crop window without any correction: the middle of the source, magnified like the result beside it.
SideWarp uncorrected_crop(const ViewContent& content) {
  std::optional<FrameResult> beside = content.instead_of_original;
  if (content.warp) beside = FrameResult{*content.warp, content.output, content.picture_kept};
  const Size source = content.frame.size();
  if (!beside || beside->output.width <= 0 || beside->output.height <= 0) return {{}, source};
  const Size out = beside->output;
  const double scale_x = beside->picture_kept * source.width / out.width, scale_y = beside->picture_kept * source.height / out.height;
  return {{Mat3::translation((source.width - 1) / 2.0, (source.height - 1) / 2.0) * Mat3::scaling(scale_x, scale_y) *
           Mat3::translation(-(out.width - 1) / 2.0, -(out.height - 1) / 2.0)},
          out};
}

}  // namespace

bool shows_ready(const ViewContent& content) {
  return content.ready && content.look.stabilized && content.warp && content.look.mode != CompareMode::kDifference;
}

SideWarp original_side(const ViewContent& content) {
  if (content.instead_of_original) return {content.instead_of_original->warp, content.instead_of_original->output};
  if (is_overlaid(content.look.mode)) return uncorrected_crop(content);
  return {{}, content.frame.size()};
}

SideWarp stabilized_side(const ViewContent& content) {
  const CompareMode mode = content.look.mode;
  if (content.look.stabilized && content.warp) return {*content.warp, content.output};
  // Switching the correction off must not change the magnification where one picture takes the other's place.
  if (is_overlaid(mode) || mode == CompareMode::kStabilizedOnly) return uncorrected_crop(content);
  return {{}, content.frame.size()};
}

bool opengl_usable() {
  if (qEnvironmentVariableIsSet("KEEL_NO_OPENGL")) return false;
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
