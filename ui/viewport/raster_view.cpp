// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/raster_view.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "engine/render/renderer.h"
#include "ui/theme.h"
#include "ui/viewport/color_conversion.h"
#include "ui/viewport/compare_layout.h"

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
      line[x] = qRgb(to_byte(m[0] * first + m[1] * second + m[2] * third), to_byte(m[3] * first + m[4] * second + m[5] * third),
                     to_byte(m[6] * first + m[7] * second + m[8] * third));
    }
  }
  return image;
}

RasterView::RasterView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(320, 160);
  setAccessibleName(QObject::tr("Original and stabilized picture"));
}

void RasterView::set_content(const ViewContent& content) {
  const bool new_frame = content.frame_serial != content_.frame_serial;
  const bool new_warp = new_frame || content.warp != content_.warp || content.output != content_.output || content.stabilized != content_.stabilized;
  content_ = content;
  if (content_.frame.empty()) {
    original_ = stabilized_ = {};
  } else {
    if (new_frame) {
      original_ = to_image(content_.frame);
      ++prepared_;
    }
    const bool warped = content_.stabilized && content_.warp;
    if (new_warp) stabilized_ = warped ? to_image(keel::render(content_.frame, *content_.warp, content_.output)) : original_;
  }
  update();
}

void RasterView::draw_scaled(QPainter& painter, const QRectF& target, const QImage& image) const {
  if (target.isNull() || image.isNull()) return;
  // Painting with a scale looks at four pixels only; scaling the image first averages all of them.
  const QSize pixels = (target.size() * devicePixelRatioF()).toSize();
  painter.drawImage(target, image.scaled(pixels, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
}

void RasterView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(rect(), kViewportBackground);
  if (content_.frame.empty()) return;
  const CompareLayout layout = make_compare_layout(QSizeF(size()), content_);
  draw_scaled(painter, layout.original, original_);
  draw_scaled(painter, layout.stabilized, stabilized_);
  paint_labels(painter, layout, content_);
}

}  // namespace keel::ui
