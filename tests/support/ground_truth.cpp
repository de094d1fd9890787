// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ground_truth.h"

#include <algorithm>
#include <iostream>
#include <map>

namespace keel::test {
namespace {

constexpr int kFrames = 9;

struct Clip {
  PlaneScene scene;
  std::vector<Frame> frames;
};

/// Rendering is the slow part, so each kind of motion is rendered once per process.
const Clip& clip_of(const std::string& kind) {
  static std::map<std::string, Clip> clips;
  auto [it, fresh] = clips.try_emplace(kind);
  if (fresh) {
    it->second.scene = scene_of(kind, kFrames);
    for (int i = 0; i < kFrames; ++i) it->second.frames.push_back(render_plane(it->second.scene, i));
  }
  return it->second;
}

const Frame& foreground() {
  static const Frame frame = [] {
    PlaneScene scene;
    scene.seed = 4711;
    scene.picture_from_plane = {Mat3::identity()};
    return render_plane(scene, 0);
  }();
  return frame;
}

}  // namespace

Errors corner_errors(const MotionEstimator& estimator, const std::vector<std::string>& kinds, const Degradation& degradation) {
  std::vector<double> errors;
  Errors result;
  for (const std::string& kind : kinds) {
    const Clip& clip = clip_of(kind);
    std::vector<PreparedFramePtr> prepared;
    for (int i = 0; i < kFrames; ++i) prepared.push_back(*estimator.prepare(degrade(clip.frames[static_cast<std::size_t>(i)], foreground(), i, degradation)));
    double sum = 0;
    for (int i = 0; i + 1 < kFrames; ++i) {
      const FramePair pair{prepared[static_cast<std::size_t>(i)], prepared[static_cast<std::size_t>(i) + 1]};
      const PairMotion motion = estimator.estimate({&pair, 1}, {})->front();
      if (motion.status != MotionStatus::kOk) ++result.failed;
      errors.push_back(mean_corner_distance(motion.cur_from_prev, exact_motion(clip.scene, i, i + 1), clip.scene.size));
      sum += errors.back();
    }
    std::cout << "  " << kind << ": mean corner error " << sum / (kFrames - 1) << " px\n";
  }
  std::sort(errors.begin(), errors.end());
  for (const double e : errors) result.mean += e / static_cast<double>(errors.size());
  result.p95 = errors[static_cast<std::size_t>(0.95 * static_cast<double>(errors.size() - 1))];
  std::cout << "  all: mean " << result.mean << " px, 95th percentile " << result.p95 << " px\n";
  return result;
}

}  // namespace keel::test
