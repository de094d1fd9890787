// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/image/gray_image.h"
#include "engine/motion/motion_track.h"

namespace keel {

/// How well two small pictures agree at the best whole-pixel shift.
struct CoarseMatch {
  int dx = 0, dy = 0;      ///< cur = prev shifted by this many px
  double correlation = 0;  ///< normalised, -1 to 1; 0 when either picture is flat
};

/// Normalised correlation of the pictures' detail (local mean removed) over all shifts up to `reach` px whose overlap is at least a third of the picture. Gain and offset of the brightness do
/// not matter. The cost grows with the square of the reach, so it runs only where tracking failed.
[[nodiscard]] CoarseMatch match_coarse(const GrayView& prev, const GrayView& cur, int reach);

/// Standard deviation of the gray levels.
[[nodiscard]] double gray_deviation(const GrayView& image);

/// Coarse correlation above which two pictures show the same scene.
inline constexpr double kSameScene = 0.4;

/// Why a pair without a motion has none, from its coarse pictures and their correlation (match_coarse): a cut, nothing to hold on to (also where the estimator
/// found no features), or a scene without a single motion.
[[nodiscard]] MotionStatus why_no_motion(const GrayView& prev, const GrayView& cur, double correlation, bool has_features);

/// A cut stands between two shots that hold together: where several neighbouring pairs look like cuts (spray on the lens, a white-out, strobes) none is one,
/// and they become kDiverged, which the path bridges instead of splitting.
void confirm_scene_cuts(std::vector<PairMotion>& pairs);

}  // namespace keel
