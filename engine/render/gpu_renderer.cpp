// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/gpu_renderer.h"

#include <cstring>
#include <utility>

#include "engine/render/plane_warp.h"

namespace keel {
namespace {

/// Rows begin at multiples of this: the width of the device's widest load, times four.
constexpr std::size_t kRowAlignment = 64;

std::size_t row_bytes(const PackedPicture::Plane& plane, const PixelFormat& format) {
  return static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(format.bytes_per_sample());
}

}  // namespace

PackedPicture packed_picture(const PixelFormat& format, Size size) {
  PackedPicture picture;
  for (int p = 0; p < format.plane_count(); ++p) {
    auto& plane = picture.planes[static_cast<std::size_t>(p)];
    const Size pixels = format.plane_size(size, p);
    plane.width = pixels.width;
    plane.height = pixels.height;
    plane.offset = picture.bytes;
    const std::size_t stride = (row_bytes(plane, format) + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
    plane.stride_bytes = static_cast<std::ptrdiff_t>(stride);
    picture.bytes += stride * static_cast<std::size_t>(pixels.height);
  }
  return picture;
}

GpuRenderer::GpuRenderer(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation)
    : gpu_(gpu),
      format_(format),
      source_size_(source),
      output_size_(output),
      interpolation_(interpolation),
      source_layout_(packed_picture(format, source)),
      output_layout_(packed_picture(format, output)) {}

Result<GpuRenderer::Slot> GpuRenderer::make_slot() const {
  GpuRuntime& runtime = *gpu_.runtime;
  using Kind = GpuMemory::Kind;
  KEEL_ASSIGN(GpuMemory source, GpuMemory::allocate(runtime, Kind::kDevice, source_layout_.bytes));
  KEEL_ASSIGN(GpuMemory output, GpuMemory::allocate(runtime, Kind::kDevice, output_layout_.bytes));
  KEEL_ASSIGN(GpuMemory source_staging, GpuMemory::allocate(runtime, Kind::kPinned, source_layout_.bytes));
  KEEL_ASSIGN(GpuMemory output_staging, GpuMemory::allocate(runtime, Kind::kPinned, output_layout_.bytes));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(runtime));
  return Slot{std::move(source), std::move(output), std::move(source_staging), std::move(output_staging), {}, std::move(queue)};
}

Result<GpuRenderer> GpuRenderer::create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation) {
  KEEL_CHECK(gpu.runtime != nullptr && gpu.kernels != nullptr);
  GpuRenderer renderer(gpu, format, source, output, interpolation);
  renderer.slots_.reserve(kDepth);
  for (std::size_t i = 0; i < kDepth; ++i) {
    KEEL_ASSIGN(Slot slot, renderer.make_slot());
    renderer.slots_.push_back(std::move(slot));
  }
  return renderer;
}

int GpuRenderer::launch(const Slot& slot, const FrameWarp& warp) const {
  const int taps = tap_count(interpolation_);
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& from = source_layout_.planes[static_cast<std::size_t>(p)];
    const auto& to = output_layout_.planes[static_cast<std::size_t>(p)];
    const PlaneView source{slot.source.data() + from.offset, from.stride_bytes, from.width, from.height};
    const PlaneTarget target{slot.output.data() + to.offset, to.stride_bytes, to.width, to.height};
    const int code = format_.bytes_per_sample() == 1
                         ? gpu_.kernels->warp(plane_warp<std::uint8_t>(format_, slot.color, p, warp, source, target), taps, slot.queue.stream())
                         : gpu_.kernels->warp(plane_warp<std::uint16_t>(format_, slot.color, p, warp, source, target), taps, slot.queue.stream());
    if (code != 0) return code;
  }
  return 0;
}

Result<void> GpuRenderer::submit(const Frame& source, const FrameWarp& warp) {
  KEEL_CHECK(submitted_ - collected_ < kDepth && source.size() == source_size_ && source.format() == format_);
  Slot& slot = slots_[submitted_ % kDepth];
  slot.color = source.color();
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& plane = source_layout_.planes[static_cast<std::size_t>(p)];
    const PlaneView& view = source.plane(p);
    std::byte* to = slot.source_staging.data() + plane.offset;
    for (int y = 0; y < plane.height; ++y) std::memcpy(to + y * plane.stride_bytes, view.data + y * view.stride_bytes, row_bytes(plane, format_));
  }
  GpuRuntime& runtime = *gpu_.runtime;
  const GpuStream stream = slot.queue.stream();
  KEEL_TRY(gpu_result(runtime, runtime.copy(slot.source.data(), slot.source_staging.data(), source_layout_.bytes, CopyDirection::kToDevice, stream), "sending a picture"));
  KEEL_TRY(gpu_result(runtime, launch(slot, warp), "warping a picture"));
  KEEL_TRY(gpu_result(runtime, runtime.copy(slot.output_staging.data(), slot.output.data(), output_layout_.bytes, CopyDirection::kToHost, stream), "fetching a picture"));
  ++submitted_;
  return {};
}

Result<Frame> GpuRenderer::collect() {
  KEEL_CHECK(collected_ < submitted_);
  const Slot& slot = slots_[collected_ % kDepth];
  KEEL_TRY(gpu_result(*gpu_.runtime, gpu_.runtime->wait(slot.queue.stream()), "warping a picture"));
  ++collected_;
  FrameBuffer out(output_size_, format_, slot.color);
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& plane = output_layout_.planes[static_cast<std::size_t>(p)];
    const std::byte* from = slot.output_staging.data() + plane.offset;
    for (int y = 0; y < plane.height; ++y) std::memcpy(out.data(p) + y * out.plane(p).stride_bytes, from + y * plane.stride_bytes, row_bytes(plane, format_));
  }
  return std::move(out).freeze();
}

}  // namespace keel
