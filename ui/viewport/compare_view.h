// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QOpenGLWidget>
#include <memory>

#include "ui/gl/picture_painter.h"
#include "ui/viewport/compare_layout.h"
#include "ui/viewport/picture_view.h"

namespace keel::ui {

/// Both pictures drawn by one shader from the same textures, so that a new warp costs a redraw and no filling. The textures are filled by the GPU that
/// computes where OpenGL draws on it, else by upload. Survives the loss of its context: the frame is kept and filled in again.
class CompareView : public QOpenGLWidget, public PictureView {
 public:
  explicit CompareView(QWidget* parent);
  ~CompareView() override;

  QWidget* widget() override { return this; }
  void set_content(const ViewContent& content) override;
  [[nodiscard]] const ViewContent& content() const override { return content_; }
  void warm_up() override;
  [[nodiscard]] std::uint64_t prepared_frames() const override { return texture_.fills(); }
  [[nodiscard]] QString backend_name() const override { return backend_name_; }
  [[nodiscard]] GpuRuntime* filled_by() const override;
  /// Fills textures by another GPU (the machine's is the default) from now on; for tests.
  void share_with(SharingGpu gpu);

 protected:
  void initializeGL() override;
  void paintGL() override;

 private:
  void release_gl();
  /// Draws `side` into what of `picture` lies in `area`; with `other`, the difference of the two.
  void draw_picture(const QRectF& picture, const QRectF& area, const SideWarp& side, const SideWarp* other = nullptr);
  void draw_sides(const CompareLayout& layout);
  void fill(FrameTexture& texture, const Frame& frame);
  void make_route();
  void name_backend();

  ViewContent content_;
  /// What is drawn from.
  struct Source {
    const Frame* frame;
    const FrameTexture* texture;
  };
  SharingGpu gpu_ = system_sharing_gpu();
  // Made and destroyed with the context.
  std::unique_ptr<GlFunctions> gl_;
  std::unique_ptr<FillRoute> route_;
  std::unique_ptr<PicturePainter> painter_;  ///< null where the driver refuses the shader
  FrameTexture texture_, ready_texture_;
  Source source_{&content_.frame, &texture_};
  bool fill_needed_ = false, ready_fill_needed_ = false;
  QString backend_name_ = QStringLiteral("OpenGL");
};

}  // namespace keel::ui
