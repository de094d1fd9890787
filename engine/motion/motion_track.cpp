// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/motion_track.h"

namespace keel {

std::string_view to_string(MotionStatus status) {
  switch (status) {
    case MotionStatus::kOk: return "ok";
    case MotionStatus::kLowTexture: return "low_texture";
    case MotionStatus::kSceneCut: return "scene_cut";
    case MotionStatus::kDiverged: return "diverged";
  }
  return "diverged";
}

}  // namespace keel
