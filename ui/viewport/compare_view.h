// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QOpenGLFunctions_3_3_Core>
#include <QOpenGLShaderProgram>
#include <QOpenGLVertexArrayObject>
#include <QOpenGLWidget>
#include <memory>

#include "ui/viewport/frame_texture.h"
#include "ui/viewport/picture_view.h"

namespace keel::ui {

/// Both pictures drawn by one shader from the same textures, so that a new warp costs a redraw and no upload. Survives the loss of its context: the
/// frame is kept and uploaded again.
class CompareView : public QOpenGLWidget, public PictureView {
 public:
  explicit CompareView(QWidget* parent);
  ~CompareView() override;

  QWidget* widget() override { return this; }
  void set_content(const ViewContent& content) override;
  [[nodiscard]] std::uint64_t prepared_frames() const override { return texture_.uploads(); }

 protected:
  void initializeGL() override;
  void paintGL() override;

 private:
  void release_gl();
  void draw_picture(const QRectF& target, const Mat3& src_from_dst, Size dst);
  void set_source_uniforms(QOpenGLShaderProgram& program);

  ViewContent content_;
  FrameTexture texture_;
  std::unique_ptr<QOpenGLFunctions_3_3_Core> gl_;
  std::unique_ptr<QOpenGLShaderProgram> copy_program_, reduce_program_;
  QOpenGLVertexArrayObject vertex_array_;
  bool upload_needed_ = false;
};

}  // namespace keel::ui
