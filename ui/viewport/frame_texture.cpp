// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewport/frame_texture.h"

#include <algorithm>

namespace keel::ui {
namespace {

int color_planes(const PixelFormat& format) { return format.model == ColorModel::kGray ? 1 : 3; }

}  // namespace

void FrameTexture::create(QOpenGLFunctions_3_3_Core* gl) {
  gl_ = gl;
  allocated_ = false;
  gl_->glGenTextures(kPlanes, textures_.data());
  for (const GLuint texture : textures_) {
    gl_->glBindTexture(GL_TEXTURE_2D, texture);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    gl_->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  }
}

void FrameTexture::destroy() {
  if (gl_ != nullptr) gl_->glDeleteTextures(kPlanes, textures_.data());
  textures_ = {};
  gl_ = nullptr;
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
  size_ = frame.size();
  format_ = frame.format();
  allocated_ = true;
}

void FrameTexture::upload(const Frame& frame) {
  gl_->glActiveTexture(GL_TEXTURE0);
  if (!allocated_ || size_ != frame.size() || format_ != frame.format()) allocate(frame);
  const int bytes = format_.bytes_per_sample();
  const GLenum type = bytes == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE;
  gl_->glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  for (int i = 0; i < color_planes(format_); ++i) {
    const PlaneView& plane = frame.plane(i);
    gl_->glBindTexture(GL_TEXTURE_2D, textures_[static_cast<std::size_t>(i)]);
    const std::ptrdiff_t row_samples = plane.stride_bytes / bytes;
    if (row_samples >= plane.width && plane.stride_bytes % bytes == 0) {
      gl_->glPixelStorei(GL_UNPACK_ROW_LENGTH, static_cast<GLint>(row_samples));
      gl_->glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, plane.width, plane.height, GL_RED, type, plane.data);
      gl_->glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
      continue;
    }
    // Bottom-up buffers have negative strides, which OpenGL cannot express.
    for (int y = 0; y < plane.height; ++y) gl_->glTexSubImage2D(GL_TEXTURE_2D, 0, 0, y, plane.width, 1, GL_RED, type, plane.row<std::byte>(y));
  }
  gl_->glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  ++uploads_;
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
