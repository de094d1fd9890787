// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/gpu_renderer.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/render/plane_warp.h"

namespace keel {
namespace {

constexpr std::ptrdiff_t kDeepBytes = sizeof(std::uint16_t);

constexpr const char* kWarping = "warping a picture";

}  // namespace

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
    KEEL_TRY(gpu_result(*gpu_.runtime, code, kWarping));
  }
  return {};
}

Result<GpuRenderer::Slot> GpuRenderer::make_slot(Gpu gpu, Interpolation interpolation) const {
  using Kind = GpuMemory::Kind;
  KEEL_ASSIGN(GpuWarper warper, GpuWarper::create(gpu, format_, source_size_, output_size_, interpolation));
  KEEL_ASSIGN(GpuMemory source_staging, GpuMemory::allocate(*runtime_, Kind::kPinned, warper.source_layout().bytes));
  KEEL_ASSIGN(GpuMemory output_staging, GpuMemory::allocate(*runtime_, Kind::kPinned, warper.output_layout().bytes));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(*runtime_));
  return Slot{std::move(warper), std::move(source_staging), std::move(output_staging), {}, {}, {}, OutputPlace::kHost, false, std::move(queue)};
}

GpuRenderer::GpuRenderer(Gpu gpu, const PixelFormat& format, Size source, Size output)
    : runtime_(gpu.runtime),
      kernels_(gpu.kernels),
      context_(gpu.runtime->context()),
      format_(format),
      source_size_(source),
      output_size_(output),
      staying_(encoder_layout(format, output)),
      blocks_(std::make_shared<GpuMemoryPool>(*gpu.runtime)) {}

