// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

#include "ui/viewport/picture_view.h"

namespace keel::ui {

/// The frame as an RGB picture, every pixel converted on the CPU.
[[nodiscard]] QImage to_image(const Frame& frame);

/// The two pictures without OpenGL: the warp is the export's own renderer, so this view is exact and slow.
class RasterView : public QWidget, public PictureView {
 public:
  explicit RasterView(QWidget* parent);

  QWidget* widget() override { return this; }
  void set_content(const ViewContent& content) override;
  [[nodiscard]] const ViewContent& content() const override { return content_; }
  [[nodiscard]] std::uint64_t prepared_frames() const override { return prepared_; }
  [[nodiscard]] QString backend_name() const override { return QStringLiteral("QPainter"); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void draw_scaled(QPainter& painter, const QRectF& picture, const QRectF& area, const QImage& image) const;
  void draw_difference(QPainter& painter, const QRectF& picture, const QRectF& area) const;
  void prepare();

  ViewContent content_;
  QImage whole_;                  ///< the frame as it is
  QImage original_, stabilized_;  ///< the two sides of the present mode
  std::uint64_t prepared_ = 0;
};

}  // namespace keel::ui
