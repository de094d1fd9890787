// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/image/device_surface.h"
#include "engine/kernels/gpu_kernels.h"

namespace keel {

/// The luma of a frame in the memory of a device, and what its words weigh.
struct DeviceLuma {
  PlaneView plane;        ///< pointers of the device
  int bytes_per_word = 1;
  int depth_shift = 0;    ///< AreaLumaBody's
};

/// The luma of a decoded picture that lies in the runtime's context (`surface`, see surface_in()), to be read in place: what is queued on the stream from now on waits
/// until it is there. Errors: the device's.
[[nodiscard]] Result<DeviceLuma> queue_surface_luma(GpuRuntime& runtime, const Frame& frame, const DeviceSurface& surface, GpuStream stream);

/// A picture that is being made in the memory of a device.
struct DevicePixels {
  std::uint8_t* pixels = nullptr;  ///< pixel (0, 0)
  int stride = 0;
  Size size;
};
/// Queues the area average of the luma, which gives area_luma()'s pixels bit for bit; the border is nobody's. Returns 0 or a code of the runtime.
[[nodiscard]] int queue_area_luma(const GpuKernels& kernels, const DeviceLuma& luma, const DevicePixels& out, GpuStream stream);

}  // namespace keel
