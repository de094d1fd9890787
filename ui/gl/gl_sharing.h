// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "engine/backend/gpu_runtime.h"
#include "engine/render/surface_reader.h"

namespace keel::ui {

/// A texture as the GPU's runtime knows it.
using SharedTexture = void*;

/// The few calls that let the GPU's runtime write to textures of OpenGL, each of which can fail. An interface, so that tests can put in its place one that
/// writes from the host and fails on demand. All calls need the textures' context current. A call returns 0 or a code that the runtime describes.
class GlSharing {
 public:
  virtual ~GlSharing() = default;
  /// Whether the current context draws on the device that the runtime computes on. It fails where the context is of another maker's driver.
  virtual int same_device(bool* same) noexcept = 0;
  /// Makes a two-dimensional texture known; its storage may not be made anew before unshare().
  virtual int share(SharedTexture* shared, unsigned texture) noexcept = 0;
  virtual int unshare(SharedTexture shared) noexcept = 0;
  /// Between these two OpenGL keeps its hands off the textures: what it was told before comes first, what it is told after comes later.
  virtual int map(SharedTexture* shared, int count, GpuStream stream) noexcept = 0;
  virtual int unmap(SharedTexture* shared, int count, GpuStream stream) noexcept = 0;
  /// Rows of a picture in memory that the runtime has reserved or been lent: `count` of `bytes` each that begin `pitch` bytes apart.
  struct Rows {
    const void* data = nullptr;
    std::size_t pitch = 0, bytes = 0, count = 0;
  };
  /// Queues a copy to the top left of a mapped texture: from pinned memory (kToDevice), or from the device's own (kOnDevice).
  virtual int write(SharedTexture shared, const Rows& from, CopyDirection direction, GpuStream stream) noexcept = 0;
};

/// What can fill textures: a device and its way into OpenGL. Null members: nothing.
struct SharingGpu : Gpu {
  GlSharing* sharing = nullptr;
};

/// CUDA on the first device; null members where this build has no CUDA or the machine no usable device.
[[nodiscard]] SharingGpu system_sharing_gpu();

}  // namespace keel::ui
