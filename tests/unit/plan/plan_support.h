// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/path/path_smoother.h"
#include "engine/plan/warp_plan.h"
#include "tests/support/scenes.h"

namespace keel::test {

/// Pair motions as they are.
inline MotionTrack track_from_scene(const PlaneScene& scene) {
  MotionTrack track;
  track.size = scene.size;
  track.time_base = {1, 30};
  for (int i = 0; i < static_cast<int>(scene.picture_from_plane.size()); ++i) {
    track.pts.push_back(i);
    if (i > 0) track.pairs.push_back({exact_motion(scene, i - 1, i), MotionStatus::kOk, 1.0f});
  }
  return track;
}

inline std::vector<std::string> smoothers() {
  std::vector<std::string> list;
  for (const AlgorithmInfo& info : path_smoothers()) list.push_back(info.id);
  return list;
}

/// What the certificate promises where the clip moves and the window has room: 1 px, less rounding.
inline constexpr double kInset_px = 1 - 1e-5;

/// Some smoothers let the camera rest and catch up with a pan later, as far as `keep` leaves room; the others follow pans.
inline bool follows_pans(const std::string& smoother) { return smoother != "l1-optimal" && smoother != "tripod"; }

}  // namespace keel::test
