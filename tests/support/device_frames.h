// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/backend/gpu_runtime.h"
#include "engine/image/device_surface.h"

namespace keel::test {

/// How a decoder leaves pictures on a device.
enum class SurfaceLayout {
  kPlanar = 1,  ///< planes as the frame has them, samples in the low bits
  kSemiPlanar,  ///< U and V take turns; deep samples at the top of their words (NV12, P010)
};

/// What a surface needs while somebody reads it. The queue, on which it is filled, is declared last: it is waited for before the memory goes.
struct FilledSurface {
  GpuMemory pinned, device;
  GpuMark ready;
  GpuQueue queue;
};

namespace detail {

template <class Sample>
void write_plane(const Frame& frame, int plane, std::byte* to, const DeviceSurface::Plane& at, int shift) {
  const PlaneView& view = frame.plane(plane);
  for (int y = 0; y < view.height; ++y)
    for (int x = 0; x < view.width; ++x)
      reinterpret_cast<Sample*>(to + y * at.pitch_bytes)[static_cast<std::ptrdiff_t>(x) * at.step] =
          static_cast<Sample>(view.row<Sample>(y)[x] << shift);
}

inline Result<std::shared_ptr<const FilledSurface>> fill_surface(GpuRuntime& runtime, const Frame& frame, DeviceSurface& surface, std::size_t bytes,
                                                                 const std::size_t (&offsets)[4]) {
  KEEL_ASSIGN(GpuMemory pinned, GpuMemory::allocate(runtime, GpuMemory::Kind::kPinned, bytes));
  KEEL_ASSIGN(GpuMemory device, GpuMemory::allocate(runtime, GpuMemory::Kind::kDevice, bytes));
  KEEL_ASSIGN(GpuMark ready, GpuMark::create(runtime));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(runtime));
  for (int p = 0; p < frame.plane_count(); ++p) {
    DeviceSurface::Plane& at = surface.planes[static_cast<std::size_t>(p)];
    if (frame.format().bytes_per_sample() == 1)
      write_plane<std::uint8_t>(frame, p, pinned.data() + offsets[p], at, surface.sample_shift);
    else
      write_plane<std::uint16_t>(frame, p, pinned.data() + offsets[p], at, surface.sample_shift);
    at.data = device.data() + offsets[p];
  }
  KEEL_TRY(gpu_result(runtime, runtime.copy(device.data(), pinned.data(), bytes, CopyDirection::kToDevice, queue.stream()), "filling a surface"));
  KEEL_TRY(gpu_result(runtime, runtime.record(ready.event(), queue.stream()), "filling a surface"));
  surface.ready = ready.event();
  return std::make_shared<const FilledSurface>(FilledSurface{std::move(pinned), std::move(device), std::move(ready), std::move(queue)});
}

}  // namespace detail

/// The frame, which lies on the device too, on rows with a gap that has no round size. It is being filled on a queue of its own: who reads must wait
/// for its event. Where the device fails, the frame as it was, as a decoder hands it out then.
inline Frame on_device(GpuRuntime& runtime, const Frame& frame, SurfaceLayout layout) {
  constexpr std::ptrdiff_t kGapWords = 13;
  const PixelFormat& format = frame.format();
  const bool turns = layout == SurfaceLayout::kSemiPlanar && format.model != ColorModel::kGray;
  const std::ptrdiff_t word = format.bytes_per_sample();
  DeviceSurface surface;
  surface.context = runtime.context();
  surface.sample_shift = layout == SurfaceLayout::kSemiPlanar && format.bit_depth > 8 ? 16 - format.bit_depth : 0;
  std::size_t offsets[4] = {}, bytes = 0;
  for (int p = 0; p < frame.plane_count(); ++p) {
    DeviceSurface::Plane& at = surface.planes[static_cast<std::size_t>(p)];
    const PlaneView& view = frame.plane(p);
    const bool taking_turns = turns && (p == 1 || p == 2);
    at.step = taking_turns ? 2 : 1;
    at.pitch_bytes = (static_cast<std::ptrdiff_t>(view.width) * at.step + kGapWords) * word;
    if (taking_turns && p == 2) {
      offsets[p] = offsets[1] + static_cast<std::size_t>(word);
      continue;
    }
    offsets[p] = bytes;
    bytes += static_cast<std::size_t>(at.pitch_bytes * view.height);
  }
  auto filled = detail::fill_surface(runtime, frame, surface, bytes, offsets);
  if (!filled) return frame;
  surface.owner = std::move(*filled);
  return frame.with_surface(std::make_shared<const DeviceSurface>(std::move(surface)));
}

namespace detail {

template <class Sample>
void read_plane(FrameBuffer& to, int plane, const std::byte* from, const DeviceSurface::Plane& at, int shift) {
  for (int y = 0; y < to.plane(plane).height; ++y)
    for (int x = 0; x < to.plane(plane).width; ++x)
      to.row<Sample>(plane, y)[x] = static_cast<Sample>(reinterpret_cast<const Sample*>(from + y * at.pitch_bytes)[static_cast<std::ptrdiff_t>(x) * at.step] >> shift);
}

}  // namespace detail

/// The picture of a frame that lies on the device only, brought to the host when it is there; an empty frame where the device fails.
inline Frame fetched(GpuRuntime& runtime, const Frame& frame) {
  const DeviceSurface& surface = *frame.surface();
  auto queue = GpuQueue::create(runtime);
  if (!queue || (surface.ready != nullptr && runtime.stream_wait(queue->stream(), surface.ready) != 0)) return {};
  FrameBuffer out(frame.size(), frame.format(), frame.color());
  const std::size_t word = static_cast<std::size_t>(frame.format().bytes_per_sample());
  for (int p = 0; p < frame.plane_count(); ++p) {
    const DeviceSurface::Plane& at = surface.planes[static_cast<std::size_t>(p)];
    const std::size_t row = (static_cast<std::size_t>(frame.plane(p).width - 1) * static_cast<std::size_t>(at.step) + 1) * word;
    const std::size_t bytes = static_cast<std::size_t>(at.pitch_bytes) * static_cast<std::size_t>(frame.plane(p).height - 1) + row;
    auto pinned = GpuMemory::allocate(runtime, GpuMemory::Kind::kPinned, bytes);
    if (!pinned || runtime.copy(pinned->data(), at.data, bytes, CopyDirection::kToHost, queue->stream()) != 0 || runtime.wait(queue->stream()) != 0) return {};
    if (word == 1) detail::read_plane<std::uint8_t>(out, p, pinned->data(), at, surface.sample_shift);
    else detail::read_plane<std::uint16_t>(out, p, pinned->data(), at, surface.sample_shift);
  }
  return std::move(out).freeze();
}

}  // namespace keel::test
