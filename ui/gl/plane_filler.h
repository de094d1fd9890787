// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/render/surface_reader.h"
#include "ui/gl/gl_functions.h"
#include "ui/gl/gl_sharing.h"

namespace keel::ui {

/// Planes that are shown: not alpha.
[[nodiscard]] int color_planes(const PixelFormat& format);

/// How a frame's planes come into textures. Every call, the destructor included, needs the textures' context current.
class PlaneFiller {
 public:
  virtual ~PlaneFiller() = default;
  /// Takes on textures, one a plane, whose storage has just been made; until release() it is not made anew. Errors: the device's.
  [[nodiscard]] virtual Result<void> adopt(std::span<const GLuint> textures) = 0;
  /// Lets go of them. Nothing to do is fine.
  virtual void release() = 0;
  /// Fills the adopted textures with the frame's colour planes; what is drawn afterwards sees them. Errors: the device's; textures then hold anything.
  [[nodiscard]] virtual Result<void> fill(const Frame& frame) = 0;
  /// Whether fill() takes the frame from a device's own memory.
  [[nodiscard]] virtual bool reads_surface(const Frame&) const { return false; }
};

/// Hands the planes to OpenGL, which works everywhere.
class UploadFiller final : public PlaneFiller {
 public:
  explicit UploadFiller(const GlFunctions& gl) : gl_(gl) {}
  Result<void> adopt(std::span<const GLuint> textures) override;
  void release() override { textures_.clear(); }
  Result<void> fill(const Frame& frame) override;

 private:
  const GlFunctions& gl_;
  std::vector<GLuint> textures_;
};

/// Lets the GPU's runtime write the planes: from where the picture lies on the device, or else by one copy into pinned memory, from where the device fetches them by
/// itself, without the graphics driver's own copies. The adopted textures get frames of one format and size.
class SharingFiller final : public PlaneFiller {
 public:
  explicit SharingFiller(SharingGpu gpu) : gpu_(gpu) {}
  ~SharingFiller() override { release(); }
  SharingFiller(const SharingFiller&) = delete;
  SharingFiller& operator=(const SharingFiller&) = delete;
  Result<void> adopt(std::span<const GLuint> textures) override;
  void release() override;
  Result<void> fill(const Frame& frame) override;
  [[nodiscard]] bool reads_surface(const Frame& frame) const override { return surface_in(gpu_.runtime->context(), frame) != nullptr; }

 private:
  /// Queues what makes the planes of the device readable.
  [[nodiscard]] Result<PicturePlanes> read(const DeviceSurface& surface, const Frame& frame);
  /// Copies the planes of the host into pinned memory.
  [[nodiscard]] Result<PicturePlanes> pin(const Frame& frame);
  [[nodiscard]] Result<void> queue_fill(const Frame& frame);
  [[nodiscard]] Result<void> checked(int code, const char* doing) const { return gpu_result(*gpu_.runtime, code, doing); }

  SharingGpu gpu_;
  std::vector<SharedTexture> shared_;
  // Each is there from the first frame on that needs it.
  std::optional<SurfaceReader> reader_;
  GpuMemory pinned_;
  std::optional<GpuQueue> queue_;  ///< last: it is waited for before the memory goes
};

}  // namespace keel::ui
