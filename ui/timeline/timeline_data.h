// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "engine/motion/motion_track.h"
#include "engine/plan/warp_plan.h"

namespace keel::ui {

/// What the strips under the picture show, one entry per frame where it is known; a clip that is being analysed has fewer entries than frames.
struct TimelineData {
  std::int64_t frames = 0;             ///< of the clip
  std::vector<float> trust;            ///< 0 to 1, in the motion from the frame before
  std::vector<float> zoom;             ///< how much larger things are than in the source, at the picture's centre
  std::vector<float> margin_px;        ///< source pixels between the crop window and the edge of the filmed picture
  std::vector<float> disagreement_px;  ///< between two estimators, see there; NaN where not both have an answer; empty without a second one
  std::vector<std::int64_t> cuts;      ///< first frames of the second and later shots
  std::vector<std::int64_t> worst;     ///< the frames most worth looking at, ascending; at most kMaxWorst
};

inline constexpr int kMaxWorst = 12;

/// Gathers the numbers; null pointers leave their part empty. Worst are the lowest points of trust and of the share of the correction that could be
/// applied, kept apart by about half a second each; a cut is no trouble and does not count. `second`: another estimator's track of the same clip.
[[nodiscard]] TimelineData make_timeline_data(const MotionTrack* track, const Solution* solution, std::int64_t frames,
                                              const MotionTrack* second = nullptr);

}  // namespace keel::ui
