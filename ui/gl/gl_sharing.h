// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "engine/backend/gpu_runtime.h"

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
  /// Queues a copy of `rows` rows of `row_bytes` that begin `pitch` bytes apart, from pinned memory, to the top left of a mapped texture.
  virtual int write(SharedTexture shared, const void* from, std::size_t pitch, std::size_t row_bytes, std::size_t rows, GpuStream stream) noexcept = 0;
};

/// What can fill textures: a runtime and its way into OpenGL. Null members: nothing.
struct SharingGpu {
  GpuRuntime* runtime = nullptr;
  GlSharing* sharing = nullptr;
};

/// CUDA on the first device; null members where this build has no CUDA or the machine no usable device.
[[nodiscard]] SharingGpu system_sharing_gpu();

}  // namespace keel::ui
