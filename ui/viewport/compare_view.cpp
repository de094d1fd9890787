// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/compare_view.h"

#include <QFile>
#include <QMatrix3x3>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/viewport/color_conversion.h"
#include "ui/viewport/compare_layout.h"

namespace keel::ui {
namespace {

/// Reductions up to 1 : kMaxTaps are filtered over their whole footprint; beyond, samples are skipped rather than time spent.
constexpr int kMaxTaps = 6;
/// Enlargements and copies (up to rounding of the picture's size) are sampled as the export does.
constexpr double kBicubicUpTo = 1.02;

/// A bilinear tap averages up to two pixels each way, so that taps may lie further apart than one pixel.
constexpr double kPixelsPerTap = 1.5;
int taps_for(double reduction) { return std::clamp(static_cast<int>(std::ceil(reduction / kPixelsPerTap)), 1, kMaxTaps); }

QMatrix3x3 to_qt(const Mat3& h) {
  // A homography is free in scale: dividing in double keeps the float entries accurate.
  const double scale = h(2, 2) != 0 ? 1 / h(2, 2) : 1;
  QMatrix3x3 out;
  for (int row = 0; row < 3; ++row)
    for (int col = 0; col < 3; ++col) out(row, col) = static_cast<float>(h(row, col) * scale);
  return out;
}

QByteArray read_shader(const QString& name) {
  QFile file(QStringLiteral(":/shaders/") + name);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Null when the driver refuses; `define` goes below the #version line, which Qt wants to be the first of the file.
std::unique_ptr<QOpenGLShaderProgram> link_program(const char* define) {
  QByteArray fragment = read_shader(QStringLiteral("present.frag"));
  fragment.insert(fragment.indexOf('\n') + 1, define);
  auto program = std::make_unique<QOpenGLShaderProgram>();
  const bool linked = program->addShaderFromSourceCode(QOpenGLShader::Vertex, read_shader(QStringLiteral("present.vert"))) &&
                      program->addShaderFromSourceCode(QOpenGLShader::Fragment, fragment) && program->link();
  return linked ? std::move(program) : nullptr;
}

}  // namespace

CompareView::CompareView(QWidget* parent) : QOpenGLWidget(parent) {
  QSurfaceFormat wanted;
  wanted.setVersion(3, 3);
  wanted.setProfile(QSurfaceFormat::CoreProfile);
  setFormat(wanted);
  setMinimumSize(320, 160);
  setAccessibleName(QObject::tr("Original and stabilized picture"));
}

CompareView::~CompareView() {
  if (context() == nullptr) return;
  makeCurrent();
  release_gl();
  doneCurrent();
}

void CompareView::set_content(const ViewContent& content) {
  upload_needed_ = upload_needed_ || content.frame_serial != content_.frame_serial;
  content_ = content;
  update();
}

void CompareView::initializeGL() {
  // Also called for a second time when the context is made anew, for example after moving between screens or a reset of the driver.
  QObject::connect(
      context(), &QOpenGLContext::aboutToBeDestroyed, this,
      [this] {
        makeCurrent();
        release_gl();
        doneCurrent();
      },
      Qt::DirectConnection);
  gl_ = std::make_unique<QOpenGLFunctions_3_3_Core>();
  if (!gl_->initializeOpenGLFunctions()) {
    gl_.reset();
    return;
  }
  copy_program_ = link_program("#define BICUBIC\n");
  reduce_program_ = link_program("");
  if (!copy_program_ || !reduce_program_) return;
  vertex_array_.create();
  texture_.create(gl_.get());
  upload_needed_ = true;
}

void CompareView::release_gl() {
  if (!gl_) return;
  texture_.destroy();
  vertex_array_.destroy();
  copy_program_.reset();
  reduce_program_.reset();
  gl_.reset();
}

void CompareView::paintGL() {
  const CompareLayout layout = make_compare_layout(QSizeF(size()), content_);
  QOpenGLFunctions* basic = context()->functions();
  basic->glClearColor(kViewportBackground.redF(), kViewportBackground.greenF(), kViewportBackground.blueF(), 1);
  basic->glClear(GL_COLOR_BUFFER_BIT);
  if (content_.frame.empty()) return;
  const bool drawable = copy_program_ && reduce_program_;
  if (drawable) {
    if (upload_needed_) texture_.upload(content_.frame);
    upload_needed_ = false;
    vertex_array_.bind();
    texture_.bind();
    const bool warped = content_.stabilized && content_.warp;
    draw_picture(layout.original, Mat3::identity(), content_.frame.size());
    draw_picture(layout.stabilized, warped ? content_.warp->src_from_dst : Mat3::identity(), warped ? content_.output : content_.frame.size());
    vertex_array_.release();
  }
  QPainter painter(this);
  paint_labels(painter, layout, content_);
  if (!drawable) painter.drawText(rect(), Qt::AlignCenter, QObject::tr("The graphics driver could not prepare the picture."));
}

void CompareView::set_source_uniforms(QOpenGLShaderProgram& program) {
  const Frame& frame = content_.frame;
  const ColorConversion conversion = make_color_conversion(frame.format(), frame.color(), frame.size());
  program.setUniformValue("plane0", 0);
  program.setUniformValue("plane1", 1);
  program.setUniformValue("plane2", 2);
  program.setUniformValue("sample_gain", texture_.sample_gain());
  program.setUniformValue("rgb_from_planes", QMatrix3x3(conversion.rgb_from_planes.data()));
  program.setUniformValue("plane_offset", conversion.offset[0], conversion.offset[1], conversion.offset[2]);
  program.setUniformValue("chroma_scale", conversion.chroma_scale[0], conversion.chroma_scale[1]);
  program.setUniformValue("chroma_shift", conversion.chroma_shift[0], conversion.chroma_shift[1]);
}

void CompareView::draw_picture(const QRectF& target, const Mat3& src_from_dst, Size dst) {
  if (target.isNull()) return;
  const double ratio = devicePixelRatioF();
  const auto left = static_cast<int>(std::lround(target.left() * ratio)), right = static_cast<int>(std::lround(target.right() * ratio));
  const auto top = static_cast<int>(std::lround(target.top() * ratio)), bottom = static_cast<int>(std::lround(target.bottom() * ratio));
  const auto target_height = static_cast<int>(std::lround(height() * ratio));
  const double per_x = static_cast<double>(dst.width) / (right - left), per_y = static_cast<double>(dst.height) / (bottom - top);
  const double reduction = std::max(per_x, per_y);
  const bool reduce = reduction > kBicubicUpTo;
  QOpenGLShaderProgram& program = reduce ? *reduce_program_ : *copy_program_;
  program.bind();
  set_source_uniforms(program);
  if (reduce) {
    const PixelFormat& format = content_.frame.format();
    const double chroma_reduction =
        format.model == ColorModel::kYuv ? reduction / (1 << std::min(format.chroma_shift_x, format.chroma_shift_y)) : reduction;
    program.setUniformValue("luma_taps", taps_for(reduction));
    program.setUniformValue("chroma_taps", taps_for(chroma_reduction));
  }
  program.setUniformValue("src_from_dst", to_qt(src_from_dst));
  program.setUniformValue("picture_origin", static_cast<float>(left), static_cast<float>(top));
  program.setUniformValue("dst_per_target", static_cast<float>(per_x), static_cast<float>(per_y));
  program.setUniformValue("target_height", static_cast<float>(target_height));
  gl_->glViewport(left, target_height - bottom, right - left, bottom - top);
  gl_->glDrawArrays(GL_TRIANGLES, 0, 3);
  program.release();
  gl_->glViewport(0, 0, static_cast<int>(std::lround(width() * ratio)), target_height);
}

}  // namespace keel::ui
