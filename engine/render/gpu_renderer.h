// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "engine/backend/gpu_workspace.h"
#include "engine/image/device_surface.h"
#include "engine/image/frame.h"
#include "engine/kernels/gpu_kernels.h"
#include "engine/plan/warp_plan.h"
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

/// Memory of a picture that stays on the device, which goes back to its pool with it.
class RenderedBlock {
 public:
  RenderedBlock(std::shared_ptr<GpuMemoryPool> pool, GpuMemory block) : pool_(std::move(pool)), block_(std::move(block)) {}
  ~RenderedBlock() { pool_->give_back(std::move(block_)); }
  RenderedBlock(const RenderedBlock&) = delete;
  RenderedBlock& operator=(const RenderedBlock&) = delete;

  [[nodiscard]] std::byte* data() const { return block_.data(); }

 private:
  std::shared_ptr<GpuMemoryPool> pool_;
  GpuMemory block_;
};

/// render() on a GPU, bit for bit the same. A few pictures are in flight, each on a stream of its own, so that copies in, computing and copies out of
/// neighbouring pictures overlap. All sources have one size and format.
class GpuRenderer {
 public:
  /// Pictures in flight: one copied in, one computed, one copied out.
  static constexpr std::size_t kDepth = 3;

  /// Reserves all memory. Errors: the device's, kOutOfMemory among them.
  [[nodiscard]] static Result<GpuRenderer> create(Gpu gpu, const PixelFormat& format, Size source, Size output, Interpolation interpolation);

  /// Whether submit() takes the picture from the device's own memory.
  [[nodiscard]] bool reads_surface(const Frame& source) const { return surface_in(context_, source) != nullptr; }
  /// Queues a picture; at most kDepth may be in flight. The source is copied, so that it need not stay; its surface must until the picture was collected, or this is gone.
  [[nodiscard]] Result<void> submit(const Frame& source, const FrameWarp& warp, OutputPlace place);
  /// Waits for the oldest picture in flight, which is where it was submitted for. On the device it stays for as long as the frame does, this may go before.
  [[nodiscard]] Result<Frame> collect();

 private:
  /// What one picture in flight needs. The queue is declared last: it is waited for before the memory goes.
  struct Slot {
    GpuWarper warper;
    GpuMemory source_staging, output_staging;
    ColorTags color;
    std::shared_ptr<RenderedBlock> stays;  ///< the output, where it stays on the device
    GpuQueue queue;
  };
  GpuRenderer(GpuRuntime& runtime, const PixelFormat& format, Size source, Size output)
      : runtime_(&runtime), context_(runtime.context()), format_(format), source_size_(source), output_size_(output), blocks_(std::make_shared<GpuMemoryPool>(runtime)) {}
  /// Queues the copy of a picture of the host.
  [[nodiscard]] Result<GpuWarper::Planes> send(const Frame& source, const Slot& slot) const;
  [[nodiscard]] Frame staying_frame(Slot& slot) const;
  [[nodiscard]] Result<Slot> make_slot(Gpu gpu, Interpolation interpolation) const;

  GpuRuntime* runtime_;
  const void* context_;  ///< of surfaces that can be read
  PixelFormat format_;
  Size source_size_, output_size_;
  std::shared_ptr<GpuMemoryPool> blocks_;  ///< for pictures that stay; shared with them
  std::vector<Slot> slots_;
  std::size_t submitted_ = 0, collected_ = 0;
};

}  // namespace keel
