// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/backend/gpu_workspace.h"
#include "engine/image/device_surface.h"
#include "engine/kernels/gpu_kernels.h"
#include "engine/motion/classical_frame.h"
#include "engine/motion/device_luma.h"
#include "engine/motion/gpu_search.h"

namespace keel {

/// Where the levels of a pyramid lie in one block of memory, each as a GrayImage holds it: with its padding, rows without gaps.
struct PyramidLayout {
  explicit PyramidLayout(Size working);
  std::vector<Size> sizes;
  std::vector<std::size_t> offsets;  ///< in bytes, of the corner of a level's padding
  std::size_t bytes = 0;
  [[nodiscard]] GrayView level(const std::byte* block, std::size_t index) const;
};

/// A frame's pyramid in the memory of a GPU, which goes back to its pool with it.
class DevicePyramid {
 public:
  DevicePyramid(std::shared_ptr<GpuMemoryPool> pool, GpuMemory block, PyramidLayout layout) : pool_(std::move(pool)), block_(std::move(block)), layout_(std::move(layout)) {}
  ~DevicePyramid() { pool_->give_back(std::move(block_)); }
  DevicePyramid(const DevicePyramid&) = delete;
  DevicePyramid& operator=(const DevicePyramid&) = delete;

  [[nodiscard]] const PyramidLayout& layout() const { return layout_; }
  [[nodiscard]] std::byte* block() const { return block_.data(); }
  /// Pointers of the device.
  [[nodiscard]] PyramidView view() const;

 private:
  std::shared_ptr<GpuMemoryPool> pool_;
  GpuMemory block_;
  PyramidLayout layout_;
};

/// The pixel work of the classical estimator on a GPU, bit for bit the CPU's. Each call queues all of its work on a stream of its own and waits once, for
/// what it fetches, so that as many frames and spans of pairs are in flight as there are callers. Thread-safe. Errors: the device's, kOutOfMemory among them.
class GpuFrontEnd {
 public:
  explicit GpuFrontEnd(Gpu gpu)
      : gpu_(gpu), preparing_(*gpu.runtime), single_(*gpu.runtime), spans_(*gpu.runtime), pyramids_(std::make_shared<GpuMemoryPool>(*gpu.runtime)) {}

  /// Whether prepare() takes the picture from the device's own memory.
  [[nodiscard]] bool reads_surface(const Frame& frame) const { return surface_in(gpu_.runtime->context(), frame) != nullptr; }
  /// Sends the luma plane as it is, unless the frame lies on the device anyway, reduces it to `working`, builds the pyramid and finds the corners. The pyramid stays on
  /// the device for the frame's pairs; a copy (0.4 MB at 640x360) comes back with the corners, because a device that is lost later takes its memory along, and the picture
  /// is gone by then.
  [[nodiscard]] Result<std::shared_ptr<ClassicalFrame>> prepare(const Frame& frame, Size working);

  /// What a device knows of one attempt at a pair.
  struct PairAnswer {
    std::vector<LkMatch> tracks;
    SearchAnswer search;
    std::vector<LkMatch> grid;  ///< points where the found motion sends them, followed forward at full size; none where the task wants none
  };
  /// Follows the corners of a span of pairs there and back again, searches the motion that most of a pair's tracks agree on, and follows the grids that tasks
  /// want, for whoever will need them: three launches and one wait for all of them. Frames must be on the device, tracks not empty, and options the same.
  [[nodiscard]] Result<std::vector<PairAnswer>> follow_and_search(std::span<const PairTask> tasks, const LkParams& params);

 private:
  struct PrepareLayout;
  [[nodiscard]] Result<DeviceLuma> queue_luma(const Frame& frame, const PrepareLayout& layout, const GpuWorkspace& work) const;
  [[nodiscard]] Result<void> queue_pyramid(const Frame& frame, const PrepareLayout& layout, const DevicePyramid& pyramid, const GpuWorkspace& work) const;
  [[nodiscard]] Result<void> queue_corners(const PrepareLayout& layout, const DevicePyramid& pyramid, const GpuWorkspace& work) const;
  [[nodiscard]] Result<void> checked(int code, const char* doing) const { return gpu_result(*gpu_.runtime, code, doing); }

  Gpu gpu_;
  GpuWorkspacePool preparing_, single_, spans_;  ///< one pair needs far less than a span
  std::shared_ptr<GpuMemoryPool> pyramids_;  ///< shared with the frames, which may live longer
};

}  // namespace keel
