// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/backend/gpu_workspace.h"
#include "engine/image/frame.h"
#include "engine/math/mat3.h"
#include "engine/metrics/coarse_search.h"
#include "engine/metrics/device_kernels.h"
#include "engine/metrics/gray_image.h"
#include "engine/metrics/sharpness.h"

namespace keel::metrics {

/// Where the parts of a picture lie in one block of a device's memory: the luma, then the levels' quarter steps without gaps in a row.
struct PictureLayout {
  explicit PictureLayout(Size picture);
  std::vector<Size> sizes;
  std::vector<std::size_t> steps;  ///< in bytes, of a level
  std::size_t bytes = 0;
};

/// A picture in the memory of a device, which goes back to its pool with it.
class DevicePicture {
 public:
  DevicePicture(std::shared_ptr<GpuMemoryPool> pool, GpuMemory block, PictureLayout layout)
      : pool_(std::move(pool)), block_(std::move(block)), layout_(std::move(layout)) {}
  ~DevicePicture() { pool_->give_back(std::move(block_)); }
  DevicePicture(const DevicePicture&) = delete;
  DevicePicture& operator=(const DevicePicture&) = delete;

  [[nodiscard]] const PictureLayout& layout() const { return layout_; }
  [[nodiscard]] std::byte* block() const { return block_.data(); }
  /// Pointers of the device.
  [[nodiscard]] float* luma() const { return reinterpret_cast<float*>(block_.data()); }
  [[nodiscard]] std::int16_t* steps(std::size_t level) const { return reinterpret_cast<std::int16_t*>(block_.data() + layout_.steps[level]); }

 private:
  std::shared_ptr<GpuMemoryPool> pool_;
  GpuMemory block_;
  PictureLayout layout_;
};

/// What of a picture comes back from the device; the rest has its size and no samples.
enum class Fetched { kNothing = 1, kLevels, kAll };

/// The metrics' pixel work on a GPU, bit for bit the host's. Each call queues all of its work on a stream of its own and waits once, so that as many outputs are
/// in flight as there are callers. Pictures that are handed in are on this device. Thread-safe. Errors: the device's, kOutOfMemory among them.
class GpuPixels {
 public:
  explicit GpuPixels(Device device);

  /// The luma plane as it is goes there and is shrunk and halved as luma_small() and make_picture() do.
  [[nodiscard]] Result<Picture> picture(const Frame& frame, Fetched fetched);
  /// make_picture() of draw().
  [[nodiscard]] Result<Picture> drawn(const DevicePicture& source, const Mat3& source_from_drawn, Size size, Fetched fetched);
  /// BlockSearch::full() of every request within `radius`, or BlockSearch::climb() where that is 0.
  [[nodiscard]] Result<std::vector<BlockHit>> search(const DevicePicture& a, const DevicePicture& b, int level, std::span<const BlockRequest> requests, int radius);
  /// FineBlock::make(), BlockSearch::climb() on the finest level and, from hits of at least `least_score`, FineBlock::refine() of every request, whose blocks fit.
  struct Refined {
    std::vector<BlockHit> hits;
    std::vector<RefinedBlock> blocks;
  };
  [[nodiscard]] Result<Refined> refine(const DevicePicture& a, const DevicePicture& b, std::span<const BlockRequest> requests, double least_score);
  /// row_squares() of two pictures of one size.
  [[nodiscard]] Result<std::vector<float>> row_squares(const DevicePicture& a, const DevicePicture& b);
  /// search_places() in the last level of `source`.
  [[nodiscard]] Result<std::vector<CoarseSpot>> search_places(const DevicePicture& source, const PlaceSearch& search);
  /// draw_sharp().
  [[nodiscard]] Result<GrayImage> draw_window(const DrawWindow& window, std::span<const float> lanczos_table);

 private:
  [[nodiscard]] Result<std::shared_ptr<const DevicePicture>> block_for(Size picture);
  [[nodiscard]] Result<void> queue_levels(const DevicePicture& picture, std::byte* scratch, GpuStream stream) const;
  [[nodiscard]] Result<Picture> fetch(std::shared_ptr<const DevicePicture> picture, Fetched fetched, std::byte* pinned, GpuStream stream) const;
  [[nodiscard]] Result<void> queue_search(const SearchView& search, const Windows& windows, double* scores, BlockHit* hits, GpuStream stream) const;
  [[nodiscard]] Result<void> queue_refinement(const RefineView& view, GpuStream stream) const;
  [[nodiscard]] Result<void> copied(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) const;
  [[nodiscard]] Result<void> waited(GpuStream stream) const { return checked(device_.runtime->wait(stream)); }
  [[nodiscard]] Result<void> checked(int code) const { return gpu_result(*device_.runtime, code, "judging a picture"); }
  template <class Body>
  [[nodiscard]] Result<void> launched(const Body& body, GpuStream stream) const { return checked(device_.kernels->launch(body, stream)); }

  Device device_;
  GpuWorkspacePool pictures_, searches_, places_, windows_;  ///< apart, so that each finds a workspace of its size
  std::shared_ptr<GpuMemoryPool> blocks_;           ///< shared with the pictures, which may live longer
};

}  // namespace keel::metrics
