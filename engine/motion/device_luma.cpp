// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/device_luma.h"

namespace keel {
namespace {

template <class Sample>
AreaLumaBody<Sample> area_body(const DeviceLuma& luma, const DevicePixels& out) {
  AreaLumaBody<Sample> body;
  body.src = luma.plane.row<Sample>(0);
  body.src_stride = luma.plane.stride_bytes / static_cast<std::ptrdiff_t>(sizeof(Sample));
  body.src_width = luma.plane.width;
  body.src_height = luma.plane.height;
  body.depth_shift = luma.depth_shift;
  body.dst = out.pixels;
  body.dst_stride = out.stride;
  body.dst_width = out.size.width;
  body.dst_height = out.size.height;
  return body;
}

}  // namespace

Result<DeviceLuma> queue_surface_luma(GpuRuntime& runtime, const Frame& frame, const DeviceSurface& surface, GpuStream stream) {
  if (surface.ready != nullptr) KEEL_TRY(gpu_result(runtime, runtime.stream_wait(stream, surface.ready), "reading a decoded picture"));
  // Samples at the top of their words give the same averages: sums, the divisor and half of it, which is whole at depths above 8, are all larger by one power of two.
  const DeviceSurface::Plane& at = surface.planes[0];
  const PlaneView& luma = frame.plane(0);
  return DeviceLuma{{at.data, at.pitch_bytes, luma.width, luma.height}, frame.format().bytes_per_sample(), frame.format().bit_depth - 8 + surface.sample_shift};
}

int queue_area_luma(const GpuKernels& kernels, const DeviceLuma& luma, const DevicePixels& out, GpuStream stream) {
  return luma.bytes_per_word == 1 ? kernels.area_luma(area_body<std::uint8_t>(luma, out), stream) : kernels.area_luma(area_body<std::uint16_t>(luma, out), stream);
}

}  // namespace keel