Result<GpuRenderer> GpuRenderer::create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation) {
  GpuRenderer renderer(gpu, format, source, output);
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

Result<void> GpuRenderer::settle(Slot& slot) {
  if (auto waited = gpu_result(*runtime_, runtime_->wait(slot.queue.stream()), kWarping); !waited) {
    if (slot.handed_on) lost_ = waited.error();
    return waited;
  }
  slot.reads = nullptr;
  slot.stays = nullptr;
  slot.handed_on = false;
  return {};
}

Result<void> GpuRenderer::settle() {
  // A second wait would say nothing of what the first one missed.
  if (lost_) return *lost_;
  for (Slot& slot : slots_)
    if (slot.handed_on) KEEL_TRY(settle(slot));
  return {};
}

Result<void> GpuRenderer::join(const Slot& slot) const {
  const GpuWarper::Planes warped = slot.warper.output_planes(slot.warper.output());
  for (int p = 0; p < format_.plane_count(); ++p) {
    const PlaneView& from = warped[static_cast<std::size_t>(p)];
    const EncoderLayout::Plane& to = staying_.planes[static_cast<std::size_t>(p)];
    JoinPlaneBody<std::uint16_t> body;
    body.src = from.row<std::uint16_t>(0);
    body.src_stride = from.stride_bytes / kDeepBytes;
    body.dst = reinterpret_cast<std::uint16_t*>(slot.stays->data() + to.offset);
    body.dst_stride = to.pitch_bytes / kDeepBytes;
    body.step = to.step;
    body.shift = staying_.sample_shift;
    body.width = from.width;
    body.height = from.height;
    KEEL_TRY(gpu_result(*runtime_, kernels_->join_plane(body, slot.queue.stream()), kWarping));
  }
  return {};
}

Result<void> GpuRenderer::split_again(const Slot& slot) const {
  const DeviceSurface from = staying_surface(slot);
  for (std::size_t p = 0; p < static_cast<std::size_t>(format_.plane_count()); ++p) {
    const auto body = split_plane_body<std::uint16_t>(from.planes[p], from.sample_shift, slot.warper.output(), slot.warper.output_layout().planes[p]);
    KEEL_TRY(gpu_result(*runtime_, kernels_->split_plane(body, slot.queue.stream()), kWarping));
  }
  return {};
}

Result<void> GpuRenderer::warp_to_stay(Slot& slot, const GpuWarper::Planes& from, const FrameWarp& warp) {
  KEEL_ASSIGN(GpuMemory block, blocks_->take(staying_.bytes));
  KEEL_ASSIGN(GpuMark ready, GpuMark::create(*runtime_));
  slot.stays = std::make_shared<RenderedBlock>(blocks_, std::move(block), std::move(ready));
  const GpuStream stream = slot.queue.stream();
  KEEL_TRY(slot.warper.launch(from, staying_.is_plain() ? slot.stays->data() : slot.warper.output(), slot.color, warp, stream));
  if (!staying_.is_plain()) KEEL_TRY(join(slot));
  return gpu_result(*runtime_, runtime_->record(slot.stays->ready(), stream), kWarping);
}

Result<void> GpuRenderer::submit(const Frame& source, const FrameWarp& warp, OutputPlace place, bool rehearsal) {
  KEEL_CHECK(submitted_ - collected_ < kDepth && source.size() == source_size_ && source.format() == format_);
  Slot& slot = slots_[submitted_ % kDepth];
  if (slot.handed_on) KEEL_TRY(settle(slot));
  slot.color = source.color();
  slot.place = rehearsal ? OutputPlace::kHost : place;
  const GpuStream stream = slot.queue.stream();
  const DeviceSurface* surface = surface_in(context_, source);
  slot.reads = surface != nullptr ? source.surface() : nullptr;
  KEEL_ASSIGN(const GpuWarper::Planes planes, surface != nullptr ? slot.warper.read(*surface, stream) : send(source, slot));
  if (place == OutputPlace::kDevice) KEEL_TRY(warp_to_stay(slot, planes, warp));
  else KEEL_TRY(slot.warper.launch(planes, slot.warper.output(), slot.color, warp, stream));
  if (slot.place == OutputPlace::kHost) {
    const bool plain_stays = slot.stays && staying_.is_plain();
    if (slot.stays && !plain_stays) KEEL_TRY(split_again(slot));
    const std::byte* from = plain_stays ? slot.stays->data() : slot.warper.output();
    KEEL_TRY(gpu_result(*runtime_, runtime_->copy(slot.output_staging.data(), from, slot.warper.output_layout().bytes, CopyDirection::kToHost, stream), "fetching a picture"));
  }
  ++submitted_;
  return {};
}

DeviceSurface GpuRenderer::staying_surface(const Slot& slot) const {
  DeviceSurface surface;
  for (std::size_t p = 0; p < static_cast<std::size_t>(format_.plane_count()); ++p) {
    const EncoderLayout::Plane& plane = staying_.planes[p];
    surface.planes[p] = {slot.stays->data() + plane.offset, plane.pitch_bytes, plane.step};
  }
  surface.sample_shift = staying_.sample_shift;
  surface.context = context_;
  surface.ready = slot.stays->ready();
  surface.owner = slot.stays;
  return surface;
}

Frame GpuRenderer::staying_frame(const Slot& slot) const {
  std::array<PlaneView, 4> nowhere{};  // on the host
  for (int p = 0; p < format_.plane_count(); ++p) {
    const Size pixels = format_.plane_size(output_size_, p);
    nowhere[static_cast<std::size_t>(p)] = {nullptr, staying_.planes[static_cast<std::size_t>(p)].pitch_bytes, pixels.width, pixels.height};
  }
  return Frame(output_size_, format_, slot.color, nowhere, nullptr).with_surface(std::make_shared<const DeviceSurface>(staying_surface(slot)));
}

Result<Frame> GpuRenderer::collect() {
  KEEL_CHECK(collected_ < submitted_);
  Slot& slot = slots_[collected_ % kDepth];
  if (slot.place == OutputPlace::kDevice) {
    ++collected_;
    slot.handed_on = true;
    return staying_frame(slot);
  }
  KEEL_TRY(settle(slot));
  ++collected_;
  FrameBuffer out(output_size_, format_, slot.color);
  for (int p = 0; p < format_.plane_count(); ++p) {
    const auto& plane = slot.warper.output_layout().planes[static_cast<std::size_t>(p)];
    const std::byte* from = slot.output_staging.data() + plane.offset;
    for (int y = 0; y < plane.height; ++y) std::memcpy(out.data(p) + y * out.plane(p).stride_bytes, from + y * plane.stride_bytes, row_bytes(plane, format_));
  }
  return std::move(out).freeze();
}

}  // namespace keel
