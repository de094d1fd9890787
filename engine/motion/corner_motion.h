// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/motion/gpu_search.h"

namespace keel {

/// The matches that a pair's tracks are believed to be, and what fit_motion()'s search finds in them.
struct CornerMotion {
  std::vector<PointMatch> matches;
  std::optional<FoundMotion> found;
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
