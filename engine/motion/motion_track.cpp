// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/motion_track.h"

#include <algorithm>
#include <limits>

namespace keel {
namespace {

constexpr double kReferenceLines = 1080;

}  // namespace

std::string_view to_string(MotionStatus status) {
  switch (status) {
    case MotionStatus::kOk: return "ok";
    case MotionStatus::kLowTexture: return "low_texture";
    case MotionStatus::kSceneCut: return "scene_cut";
    case MotionStatus::kDiverged: return "diverged";
  }
  return "diverged";
}

std::vector<float> disagreement_px(const MotionTrack& a, const MotionTrack& b) {
  std::vector<float> out(std::min(a.pts.size(), b.pts.size()), std::numeric_limits<float>::quiet_NaN());
  const double scale = kReferenceLines / std::max(a.size.height, 1);
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (i > a.pairs.size() || i > b.pairs.size()) break;
    const PairMotion &p = a.pairs[i - 1], &q = b.pairs[i - 1];
    if (p.status != MotionStatus::kOk || q.status != MotionStatus::kOk) continue;
    out[i] = static_cast<float>(scale * mean_corner_distance(p.cur_from_prev, q.cur_from_prev, a.size));
  }
  return out;
}

}  // namespace keel
