// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/motion/classical_frame.h"
#include "engine/motion/gpu_front_end.h"
#include "engine/motion/pair_task.h"

namespace keel {

/// The pixel work of the classical estimator, and the search for a motion among what it followed: on the GPU that it is given, else on the CPU. Until a pair has
/// been followed, and a motion found, by both alike, that is computed by both and compared, and the CPU's is taken: levels, corners, tracks and motions must be
/// the same bit for bit, because integers and correctly rounded operations in the same order leave nothing to differ. When something differs, or the GPU fails
/// (out of memory, lost), the CPU does the rest, so that the motions are the same in any case; compute() then says so. Thread-safe.
class FrontEnd {
 public:
  /// `working_width`: longer side of the reduced picture, px.
  explicit FrontEnd(int working_width, Gpu gpu = {});

  [[nodiscard]] std::shared_ptr<const ClassicalFrame> prepare(const Frame& frame) const;
  /// How many pairs one call of follow_and_search() is best given: on a GPU many, for which it is waited once.
  [[nodiscard]] std::size_t pairs_at_once() const;
  /// Follows the corners of each pair there and back again, into its `tracks`, and searches their motion. While the GPU is not trusted yet, pairs go there one
  /// by one. All tasks have the same options.
  [[nodiscard]] std::vector<CornerMotion> follow_and_search(std::span<PairTask> tasks, const LkParams& params) const;
  /// The points of the grid, followed forward at full size from where `cur_from_prev` sends them; those that it sends out of the picture are left out.
  /// `motion` is the pair's, and may hold them already.
  [[nodiscard]] std::vector<LkMatch> follow_grid(const ClassicalFrame& prev, const ClassicalFrame& cur, const Mat3& cur_from_prev, const CornerMotion& motion,
                                                 const LkParams& params) const;

  [[nodiscard]] MotionCompute compute() const;

 private:
  /// What is known of the GPU at the moment; a copy, so that nobody waits for anybody while computing.
  struct Device {
    std::shared_ptr<GpuFrontEnd> gpu;  ///< null where the CPU computes
    bool follows_both_ways = false, searches = false, follows_grids = false;  ///< as the CPU does: compared on a pair
    bool reads_surfaces = false;  ///< compared on a frame with corners that lay on the device
  };
  [[nodiscard]] Device device() const;
  [[nodiscard]] static CornerMotion on_cpu(PairTask& task, const LkParams& params);
  [[nodiscard]] CornerMotion on_gpu(PairTask& task, GpuFrontEnd::PairAnswer answer, const Device& known, const LkParams& params) const;
  void trust(bool Device::* with) const;
  void give_up_on_gpu(const Error& error) const;

  int working_width_;
  mutable std::mutex mutex_;
  mutable Device device_;                       // guarded by mutex_
  mutable std::optional<std::string> trouble_;  // guarded by mutex_
};

}  // namespace keel
