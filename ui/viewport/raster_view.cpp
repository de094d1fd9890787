// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/raster_view.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "engine/render/renderer.h"
#include "ui/theme.h"
#include "ui/gl/color_conversion.h"
#include "ui/viewport/overlays.h"

namespace keel::ui {
namespace {

float sample(const Frame& frame, int plane, float x, float y) {
  const PlaneView& view = frame.plane(plane);
  // The nearest chroma sample is enough for looking.
  const int column = std::clamp(static_cast<int>(std::lround(x)), 0, view.width - 1),
            line = std::clamp(static_cast<int>(std::lround(y)), 0, view.height - 1);
  const float peak = static_cast<float>((1 << frame.format().bit_depth) - 1);
  const bool wide = frame.format().bytes_per_sample() == 2;
  const auto stored = static_cast<float>(wide ? int{view.row<std::uint16_t>(line)[column]} : int{view.row<std::uint8_t>(line)[column]});
  return stored / peak;
}

int to_byte(float value) { return std::clamp(static_cast<int>(std::lround(value * 255)), 0, 255); }

/// How far the corners of a side lie outside the source, with room for the taps, as extend_border() wants it.
int margin_for(const SideWarp& side, Size source) {
  WarpPlan one;
  one.output = side.size;
  one.borders = certify_borders({side.warp}, side.size, source);
  return filled_margin_px(one);
}

Frame render_filled(const ViewContent& content, const SideWarp& side) {
  const int margin_px = content.fill ? margin_for(side, content.frame.size()) : 0;
  if (margin_px == 0) return keel::render(content.frame, side.warp, side.size);
  return keel::render(extend_border(content.frame, margin_px, *content.fill), warp_from_extended(side.warp, margin_px), side.size);
}

QImage difference_of(const QImage& a, const QImage& b, double gain) {
  QImage out(b.size(), QImage::Format_RGB32);
  const auto apart = [gain](int p, int q) { return std::min(static_cast<int>(std::lround(std::abs(p - q) * gain)), 255); };
  for (int y = 0; y < b.height(); ++y) {
    const auto* p = reinterpret_cast<const QRgb*>(a.constScanLine(y));
    const auto* q = reinterpret_cast<const QRgb*>(b.constScanLine(y));
    auto* line = reinterpret_cast<QRgb*>(out.scanLine(y));
    for (int x = 0; x < b.width(); ++x)
      line[x] = qRgb(apart(qRed(p[x]), qRed(q[x])), apart(qGreen(p[x]), qGreen(q[x])), apart(qBlue(p[x]), qBlue(q[x])));
  }
  return out;
}

}  // namespace

QImage to_image(const Frame& frame) {
  const Size size = frame.size();
  const ColorConversion conversion = make_color_conversion(frame.format(), frame.color(), size);
  const bool gray = frame.format().model == ColorModel::kGray;
  const auto& m = conversion.rgb_from_planes;
  QImage image(size.width, size.height, QImage::Format_RGB32);
  for (int y = 0; y < size.height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
    const auto row = static_cast<float>(y);
    for (int x = 0; x < size.width; ++x) {
      const auto column = static_cast<float>(x);
      const float first = sample(frame, 0, column, row) - conversion.offset[0];
      const float cx = column * conversion.chroma_scale[0] + conversion.chroma_shift[0],
                  cy = row * conversion.chroma_scale[1] + conversion.chroma_shift[1];
      const float second = gray ? 0 : sample(frame, 1, cx, cy) - conversion.offset[1];
      const float third = gray ? 0 : sample(frame, 2, cx, cy) - conversion.offset[2];
      const auto rgb = to_view(conversion, {m[0] * first + m[1] * second + m[2] * third, m[3] * first + m[4] * second + m[5] * third,
                                            m[6] * first + m[7] * second + m[8] * third});
      line[x] = qRgb(to_byte(rgb[0]), to_byte(rgb[1]), to_byte(rgb[2]));
    }
  }
  return image;
}

RasterView::RasterView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(320, 160);
  setAccessibleName(QObject::tr("Original and stabilized picture"));
}

