// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QOpenGLFunctions_3_3_Core>
#include <QOpenGLShaderProgram>
#include <QOpenGLVertexArrayObject>
#include <QOpenGLWidget>
#include <array>
#include <memory>

#include "ui/viewport/compare_layout.h"
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
  [[nodiscard]] const ViewContent& content() const override { return content_; }
  void warm_up() override;
  [[nodiscard]] std::uint64_t prepared_frames() const override { return texture_.uploads(); }
  [[nodiscard]] QString backend_name() const override { return backend_name_; }

 protected:
  void initializeGL() override;
  void paintGL() override;

 private:
  void release_gl();
  /// Null when the driver refuses.
  [[nodiscard]] QOpenGLShaderProgram* program_for(bool reduce, bool difference, bool filled, bool hdr);
  /// Draws `side` into what of `picture` lies in `area`; with `other`, the difference of the two.
  void draw_picture(const QRectF& picture, const QRectF& area, const SideWarp& side, const SideWarp* other = nullptr);
  void draw_sides(const CompareLayout& layout);
  void set_source_uniforms(QOpenGLShaderProgram& program);

  ViewContent content_;
  /// What is drawn from.
  struct Source {
    const Frame* frame;
    const FrameTexture* texture;
  };
  FrameTexture texture_, ready_texture_;
  Source source_{&content_.frame, &texture_};
  std::unique_ptr<QOpenGLFunctions_3_3_Core> gl_;
  /// By reducing (or enlarging), difference of two (or one picture), filled borders, tone mapping; each is linked when it is first used.
  std::array<std::unique_ptr<QOpenGLShaderProgram>, 16> programs_;
  bool drawable_ = false;
  QOpenGLVertexArrayObject vertex_array_;
  bool upload_needed_ = false, ready_upload_needed_ = false;
  QString backend_name_ = QStringLiteral("OpenGL");
};

}  // namespace keel::ui
