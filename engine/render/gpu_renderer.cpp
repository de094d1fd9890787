// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/gpu_renderer.h"

#include <cstring>
#include <utility>

#include "engine/render/plane_warp.h"

namespace keel {

Result<GpuWarper> GpuWarper::create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation) {
  KEEL_ASSIGN(SurfaceReader reader, SurfaceReader::create(gpu, format, source));
  const PackedPicture layout = packed_picture(format, output);
  KEEL_ASSIGN(GpuMemory memory, GpuMemory::allocate(*gpu.runtime, GpuMemory::Kind::kDevice, layout.bytes));
  return GpuWarper(gpu, format, std::move(reader), layout, std::move(memory), interpolation);
}

Result<void> GpuWarper::launch(const Planes& from, std::byte* to_block, const ColorTags& color, const FrameWarp& warp, GpuStream stream) const {
  const int taps = tap_count(interpolation_);
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& to = output_layout_.planes[static_cast<std::size_t>(p)];
    const PlaneView& view = from[static_cast<std::size_t>(p)];
    const PlaneTarget target{to_block + to.offset, to.stride_bytes, to.width, to.height};
    const int code = format_.bytes_per_sample() == 1 ? gpu_.kernels->warp(plane_warp<std::uint8_t>(format_, color, p, warp, view, target), taps, stream)
                                                     : gpu_.kernels->warp(plane_warp<std::uint16_t>(format_, color, p, warp, view, target), taps, stream);
    KEEL_TRY(gpu_result(*gpu_.runtime, code, "warping a picture"));
  }
  return {};
}

Result<GpuRenderer::Slot> GpuRenderer::make_slot(Gpu gpu, Interpolation interpolation) const {
  using Kind = GpuMemory::Kind;
  KEEL_ASSIGN(GpuWarper warper, GpuWarper::create(gpu, format_, source_size_, output_size_, interpolation));
  KEEL_ASSIGN(GpuMemory source_staging, GpuMemory::allocate(*runtime_, Kind::kPinned, warper.source_layout().bytes));
  KEEL_ASSIGN(GpuMemory output_staging, GpuMemory::allocate(*runtime_, Kind::kPinned, warper.output_layout().bytes));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(*runtime_));
  return Slot{std::move(warper), std::move(source_staging), std::move(output_staging), {}, {}, std::move(queue)};
}

Result<GpuRenderer> GpuRenderer::create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation) {
  GpuRenderer renderer(*gpu.runtime, format, source, output);
  renderer.slots_.reserve(kDepth);
  for (std::size_t i = 0; i < kDepth; ++i) {
    KEEL_ASSIGN(Slot slot, renderer.make_slot(gpu, interpolation));
    renderer.slots_.push_back(std::move(slot));
  }
  return renderer;
}

Result<GpuWarper::Planes> GpuRenderer::send(const Frame& source, const Slot& slot) const {
  const PackedPicture& from = slot.warper.source_layout();
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& plane = from.planes[static_cast<std::size_t>(p)];
    const PlaneView& view = source.plane(p);
    std::byte* row = slot.source_staging.data() + plane.offset;
    for (int y = 0; y < plane.height; ++y) std::memcpy(row + y * plane.stride_bytes, view.data + y * view.stride_bytes, row_bytes(plane, format_));
  }
  KEEL_TRY(gpu_result(*runtime_, runtime_->copy(slot.warper.source(), slot.source_staging.data(), from.bytes, CopyDirection::kToDevice, slot.queue.stream()), "sending a picture"));
  return slot.warper.source_planes();
}

Result<void> GpuRenderer::submit(const Frame& source, const FrameWarp& warp, OutputPlace place) {
  KEEL_CHECK(submitted_ - collected_ < kDepth && source.size() == source_size_ && source.format() == format_);
  Slot& slot = slots_[submitted_ % kDepth];
  const PackedPicture& to = slot.warper.output_layout();
  slot.color = source.color();
  const GpuStream stream = slot.queue.stream();
  const DeviceSurface* surface = surface_in(context_, source);
  KEEL_ASSIGN(const GpuWarper::Planes planes, surface != nullptr ? slot.warper.read(*surface, stream) : send(source, slot));
  if (place == OutputPlace::kDevice) {
    KEEL_ASSIGN(GpuMemory block, blocks_->take(to.bytes));
    slot.stays = std::make_shared<RenderedBlock>(blocks_, std::move(block));
    KEEL_TRY(slot.warper.launch(planes, slot.stays->data(), slot.color, warp, stream));
    ++submitted_;
    return {};
  }
  KEEL_TRY(slot.warper.launch(planes, slot.warper.output(), slot.color, warp, stream));
  KEEL_TRY(gpu_result(*runtime_, runtime_->copy(slot.output_staging.data(), slot.warper.output(), to.bytes, CopyDirection::kToHost, stream), "fetching a picture"));
  ++submitted_;
  return {};
}

Frame GpuRenderer::staying_frame(Slot& slot) const {
  auto surface = std::make_shared<DeviceSurface>();
  GpuWarper::Planes planes = slot.warper.output_planes(slot.stays->data());
  for (int p = 0; p < format_.plane_count(); ++p) {
    PlaneView& plane = planes[static_cast<std::size_t>(p)];
    surface->planes[static_cast<std::size_t>(p)] = {plane.data, plane.stride_bytes, 1};
    plane.data = nullptr;
  }
  surface->context = context_;
  surface->owner = std::exchange(slot.stays, nullptr);
  return Frame(output_size_, format_, slot.color, planes, nullptr).with_surface(std::move(surface));
}

Result<Frame> GpuRenderer::collect() {
  KEEL_CHECK(collected_ < submitted_);
  Slot& slot = slots_[collected_ % kDepth];
  KEEL_TRY(gpu_result(*runtime_, runtime_->wait(slot.queue.stream()), "warping a picture"));
  ++collected_;
  if (slot.stays) return staying_frame(slot);
  FrameBuffer out(output_size_, format_, slot.color);
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& plane = slot.warper.output_layout().planes[static_cast<std::size_t>(p)];
    const std::byte* from = slot.output_staging.data() + plane.offset;
    for (int y = 0; y < plane.height; ++y) std::memcpy(out.data(p) + y * out.plane(p).stride_bytes, from + y * plane.stride_bytes, row_bytes(plane, format_));
  }
  return std::move(out).freeze();
}

}  // namespace keel
