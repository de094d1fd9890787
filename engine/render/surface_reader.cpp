// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/surface_reader.h"

#include <cstdint>

#include "engine/kernels/gpu_kernels.h"

namespace keel {
namespace {

constexpr const char* kReading = "reading a decoded picture";

}  // namespace

Result<SurfaceReader> SurfaceReader::create(Gpu gpu, const PixelFormat& format, Size size) {
  KEEL_CHECK(gpu.runtime != nullptr && gpu.kernels != nullptr);
  const PackedPicture layout = packed_picture(format, size);
  KEEL_ASSIGN(GpuMemory memory, GpuMemory::allocate(*gpu.runtime, GpuMemory::Kind::kDevice, layout.bytes));
  return SurfaceReader(gpu, format, layout, std::move(memory));
}

template <class Sample>
Result<void> SurfaceReader::split(const DeviceSurface& surface, int plane, GpuStream stream) const {
  const auto p = static_cast<std::size_t>(plane);
  const auto body = split_plane_body<Sample>(surface.planes[p], surface.sample_shift, memory(), layout_.planes[p]);
  return gpu_result(*gpu_.runtime, gpu_.kernels->split_plane(body, stream), kReading);
}

Result<PicturePlanes> SurfaceReader::read(const DeviceSurface& surface, GpuStream stream) const {
  if (surface.ready != nullptr) KEEL_TRY(gpu_result(*gpu_.runtime, gpu_.runtime->stream_wait(stream, surface.ready), kReading));
  PicturePlanes readable = planes();
  for (int p = 0; p < format_.plane_count(); ++p) {
    const DeviceSurface::Plane& from = surface.planes[static_cast<std::size_t>(p)];
    PlaneView& view = readable[static_cast<std::size_t>(p)];
    if (surface.is_plain(p)) view = {from.data, from.pitch_bytes, view.width, view.height};
    else if (format_.bytes_per_sample() == 1) KEEL_TRY(split<std::uint8_t>(surface, p, stream));
    else KEEL_TRY(split<std::uint16_t>(surface, p, stream));
  }
  return readable;
}

}  // namespace keel
