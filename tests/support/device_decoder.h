// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "engine/backend/gpu_runtime.h"
#include "tests/media/host_device.h"

namespace keel::test {

/// What a picture on the computing device needs. The queue, on which it is filled, is declared last: it is waited for before the memory goes.
struct UploadedPicture {
  GpuMemory pinned, device;
  GpuMark ready;
  GpuQueue queue;
};

/// Puts a packed picture of 4:2:0 into the device's memory. Who reads it must wait for its event.
inline Result<DecodeDevice::Place> upload(GpuRuntime& gpu, const AVFrame& packed) {
  std::array<std::size_t, 4> offsets{}, sizes{};
  std::size_t bytes = 0;
  for (std::size_t p = 0; p < sizes.size() && packed.data[p] != nullptr; ++p) {
    offsets[p] = bytes;
    sizes[p] = static_cast<std::size_t>(packed.linesize[p]) * static_cast<std::size_t>(p == 0 ? packed.height : (packed.height + 1) / 2);
    bytes += sizes[p];
  }
  KEEL_ASSIGN(GpuMemory pinned, GpuMemory::allocate(gpu, GpuMemory::Kind::kPinned, bytes));
  KEEL_ASSIGN(GpuMemory device, GpuMemory::allocate(gpu, GpuMemory::Kind::kDevice, bytes));
  KEEL_ASSIGN(GpuMark ready, GpuMark::create(gpu));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(gpu));
  DecodeDevice::Place place;
  place.format = static_cast<AVPixelFormat>(packed.format);
  for (std::size_t p = 0; p < sizes.size() && sizes[p] > 0; ++p) {
    std::memcpy(pinned.data() + offsets[p], packed.data[p], sizes[p]);
    place.data[p] = reinterpret_cast<const std::uint8_t*>(device.data() + offsets[p]);
    place.pitch_bytes[p] = packed.linesize[p];
  }
  KEEL_TRY(gpu_result(gpu, gpu.copy(device.data(), pinned.data(), bytes, CopyDirection::kToDevice, queue.stream()), "filling a surface"));
  KEEL_TRY(gpu_result(gpu, gpu.record(ready.event(), queue.stream()), "filling a surface"));
  place.ready = ready.event();
  place.memory = std::make_shared<const UploadedPicture>(UploadedPicture{std::move(pinned), std::move(device), std::move(ready), std::move(queue)});
  return place;
}

/// A device that decodes (on the host) and leaves its pictures in the memory of the one that computes; where that fails, it hands out none.
inline HostDevice decoder_on(GpuRuntime& gpu) {
  HostDevice decoder;
  decoder.lay_out = [&gpu](const AVFrame& packed) -> std::optional<DecodeDevice::Place> {
    auto place = upload(gpu, packed);
    return place ? std::optional(std::move(*place)) : std::nullopt;
  };
  return decoder;
}

}  // namespace keel::test
