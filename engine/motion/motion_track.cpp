// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/motion_track.h"

#include <algorithm>
#include <limits>

#include "engine/backend/thread_pool.h"

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
  const std::size_t pairs = std::min({out.size() - std::min<std::size_t>(out.size(), 1), a.pairs.size(), b.pairs.size()});
  ThreadPool::shared().parallel_for(0, static_cast<int>(pairs), 4096, [&](int begin, int end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const PairMotion &p = a.pairs[i], &q = b.pairs[i];
      if (p.status != MotionStatus::kOk || q.status != MotionStatus::kOk) continue;
      out[i + 1] = static_cast<float>(scale * mean_corner_distance(p.cur_from_prev, q.cur_from_prev, a.size));
    }
  });
  return out;
}

}  // namespace keel