void RasterView::set_content(const ViewContent& content) {
  const ViewLook &look = content.look, &before = content_.look;
  const bool new_frame = content.frame_serial != content_.frame_serial;
  const bool new_sides = new_frame || content.warp != content_.warp || content.fill != content_.fill || content.ready.has_value() != content_.ready.has_value() || content.output != content_.output ||
                         look.stabilized != before.stabilized || look.mode != before.mode ||
                         content.picture_kept != content_.picture_kept || content.instead_of_original != content_.instead_of_original;
  content_ = content;
  if (content_.frame.empty()) {
    whole_ = original_ = stabilized_ = {};
  } else {
    if (new_frame) {
      whole_ = to_image(content_.frame);
      ++prepared_;
    }
    if (new_sides) prepare();
  }
  update();
}

void RasterView::prepare() {
  const auto make = [&](const SideWarp& side) {
    const bool copy = side.warp == FrameWarp{} && side.size == content_.frame.size();
    return copy ? whole_ : to_image(render_filled(content_, side));
  };
  const bool only_stabilized = content_.look.mode == CompareMode::kStabilizedOnly;
  const bool only_original = content_.look.mode == CompareMode::kOriginalOnly;
  original_ = only_stabilized ? QImage() : make(original_side(content_));
  stabilized_ = only_original ? QImage() : shows_ready(content_) ? to_image(*content_.ready) : make(stabilized_side(content_));
}

void RasterView::draw_scaled(QPainter& painter, const QRectF& picture, const QRectF& area, const QImage& image) const {
  const QRectF visible = picture & area;
  if (visible.isEmpty() || image.isNull()) return;
  const double per_x = image.width() / picture.width(), per_y = image.height() / picture.height();
  painter.save();
  painter.setClipRect(visible);
  if (content_.look.zoom > 0) {
    // Only the part that is seen: at 800 % the whole would be 64 times the picture.
    const QRectF source((visible.left() - picture.left()) * per_x, (visible.top() - picture.top()) * per_y, visible.width() * per_x,
                        visible.height() * per_y);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(visible, image, source);
  } else {
    // Painting with a scale looks at four pixels only; scaling the image first averages all of them.
    const QSize pixels = (picture.size() * devicePixelRatioF()).toSize();
    painter.drawImage(picture, image.scaled(pixels, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  }
  painter.restore();
}

void RasterView::draw_difference(QPainter& painter, const QRectF& picture, const QRectF& area) const {
  // Of what is seen, as on a texture: averaged after subtracting, fine detail that is only shifted would glow.
  const auto seen = [&](const QImage& image) {
    QImage out(size() * devicePixelRatioF(), QImage::Format_RGB32);
    out.setDevicePixelRatio(devicePixelRatioF());
    out.fill(Qt::black);
    QPainter pencil(&out);
    draw_scaled(pencil, picture, area, image);
    return out;
  };
  QImage difference = difference_of(seen(original_), seen(stabilized_), content_.look.gain);
  difference.setDevicePixelRatio(devicePixelRatioF());
  painter.save();
  painter.setClipRect(picture & area);
  painter.drawImage(QPointF(0, 0), difference);
  painter.restore();
}

void RasterView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(rect(), ink(Ink::kSurround));
  if (content_.frame.empty()) return;
  const CompareLayout layout = make_compare_layout(QSizeF(size()), content_, devicePixelRatioF());
  if (content_.look.mode == CompareMode::kDifference) {
    draw_difference(painter, layout.stabilized, layout.stabilized_area);
  } else {
    draw_scaled(painter, layout.original, layout.original_area, original_);
    draw_scaled(painter, layout.stabilized, layout.stabilized_area, stabilized_);
  }
  paint_overlays(painter, QSizeF(size()), layout, content_);
  if (painted_) painted_(content_.frame_serial);
}

}  // namespace keel::ui
