// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/kernels/pair_tracking.h"
#include "engine/math/robust_fit.h"
#include "engine/motion/classical_frame.h"

namespace keel {

/// What of the tracks of a pair's corners is searched for a motion, and how.
struct SearchRules {
  TrackRules tracks;
  Size picture;  ///< that matches are in px of
  RobustFitOptions fit;
};

/// One attempt at a pair: corners that are followed there and back again, and searched for their motion.
struct PairTask {
  const ClassicalFrame* prev = nullptr;
  const ClassicalFrame* cur = nullptr;
  PyramidLevels levels;
  SearchRules rules;
  std::vector<LkMatch> tracks;  ///< px of the finest of the levels, with their guesses; afterwards with where they went
  bool wants_grid = false;      ///< whether the points that refine a homography will be followed if one is found
};

/// The points of a grid, followed from where a motion sends them.
struct GridTracks {
  Mat3 cur_from_prev;           ///< that the guesses are from
  std::vector<LkMatch> points;  ///< of the grid, row by row; of those that have no guess nothing is said
};

/// The matches that a pair's tracks are believed to be, and what fit_motion()'s search finds in them.
struct CornerMotion {
  std::vector<PointMatch> matches;
  std::optional<FoundMotion> found;
  std::optional<GridTracks> grid;  ///< followed ahead by a device, before anybody knew whether they will be wanted
};

/// The believed tracks, in px of the picture.
[[nodiscard]] std::vector<PointMatch> matches_of(std::span<const LkMatch> tracks, const TrackRules& rules);

/// On the calling thread.
[[nodiscard]] CornerMotion search_on_cpu(std::span<const LkMatch> tracks, const SearchRules& rules);

/// Whether a device found the same, bit for bit.
[[nodiscard]] bool same_motion(const SearchAnswer& device, const CornerMotion& cpu);

/// A device's answer for its tracks.
[[nodiscard]] CornerMotion motion_of(const SearchAnswer& device, std::span<const LkMatch> tracks, const SearchRules& rules);

}  // namespace keel
