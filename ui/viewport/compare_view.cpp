// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/compare_view.h"

#include <QFile>
#include <QMatrix3x3>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/theme.h"
#include "ui/viewport/color_conversion.h"
#include "ui/viewport/overlays.h"

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

QRect to_pixels(const QRectF& area, double ratio) {
  const auto left = static_cast<int>(std::lround(area.left() * ratio)), top = static_cast<int>(std::lround(area.top() * ratio));
  return {left, top, static_cast<int>(std::lround(area.right() * ratio)) - left, static_cast<int>(std::lround(area.bottom() * ratio)) - top};
}

QByteArray read_shader(const QString& name) {
  QFile file(QStringLiteral(":/shaders/") + name);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A picture like most clips', on both sides.
ViewContent small_content() {
  // No powers of two, in no plane: software drivers have programs of their own for those.
  constexpr Size kSize{60, 36};
  FrameBuffer gray(kSize, PixelFormat{}, ColorTags{});
  for (int plane = 0; plane < gray.plane_count(); ++plane)
    for (int y = 0; y < gray.plane(plane).height; ++y) std::fill_n(gray.row<std::uint8_t>(plane, y), gray.plane(plane).width, std::uint8_t{128});
  ViewContent content;
  content.frame = std::move(gray).freeze();
  content.warp = FrameWarp{};
  content.output = kSize;
  content.original_label.words = content.stabilized_label.words = QStringLiteral("A");
  return content;
}

/// Null when the driver refuses; `define` goes below the #version line, which Qt wants to be the first of the file.
std::unique_ptr<QOpenGLShaderProgram> link_program(const QByteArray& define) {
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
  const auto picture_of = [](const ViewContent& of) { return of.ready && !of.ready->empty() ? of.ready->plane(0).data : nullptr; };
  ready_upload_needed_ = ready_upload_needed_ || picture_of(content) != picture_of(content_);
  content_ = content;
  update();
}

void CompareView::warm_up() {
  if (!content_.frame.empty()) return;
  // Making the context, and above all the programs, which a driver makes for the state that they are drawn in: one for enlarging, one for reducing, and those
  // of the labels.
  content_ = small_content();
  const auto painted = std::exchange(painted_, {});
  for (const double zoom : {4.0, 0.5}) {
    content_.look.zoom = zoom;
    (void)grabFramebuffer();
  }
  painted_ = painted;
  content_ = {};
  upload_needed_ = true;
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
  drawable_ = program_for(true, false, false, false) != nullptr && program_for(false, false, false, false) != nullptr;
  if (!drawable_) return;
  const auto* renderer = reinterpret_cast<const char*>(gl_->glGetString(GL_RENDERER));
  if (renderer != nullptr) backend_name_ = QStringLiteral("OpenGL, ") + QString::fromUtf8(renderer).section(QLatin1Char('('), 0, 0).trimmed();
  vertex_array_.create();
  texture_.create(gl_.get());
  ready_texture_.create(gl_.get());
  upload_needed_ = ready_upload_needed_ = true;
}

void CompareView::release_gl() {
  if (!gl_) return;
  texture_.destroy();
  ready_texture_.destroy();
  vertex_array_.destroy();
  for (auto& program : programs_) program.reset();
  drawable_ = false;
  gl_.reset();
}

QOpenGLShaderProgram* CompareView::program_for(bool reduce, bool difference, bool filled, bool hdr) {
  auto& program = programs_[(reduce ? 1U : 0U) | (difference ? 2U : 0U) | (filled ? 4U : 0U) | (hdr ? 8U : 0U)];
  if (!program) {
    QByteArray defines;
    if (!reduce) defines += "#define BICUBIC\n";
    if (difference) defines += "#define DIFFERENCE\n";
    if (filled) defines += "#define FILLED\n";
    if (hdr) defines += "#define HDR\n";
    program = link_program(defines);
  }
  return program.get();
}

void CompareView::paintGL() {
  const CompareLayout layout = make_compare_layout(QSizeF(size()), content_, devicePixelRatioF());
  QOpenGLFunctions* basic = context()->functions();
  const QColor surround = ink(Ink::kSurround);
  basic->glClearColor(surround.redF(), surround.greenF(), surround.blueF(), 1);
  basic->glClear(GL_COLOR_BUFFER_BIT);
  if (content_.frame.empty()) return;
  if (drawable_) {
    if (upload_needed_) texture_.upload(content_.frame);
    upload_needed_ = false;
    vertex_array_.bind();
    texture_.bind();
    draw_sides(layout);
    vertex_array_.release();
  }
  QPainter painter(this);
  paint_overlays(painter, QSizeF(size()), layout, content_);
  if (!drawable_) painter.drawText(rect(), Qt::AlignCenter, QObject::tr("The graphics driver could not prepare the picture."));
  if (painted_) painted_(content_.frame_serial);
}

void CompareView::draw_sides(const CompareLayout& layout) {
  // As QPainter left it the last time. Drivers make a program anew for each state that it is used in, which keeps this thread for 50 ms where it is done in software.
  for (const GLenum state : {GL_BLEND, GL_DEPTH_TEST, GL_STENCIL_TEST, GL_SCISSOR_TEST, GL_CULL_FACE}) gl_->glDisable(state);
  const SideWarp original = original_side(content_), stabilized = stabilized_side(content_);
  if (content_.look.mode == CompareMode::kDifference) {
    draw_picture(layout.stabilized, layout.stabilized_area, stabilized, &original);
    return;
  }
  draw_picture(layout.original, layout.original_area, original);
  if (!shows_ready(content_)) {
    draw_picture(layout.stabilized, layout.stabilized_area, stabilized);
    return;
  }
  if (std::exchange(ready_upload_needed_, false)) ready_texture_.upload(*content_.ready);
  ready_texture_.bind();
  source_ = {&*content_.ready, &ready_texture_};
  draw_picture(layout.stabilized, layout.stabilized_area, {Mat3::identity(), content_.ready->size()});
  source_ = {&content_.frame, &texture_};
  texture_.bind();
}

void CompareView::set_source_uniforms(QOpenGLShaderProgram& program) {
  const Frame& frame = *source_.frame;
  const ColorConversion conversion = make_color_conversion(frame.format(), frame.color(), frame.size());
  program.setUniformValue("plane0", 0);
  program.setUniformValue("plane1", 1);
  program.setUniformValue("plane2", 2);
  program.setUniformValue("sample_gain", source_.texture->sample_gain());
  program.setUniformValue("rgb_from_planes", QMatrix3x3(conversion.rgb_from_planes.data()));
  program.setUniformValue("plane_offset", conversion.offset[0], conversion.offset[1], conversion.offset[2]);
  program.setUniformValue("chroma_scale", conversion.chroma_scale[0], conversion.chroma_scale[1]);
  program.setUniformValue("chroma_shift", conversion.chroma_shift[0], conversion.chroma_shift[1]);
  if (conversion.transfer != ViewTransfer::kDisplay) {
    program.setUniformValue("transfer_is_pq", conversion.transfer == ViewTransfer::kPq);
    program.setUniformValue("view_from_rgb", QMatrix3x3(conversion.view_from_rgb.data()));
  }
  if (!content_.fill) return;
  program.setUniformValue("fill_mirror", *content_.fill != BorderFill::kBlack);
  const float gain = source_.texture->sample_gain();
  const bool gray = frame.format().model == ColorModel::kGray;
  program.setUniformValue("black", conversion.offset[0] / gain, conversion.offset[gray ? 0 : 1] / gain, conversion.offset[gray ? 0 : 2] / gain);
}

void CompareView::draw_picture(const QRectF& picture, const QRectF& area, const SideWarp& side, const SideWarp* other) {
  if (picture.isNull()) return;
  const double ratio = devicePixelRatioF();
  const QRect whole = to_pixels(picture, ratio), visible = whole & to_pixels(area, ratio);
  if (visible.isEmpty()) return;
  const auto target_height = static_cast<int>(std::lround(height() * ratio));
  const double per_x = static_cast<double>(side.size.width) / whole.width(), per_y = static_cast<double>(side.size.height) / whole.height();
  const double reduction = std::max(per_x, per_y);
  const bool reduce = reduction > kBicubicUpTo;
  const Frame& frame = *source_.frame;
  const bool hdr = make_color_conversion(frame.format(), frame.color(), frame.size()).transfer != ViewTransfer::kDisplay;
  QOpenGLShaderProgram* chosen = program_for(reduce, other != nullptr, content_.fill.has_value(), hdr);
  if (chosen == nullptr) return;
  QOpenGLShaderProgram& program = *chosen;
  program.bind();
  set_source_uniforms(program);
  if (reduce) {
    const PixelFormat& format = frame.format();
    const double chroma_reduction =
        format.model == ColorModel::kYuv ? reduction / (1 << std::min(format.chroma_shift_x, format.chroma_shift_y)) : reduction;
    program.setUniformValue("luma_taps", taps_for(reduction));
    program.setUniformValue("chroma_taps", taps_for(chroma_reduction));
  }
  program.setUniformValue("src_from_dst", to_qt(side.src_from_dst));
  if (other != nullptr) {
    program.setUniformValue("other_src_from_dst", to_qt(other->src_from_dst));
    program.setUniformValue("gain", static_cast<float>(content_.look.gain));
  }
  program.setUniformValue("picture_origin", static_cast<float>(whole.left()), static_cast<float>(whole.top()));
  program.setUniformValue("dst_per_target", static_cast<float>(per_x), static_cast<float>(per_y));
  program.setUniformValue("target_height", static_cast<float>(target_height));
  // Only what is seen: zoomed in, the whole picture may be larger than any viewport.
  gl_->glViewport(visible.left(), target_height - visible.top() - visible.height(), visible.width(), visible.height());
  gl_->glDrawArrays(GL_TRIANGLES, 0, 3);
  program.release();
  gl_->glViewport(0, 0, static_cast<int>(std::lround(width() * ratio)), target_height);
}

}  // namespace keel::ui
