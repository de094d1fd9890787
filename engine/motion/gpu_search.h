// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "engine/kernels/gpu_kernels.h"
#include "engine/math/robust_fit.h"

namespace keel {

/// What of the tracks of a pair's corners is searched for a motion, and how.
struct SearchRules {
  TrackRules tracks;
  Size picture;  ///< that matches are in px of
  RobustFitOptions fit;
};

/// What a search on a device answers.
struct SearchAnswer {
  FoundMotion found;  ///< score 0 where nothing was found
  int matches = 0;    ///< how many of the tracks were believed
};

/// Where a search keeps things in one block of a device's memory: first the answer, then the tracks, so that both are fetched at once, then the draws, so that
/// tracks and draws are sent at once, then what only the device sees.
class SearchLayout {
 public:
  SearchLayout(std::size_t tracks, const RobustFitOptions& options);

  std::size_t tracks = 0, draws = 0;          ///< offsets; the answer's is 0
  std::size_t sent_end = 0, device_bytes = 0;  ///< what is sent ends at the former; pinned memory needs no more than that

  /// The options' draws, as they are sent.
  void write_draws(std::byte* to) const;
  /// Queues the search of tracks that a kernel leaves at `tracks` of the block. Returns 0 or the code of the call that failed.
  [[nodiscard]] int queue(const GpuKernels& kernels, const SearchRules& rules, std::byte* block, GpuStream stream) const;

 private:
  std::size_t track_count_, similarities_, hypotheses_, draw_count_;
  std::size_t matches_ = 0, params_ = 0, scores_ = 0, terms_ = 0;  ///< offsets
};

}  // namespace keel
