// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/backend/gpu_workspace.h"
#include "engine/image/device_surface.h"
#include "engine/image/frame.h"
#include "engine/kernels/gpu_kernels.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/encoder_layout.h"
#include "engine/render/renderer.h"
#include "engine/render/surface_reader.h"

namespace keel {

/// A source and an output picture in the memory of a GPU, and the warp from one to the other.
class GpuWarper {
 public:
  [[nodiscard]] static Result<GpuWarper> create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation);

  [[nodiscard]] const PackedPicture& source_layout() const { return source_.layout(); }
  [[nodiscard]] const PackedPicture& output_layout() const { return output_layout_; }
  [[nodiscard]] std::byte* source() const { return source_.memory(); }
  [[nodiscard]] std::byte* output() const { return output_.data(); }
  /// Planes of the device, as the format has them.
  using Planes = PicturePlanes;
  /// Those of a block that holds an output picture.
  [[nodiscard]] Planes output_planes(const std::byte* block) const { return planes_in(output_layout_, block); }
  /// Those of source().
  [[nodiscard]] Planes source_planes() const { return source_.planes(); }
  /// Queues whatever makes a picture of the device readable, which may overwrite source(): SurfaceReader::read().
  [[nodiscard]] Result<Planes> read(const DeviceSurface& surface, GpuStream stream) const { return source_.read(surface, stream); }
  /// Queues the warp of all planes of `from` into `to`, memory of output_layout(); `color` says where the chroma samples lie.
  [[nodiscard]] Result<void> launch(const Planes& from, std::byte* to, const ColorTags& color, const FrameWarp& warp, GpuStream stream) const;

 private:
  GpuWarper(Gpu gpu, const PixelFormat& format, SurfaceReader source, const PackedPicture& output_layout, GpuMemory output, Interpolation interpolation)
      : gpu_(gpu), format_(format), interpolation_(interpolation), source_(std::move(source)), output_layout_(output_layout), output_(std::move(output)) {}
  Gpu gpu_;
  PixelFormat format_;
  Interpolation interpolation_;
  SurfaceReader source_;
  PackedPicture output_layout_;
  GpuMemory output_;
};

/// Memory of a picture that stays on the device, which goes back to its pool with it, and what stands for the picture being there.
class RenderedBlock {
 public:
  RenderedBlock(std::shared_ptr<GpuMemoryPool> pool, GpuMemory block, GpuMark ready) : pool_(std::move(pool)), block_(std::move(block)), ready_(std::move(ready)) {}
  ~RenderedBlock() { pool_->give_back(std::move(block_)); }
  RenderedBlock(const RenderedBlock&) = delete;
  RenderedBlock& operator=(const RenderedBlock&) = delete;

  [[nodiscard]] std::byte* data() const { return block_.data(); }
  [[nodiscard]] GpuEvent ready() const { return ready_.event(); }

 private:
  std::shared_ptr<GpuMemoryPool> pool_;
  GpuMemory block_;
  GpuMark ready_;
};

/// render() on a GPU, bit for bit the same. A few pictures are in flight, each on a stream of its own, so that copies in, computing and copies out of
/// neighbouring pictures overlap. All sources have one size and format. Pictures that stay on the device lie there as encoders take them: deep ones
/// with their bits at the top of the words and U and V taking turns (P010).
class GpuRenderer {
 public:
  /// Pictures in flight: one copied in, one computed, one copied out.
  static constexpr std::size_t kDepth = 3;

  /// Reserves all memory. Errors: the device's, kOutOfMemory among them.
  [[nodiscard]] static Result<GpuRenderer> create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation);

  /// Whether submit() takes the picture from the device's own memory.
  [[nodiscard]] bool reads_surface(const Frame& source) const { return surface_in(context_, source) != nullptr; }
  /// Queues a picture; at most kDepth may be in flight. Waits where the picture that was collected kDepth pictures ago is not there yet. `rehearsal`: it comes to the host
  /// after all that is done for its place, for comparing.
  [[nodiscard]] Result<void> submit(const Frame& source, const FrameWarp& warp, OutputPlace place, bool rehearsal);
  /// The oldest picture in flight, where it was submitted for. One of the host is waited for; one of the device is handed on at once, with the event that it is there
  /// after (DeviceSurface::ready). It stays for as long as the frame does, this may go before.
  [[nodiscard]] Result<Frame> collect();
  /// Waits for the pictures that were handed on before they were there. An error: some of them never got there.
  [[nodiscard]] Result<void> settle();

 private:
  /// What one picture in flight needs. The queue is declared last: it is waited for before the memory goes.
  struct Slot {
    GpuWarper warper;
    GpuMemory source_staging, output_staging;
    ColorTags color;
    // What the queue reads and writes until the next wait for it, even where nobody else keeps it.
    std::shared_ptr<const DeviceSurface> reads;
    std::shared_ptr<RenderedBlock> stays;  ///< the output as it lies where it stays on the device
    OutputPlace place = OutputPlace::kHost;
    bool handed_on = false;  ///< before it was waited for
    GpuQueue queue;
  };
  GpuRenderer(Gpu gpu, const PixelFormat& format, Size source, Size output);
  /// Queues the copy of a picture of the host.
  [[nodiscard]] Result<GpuWarper::Planes> send(const Frame& source, const Slot& slot) const;
  /// Waits for the slot's queue.
  [[nodiscard]] Result<void> settle(Slot& slot);
  /// Queues the warp into memory that stays, for which it reserves it.
  [[nodiscard]] Result<void> warp_to_stay(Slot& slot, const GpuWarper::Planes& from, const FrameWarp& warp);
  /// Queues what arranges the warped planes as pictures lie that stay, and what undoes it.
  [[nodiscard]] Result<void> join(const Slot& slot) const;
  [[nodiscard]] Result<void> split_again(const Slot& slot) const;
  /// The picture where it lies in the slot's memory that stays.
  [[nodiscard]] DeviceSurface staying_surface(const Slot& slot) const;
  [[nodiscard]] Frame staying_frame(const Slot& slot) const;
  [[nodiscard]] Result<Slot> make_slot(Gpu gpu, Interpolation interpolation) const;

  GpuRuntime* runtime_;
  const GpuKernels* kernels_;
  const void* context_;  ///< of surfaces that can be read
  PixelFormat format_;
  Size source_size_, output_size_;
  EncoderLayout staying_;                  ///< how pictures lie that stay
  std::shared_ptr<GpuMemoryPool> blocks_;  ///< for pictures that stay; shared with them
  std::vector<Slot> slots_;
  std::size_t submitted_ = 0, collected_ = 0;
  std::optional<Error> lost_;  ///< why a picture that was handed on never got there
};

}  // namespace keel
