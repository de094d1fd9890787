// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/frame_texture.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace keel::ui {

void FrameTexture::create(const GlFunctions* gl, FillRoute* route) {
  gl_ = gl;
  route_ = route;
  make_textures();
}

void FrameTexture::make_textures() {
  allocated_ = shared_ = proven_ = surface_proven_ = false;
  gl_->glGenTextures(kPlanes, textures_.data());
  for (const GLuint texture : textures_) {
    gl_->glBindTexture(GL_TEXTURE_2D, texture);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    // One level: a driver that is asked to share a texture wants it complete.
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
  }
}

void FrameTexture::destroy() {
  filler_.reset();
  if (gl_ != nullptr) gl_->glDeleteTextures(kPlanes, textures_.data());
  textures_ = {};
  gl_ = nullptr;
  route_ = nullptr;
  allocated_ = false;
}

void FrameTexture::allocate(const Frame& frame) {
  const bool wide = frame.format().bytes_per_sample() == 2;
  for (int i = 0; i < color_planes(frame.format()); ++i) {
    const PlaneView& plane = frame.plane(i);
    gl_->glBindTexture(GL_TEXTURE_2D, textures_[static_cast<std::size_t>(i)]);
    gl_->glTexImage2D(GL_TEXTURE_2D, 0, wide ? GL_R16 : GL_R8, plane.width, plane.height, 0, GL_RED, wide ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE,
                      nullptr);
  }
  gl_->glBindTexture(GL_TEXTURE_2D, 0);
  size_ = frame.size();
  format_ = frame.format();
  allocated_ = true;
  surface_proven_ = false;
}

Result<void> FrameTexture::fill_by_route(const Frame& frame) {
  if (!allocated_ || size_ != frame.size() || format_ != frame.format()) {
    if (filler_) filler_->release();
    allocate(frame);
    filler_ = route_->make_filler();
    shared_ = route_->shares();
    KEEL_TRY(filler_->adopt(std::span(textures_).first(static_cast<std::size_t>(color_planes(format_)))));
  }
  KEEL_TRY(filler_->fill(frame));
  bool& proven = filler_->reads_surface(frame) ? surface_proven_ : proven_;
  if (!route_->shares() || proven) return {};
  proven = holds(frame);
  if (!proven) return Error{ErrorCode::kInternal, "The GPU filled a picture with something else."};
  return {};
}

void FrameTexture::fill(const Frame& frame) {
  gl_->glActiveTexture(GL_TEXTURE0);
  // Given up for another texture's sake.
  if (shared_ && !route_->shares()) start_over();
  if (const auto filled = fill_by_route(frame); !filled.ok()) {
    route_->give_up(filled.error());
    start_over();
    KEEL_CHECK(fill_by_route(frame).ok());  // upload does not fail
  }
  ++fills_;
}

void FrameTexture::start_over() {
  filler_.reset();
  gl_->glDeleteTextures(kPlanes, textures_.data());
  make_textures();
}

bool FrameTexture::holds(const Frame& frame) const {
  const auto bytes = static_cast<std::size_t>(format_.bytes_per_sample());
  bool same = true;
  gl_->glPixelStorei(GL_PACK_ALIGNMENT, 1);
  for (int i = 0; i < color_planes(format_) && same; ++i) {
    const PlaneView& plane = frame.plane(i);
    const std::size_t row_bytes = static_cast<std::size_t>(plane.width) * bytes;
    std::vector<std::byte> read(row_bytes * static_cast<std::size_t>(plane.height));
    gl_->glBindTexture(GL_TEXTURE_2D, textures_[static_cast<std::size_t>(i)]);
    gl_->glGetTexImage(GL_TEXTURE_2D, 0, GL_RED, bytes == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE, read.data());
    for (int y = 0; y < plane.height && same; ++y) same = std::memcmp(read.data() + static_cast<std::size_t>(y) * row_bytes, plane.row<std::byte>(y), row_bytes) == 0;
  }
  gl_->glPixelStorei(GL_PACK_ALIGNMENT, 4);
  return same;
}

void FrameTexture::bind() const {
  const int planes = color_planes(format_);
  for (int i = 0; i < kPlanes; ++i) {
    gl_->glActiveTexture(static_cast<GLenum>(GL_TEXTURE0 + i));
    gl_->glBindTexture(GL_TEXTURE_2D, textures_[static_cast<std::size_t>(i < planes ? i : 0)]);
  }
  gl_->glActiveTexture(GL_TEXTURE0);
}

float FrameTexture::sample_gain() const {
  const int container_bits = 8 * format_.bytes_per_sample();
  return static_cast<float>((1 << container_bits) - 1) / static_cast<float>((1 << format_.bit_depth) - 1);
}

}  // namespace keel::ui
