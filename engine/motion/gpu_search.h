// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/kernels/gpu_kernels.h"
#include "engine/motion/pair_task.h"

namespace keel {

/// Where a span of pairs keeps things in one block of a device's memory, and in the pinned memory that mirrors its beginning. What is fetched comes first: answers,
/// the points of grids, tracks. What is sent begins at the tracks: bodies, draws. Then what only the device sees. So one copy sends, and one fetches.
/// All tasks have the options of the first.
class SpanLayout {
 public:
  explicit SpanLayout(std::span<const PairTask> tasks);

  std::size_t sent_begin = 0, fetched_end = 0, sent_end = 0, device_bytes = 0;  ///< pinned memory needs sent_end bytes

  /// Writes tracks, draws, and the bodies that search; their pointers are of the device's block.
  void write_search(std::span<const PairTask> tasks, std::byte* pinned, std::byte* device) const;
  /// Writes the bodies that follow corners and, where any are wanted, grids.
  void write_tracking(std::span<const PairTask> tasks, const LkParams& params, std::byte* pinned, std::byte* device) const;

  /// Each queues one launch for the whole span, and returns 0 or the code of the failure; the order is that of a pair's steps.
  [[nodiscard]] int queue_tracking(const GpuKernels& kernels, const std::byte* device, GpuStream stream) const;
  [[nodiscard]] int queue_search(const GpuKernels& kernels, const std::byte* device, GpuStream stream) const;
  [[nodiscard]] int queue_grids(const GpuKernels& kernels, const std::byte* device, GpuStream stream) const;

  /// What was fetched of pair `index`; the grid's points are none where it was not wanted.
  [[nodiscard]] SearchAnswer answer(const std::byte* pinned, std::size_t index) const;
  [[nodiscard]] std::span<const LkMatch> tracks(const std::byte* pinned, std::size_t index) const;
  [[nodiscard]] std::span<const LkMatch> grid(const std::byte* pinned, std::size_t index) const;

 private:
  /// Offsets of one pair's parts.
  struct Pair {
    std::size_t track_count = 0, grid_count = 0;
    std::size_t tracks = 0, grid = 0, scratch = 0;
  };
  [[nodiscard]] MotionSearchBody search_body(const PairTask& task, std::size_t index, std::byte* device) const;

  std::vector<Pair> pairs_;
  std::size_t similarities_ = 0, hypotheses_ = 0, draw_count_ = 0;
  std::size_t track_bodies_ = 0, search_bodies_ = 0, grid_bodies_ = 0, draws_ = 0;  ///< offsets
  int most_tracks_ = 0, most_grid_points_ = 0;
};

}  // namespace keel
