// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <utility>

#include "engine/backend/gpu_runtime.h"
#include "engine/image/device_surface.h"
#include "engine/kernels/gpu.h"
#include "engine/kernels/split_plane.h"
#include "engine/render/packed_picture.h"

namespace keel {

/// What takes the plane `from`, whose samples lie `shift` bits up in their words, out of its picture, into its place in `block`.
template <class Sample>
[[nodiscard]] SplitPlaneBody<Sample> split_plane_body(const DeviceSurface::Plane& from, int shift, std::byte* block, const PackedPicture::Plane& to) {
  constexpr auto kBytes = static_cast<std::ptrdiff_t>(sizeof(Sample));
  SplitPlaneBody<Sample> body;
  body.src = reinterpret_cast<const Sample*>(from.data);
  body.src_stride = from.pitch_bytes / kBytes;
  body.step = from.step;
  body.shift = shift;
  body.dst = reinterpret_cast<Sample*>(block + to.offset);
  body.dst_stride = to.stride_bytes / kBytes;
  body.width = to.width;
  body.height = to.height;
  return body;
}

/// Makes pictures that lie on a GPU readable as their format has them: planes that lie so where they are, others in memory of its own, which holds one picture.
class SurfaceReader {
 public:
  /// Reserves the memory. Errors: the device's, kOutOfMemory among them.
  [[nodiscard]] static Result<SurfaceReader> create(Gpu gpu, const PixelFormat& format, Size size);

  /// The memory, which pictures that come another way may use too.
  [[nodiscard]] const PackedPicture& layout() const { return layout_; }
  [[nodiscard]] std::byte* memory() const { return memory_.data(); }
  [[nodiscard]] PicturePlanes planes() const { return planes_in(layout_, memory()); }
  /// Queues whatever makes a picture of that format and size readable: waits, on the device, until it is there, and takes planes apart. The surface must stay until
  /// what reads the planes is done; the next picture may take their place, so it is read on the same stream, or after that. Errors: the device's; work may be queued then.
  [[nodiscard]] Result<PicturePlanes> read(const DeviceSurface& surface, GpuStream stream) const;

 private:
  template <class Sample>
  [[nodiscard]] Result<void> split(const DeviceSurface& surface, int plane, GpuStream stream) const;
  SurfaceReader(Gpu gpu, const PixelFormat& format, const PackedPicture& layout, GpuMemory memory)
      : gpu_(gpu), format_(format), layout_(layout), memory_(std::move(memory)) {}

  Gpu gpu_;
  PixelFormat format_;
  PackedPicture layout_;
  GpuMemory memory_;
};

}  // namespace keel
