// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "engine/motion/classical_frame.h"
#include "engine/motion/corner_motion.h"
#include "engine/motion/gpu_front_end.h"

namespace keel {

/// The pixel work of the classical estimator, and the search for a motion among what it followed: on the GPU that it is given, else on the CPU. Until a pair has
/// been followed, and a motion found, by both alike, that is computed by both and compared, and the CPU's is taken: levels, corners, tracks and motions must be
/// the same bit for bit, because integers and correctly rounded operations in the same order leave nothing to differ. When something differs, or the GPU fails (out of memory, lost), the CPU does the rest, so that the motions are the
/// same in any case; compute() then says so. Thread-safe.
class FrontEnd {
 public:
  /// `working_width`: longer side of the reduced picture, px.
  explicit FrontEnd(int working_width, Gpu gpu = {});

  [[nodiscard]] std::shared_ptr<const ClassicalFrame> prepare(const Frame& frame) const;
  /// Follows points (px of the finest of the levels) from prev to cur, starting from their guess; with `round_trip` back again too.
  void follow(const ClassicalFrame& prev, const ClassicalFrame& cur, PyramidLevels levels, bool round_trip, const LkParams& params, std::span<LkMatch> matches) const;
  /// Follows corners there and back again and searches their motion, by `rules`, with one wait for the GPU. `tracks` as the matches of follow().
  [[nodiscard]] CornerMotion follow_and_search(const ClassicalFrame& prev, const ClassicalFrame& cur, PyramidLevels levels, const LkParams& params, const SearchRules& rules,
                                               std::span<LkMatch> tracks) const;

  [[nodiscard]] MotionCompute compute() const;

 private:
  /// What is known of the GPU at the moment; a copy, so that nobody waits for anybody while computing.
  struct Device {
    std::shared_ptr<GpuFrontEnd> gpu;  ///< null where the CPU computes
    bool follows_both_ways = false, follows_forward = false, searches = false;  ///< as the CPU does: compared on a pair
    bool reads_surfaces = false;  ///< compared on a frame with corners that lay on the device
  };
  [[nodiscard]] Device device() const;
  void trust(bool Device::* with) const;
  void give_up_on_gpu(const Error& error) const;

  int working_width_;
  mutable std::mutex mutex_;
  mutable Device device_;                       // guarded by mutex_
  mutable std::optional<std::string> trouble_;  // guarded by mutex_
};

}  // namespace keel
