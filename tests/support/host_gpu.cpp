// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_gpu.h"

#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "engine/backend/launch.h"

namespace keel::test {

struct HostGpu::Queue {
  std::vector<std::function<void()>> work;
};

void HostGpu::fail_from(int first, int count, int code) {
  calls_ = 0;
  first_ = first;
  last_ = count == kNever ? kNever : first + count - 1;
  code_ = code;
}

int HostGpu::next_call() const noexcept {
  const int call = calls_++;
  return call >= first_ && call <= last_ && first_ != kNever ? code_ : 0;
}

int HostGpu::allocate_block(void** memory, std::size_t bytes, bool on_device) noexcept {
  if (const int code = next_call(); code != 0) return code;
  *memory = std::malloc(bytes);
  // What a new block holds is anything but zeros.
  std::memset(*memory, 0xA5, bytes);
  blocks_[static_cast<std::byte*>(*memory)] = {bytes, on_device};
  return 0;
}

int HostGpu::release_block(void* memory, bool on_device) noexcept {
  const int code = next_call();
  const auto found = blocks_.find(static_cast<std::byte*>(memory));
  KEEL_CHECK(found != blocks_.end() && found->second.on_device == on_device);
  blocks_.erase(found);
  std::free(memory);
  return code;
}

int HostGpu::create_stream(GpuStream* stream) noexcept {
  if (const int code = next_call(); code != 0) return code;
  *stream = new Queue;
  streams_.insert(*stream);
  return 0;
}

int HostGpu::destroy_stream(GpuStream stream) noexcept {
  const int code = next_call();
  KEEL_CHECK(streams_.erase(stream) == 1);
  delete static_cast<Queue*>(stream);
  return code;
}

void HostGpu::check_inside(const void* begin, std::size_t bytes, bool on_device) const {
  const auto* at = static_cast<const std::byte*>(begin);
  auto block = blocks_.upper_bound(at);
  KEEL_CHECK(block != blocks_.begin());
  --block;
  KEEL_CHECK(block->second.on_device == on_device && at + bytes <= block->first + block->second.bytes);
}

int HostGpu::copy(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) noexcept {
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(streams_.count(stream) == 1);
  check_inside(to, bytes, direction != CopyDirection::kToHost);
  check_inside(from, bytes, direction != CopyDirection::kToDevice);
  static_cast<Queue*>(stream)->work.push_back([=] { std::memcpy(to, from, bytes); });
  return 0;
}

int HostGpu::wait(GpuStream stream) noexcept {
  const int code = next_call();
  KEEL_CHECK(streams_.count(stream) == 1);
  auto& work = static_cast<Queue*>(stream)->work;
  if (code == 0)
    for (const auto& step : work) step();
  work.clear();
  return code;
}

template <class Sample>
int HostGpu::warp_any(const WarpPlane<Sample>& plane, int taps, GpuStream stream) const {
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(streams_.count(stream) == 1);
  const auto bytes = [](std::ptrdiff_t stride, int width, int height) { return static_cast<std::size_t>((height - 1) * stride + width) * sizeof(Sample); };
  check_inside(plane.src, bytes(plane.src_stride, plane.src_width, plane.src_height), true);
  check_inside(plane.dst, bytes(plane.dst_stride, plane.dst_width, plane.dst_height), true);
  const Extent extent{plane.dst_width, plane.dst_height};
  static_cast<Queue*>(stream)->work.push_back([=, wrong = wrong_] {
    if (taps == 4) launch_emulated(extent, WarpBody<Sample, 4>{plane});
    else launch_emulated(extent, WarpBody<Sample, 2>{plane});
    if (wrong) plane.dst[0] ^= 1;
  });
  return 0;
}

int HostGpu::warp(const WarpPlane<std::uint8_t>& plane, int taps, GpuStream stream) const noexcept { return warp_any(plane, taps, stream); }
int HostGpu::warp(const WarpPlane<std::uint16_t>& plane, int taps, GpuStream stream) const noexcept { return warp_any(plane, taps, stream); }

}  // namespace keel::test
