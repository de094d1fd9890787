// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QOpenGLFunctions_3_3_Core>
#include <array>
#include <cstdint>

#include "engine/image/frame.h"

namespace keel::ui {

/// The planes of one frame as textures: R8 at 8 bits, R16 above, filtered linearly and clamped to the edge. Every call needs the context current
/// that `create` was called in.
class FrameTexture {
 public:
  void create(QOpenGLFunctions_3_3_Core* gl);
  void destroy();

  /// Uploads the colour planes (not alpha). Textures are made anew only when size or format changed.
  void upload(const Frame& frame);
  /// Binds plane i to texture unit i; planes that the format lacks get plane 0, so that every sampler is complete.
  void bind() const;
  /// Factor from what a sampler returns to stored value / (2^bit_depth - 1).
  [[nodiscard]] float sample_gain() const;
  [[nodiscard]] std::uint64_t uploads() const { return uploads_; }

 private:
  static constexpr int kPlanes = 3;
  void allocate(const Frame& frame);

  QOpenGLFunctions_3_3_Core* gl_ = nullptr;
  std::array<GLuint, kPlanes> textures_{};
  Size size_;
  PixelFormat format_;
  bool allocated_ = false;
  std::uint64_t uploads_ = 0;
};

}  // namespace keel::ui
