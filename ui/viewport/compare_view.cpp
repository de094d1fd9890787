// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/compare_view.h"

#include <QFile>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/theme.h"
#include "ui/viewport/overlays.h"

namespace keel::ui {
namespace {

QRect to_pixels(const QRectF& area, double ratio) {
  const auto left = static_cast<int>(std::lround(area.left() * ratio)), top = static_cast<int>(std::lround(area.top() * ratio));
  return {left, top, static_cast<int>(std::lround(area.right() * ratio)) - left, static_cast<int>(std::lround(area.bottom() * ratio)) - top};
}

TargetArea to_area(const QRect& rect) { return {rect.left(), rect.top(), rect.width(), rect.height()}; }

std::string read_shader(const QString& name) {
  QFile file(QStringLiteral(":/shaders/") + name);
  return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// A picture like most clips', on both sides.
ViewContent small_content() {
  // No powers of two, in no plane: software drivers have programs of their own for those.
  constexpr Size kSize{60, 36};
  FrameBuffer picture(kSize, PixelFormat{}, ColorTags{});
  for (int plane = 0; plane < picture.plane_count(); ++plane)
    for (int y = 0; y < picture.plane(plane).height; ++y) {
      auto* row = picture.row<std::uint8_t>(plane, y);
      // Not all alike: the first frame that a GPU fills is the one that is read back and compared.
      for (int x = 0; x < picture.plane(plane).width; ++x) row[x] = static_cast<std::uint8_t>(7 * x + 13 * y);
    }
  ViewContent content;
  content.frame = std::move(picture).freeze();
  content.warp = FrameWarp{};
  content.output = kSize;
  content.original_label.words = content.stabilized_label.words = QStringLiteral("A");
  return content;
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
  fill_needed_ = fill_needed_ || content.frame_serial != content_.frame_serial;
  const auto picture_of = [](const ViewContent& of) { return of.ready && !of.ready->empty() ? of.ready->plane(0).data : nullptr; };
  ready_fill_needed_ = ready_fill_needed_ || picture_of(content) != picture_of(content_);
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
  fill_needed_ = true;
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
  gl_ = std::make_unique<GlFunctions>();
  if (!gl_->load([this](const char* name) { return context()->getProcAddress(name); })) {
    gl_.reset();
    return;
  }
  painter_ = std::make_unique<PicturePainter>(*gl_, read_shader(QStringLiteral("present.vert")), read_shader(QStringLiteral("present.frag")));
  if (!painter_->usable()) {
    painter_.reset();
    return;
  }
  make_route();
}

void CompareView::make_route() {
  route_ = std::make_unique<FillRoute>(*gl_, gpu_);
  texture_.create(gl_.get(), route_.get());
  ready_texture_.create(gl_.get(), route_.get());
  fill_needed_ = ready_fill_needed_ = true;
  name_backend();
  tell_filled_by();
}

GpuRuntime* CompareView::filled_by() const {
  // Until OpenGL can be asked, the guess is that it draws where is computed: a clip that is opened meanwhile would be sent from the host for as long as it is looked at.
  if (!isValid()) return gpu_.sharing != nullptr ? gpu_.runtime : nullptr;
  return route_ && route_->shares() ? gpu_.runtime : nullptr;
}

void CompareView::name_backend() {
  const auto* renderer = reinterpret_cast<const char*>(gl_->glGetString(GL_RENDERER));
  if (renderer == nullptr) return;
  backend_name_ = route_->shares() ? QStringLiteral("OpenGL with CUDA, ") : QStringLiteral("OpenGL, ");
  backend_name_ += QString::fromUtf8(renderer).section(QLatin1Char('('), 0, 0).trimmed();
}

void CompareView::share_with(SharingGpu gpu) {
  gpu_ = gpu;
  if (!painter_) return tell_filled_by();
  makeCurrent();
  texture_.destroy();
  ready_texture_.destroy();
  make_route();
  doneCurrent();
  update();
}

void CompareView::release_gl() {
  if (!gl_) return;
  texture_.destroy();
  ready_texture_.destroy();
  route_.reset();
  painter_.reset();
  gl_.reset();
}

void CompareView::fill(FrameTexture& texture, const Frame& frame) {
  texture.fill(frame);
  const auto trouble = route_->take_trouble();
  if (!trouble) return;
  name_backend();
  tell_filled_by();
  tell_trouble(QString::fromStdString(*trouble));
}

void CompareView::paintGL() {
  const CompareLayout layout = make_compare_layout(QSizeF(size()), content_, devicePixelRatioF());
  QOpenGLFunctions* basic = context()->functions();
  const QColor surround = ink(Ink::kSurround);
  basic->glClearColor(surround.redF(), surround.greenF(), surround.blueF(), 1);
  basic->glClear(GL_COLOR_BUFFER_BIT);
  if (content_.frame.empty()) return;
  if (painter_) {
    if (std::exchange(fill_needed_, false)) fill(texture_, content_.frame);
    texture_.bind();
    draw_sides(layout);
  }
  QPainter painter(this);
  paint_overlays(painter, QSizeF(size()), layout, content_);
  if (!painter_) painter.drawText(rect(), Qt::AlignCenter, QObject::tr("The graphics driver could not prepare the picture."));
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
  if (std::exchange(ready_fill_needed_, false)) fill(ready_texture_, *content_.ready);
  ready_texture_.bind();
  source_ = {&*content_.ready, &ready_texture_};
  draw_picture(layout.stabilized, layout.stabilized_area, {{}, content_.ready->size()});
  source_ = {&content_.frame, &texture_};
  texture_.bind();
}

void CompareView::draw_picture(const QRectF& picture, const QRectF& area, const SideWarp& side, const SideWarp* other) {
  if (picture.isNull()) return;
  const double ratio = devicePixelRatioF();
  const QRect whole = to_pixels(picture, ratio), visible = whole & to_pixels(area, ratio);
  if (visible.isEmpty()) return;
  const auto target_height = static_cast<int>(std::lround(height() * ratio));
  PictureDraw draw{.frame = source_.frame, .texture = source_.texture, .warp = side.warp, .size = side.size};
  if (other != nullptr) draw.other = other->warp;
  draw.gain = content_.look.gain;
  draw.fill = content_.fill;
  draw.whole = to_area(whole);
  draw.visible = to_area(visible);
  draw.target_height = target_height;
  painter_->draw(draw);
  gl_->glViewport(0, 0, static_cast<int>(std::lround(width() * ratio)), target_height);
}

}  // namespace keel::ui
