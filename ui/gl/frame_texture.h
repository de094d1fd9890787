// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "engine/image/frame.h"
#include "ui/gl/fill_route.h"

namespace keel::ui {

/// The planes of one frame as textures: R8 at 8 bits, R16 above, filtered linearly and clamped to the edge. Every call needs the context current
/// that `create` was called in.
class FrameTexture {
 public:
  /// Both outlive the textures; the route may serve several.
  void create(const GlFunctions* gl, FillRoute* route);
  void destroy();

  /// Fills the textures with the colour planes (not alpha), by the route; where that fails, the route is given up and the frame uploaded. Textures are made
  /// anew only when size or format changed. What a device filled for the first time is read back and must be the frame, and so is the first of each size and format that it
  /// took from its own memory.
  void fill(const Frame& frame);
  /// Binds plane i to texture unit i; planes that the format lacks get plane 0, so that every sampler is complete.
  void bind() const;
  /// Factor from what a sampler returns to stored value / (2^bit_depth - 1).
  [[nodiscard]] float sample_gain() const;
  /// Frames filled since construction.
  [[nodiscard]] std::uint64_t fills() const { return fills_; }

 private:
  static constexpr int kPlanes = 3;
  void make_textures();
  /// With other textures, because a device may still hold these.
  void start_over();
  void allocate(const Frame& frame);
  [[nodiscard]] Result<void> fill_by_route(const Frame& frame);
  [[nodiscard]] bool holds(const Frame& frame) const;

  const GlFunctions* gl_ = nullptr;
  FillRoute* route_ = nullptr;
  std::unique_ptr<PlaneFiller> filler_;
  std::array<GLuint, kPlanes> textures_{};
  Size size_;
  PixelFormat format_;
  bool allocated_ = false;
  bool shared_ = false;  ///< with a device
  bool proven_ = false;  ///< and what it filled was right
  bool surface_proven_ = false;  ///< likewise of what it took from its own memory, for the present size and format
  std::uint64_t fills_ = 0;
};

}  // namespace keel::ui
