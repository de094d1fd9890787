// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/timeline_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/backend/thread_pool.h"

namespace keel::ui {
namespace {

constexpr std::int64_t kWorstApart = 15;  ///< frames, about half a second
/// Above this nothing is wrong with a frame.
constexpr float kGoodScore = 0.9F;

/// Output pixels per source pixel at the middle of the output.
float zoom_of(const FrameWarp& warp, Size output) {
  const Mat3& h = warp.src_from_dst;
  const double x = (output.width - 1) / 2.0, y = (output.height - 1) / 2.0;
  const double w = h(2, 0) * x + h(2, 1) * y + h(2, 2);
  // The Jacobian's determinant of a homography is that of its matrix over the third power of the denominator.
  const double determinant = h(0, 0) * (h(1, 1) * h(2, 2) - h(1, 2) * h(2, 1)) - h(0, 1) * (h(1, 0) * h(2, 2) - h(1, 2) * h(2, 0)) +
                             h(0, 2) * (h(1, 0) * h(2, 1) - h(1, 1) * h(2, 0));
  const double area = std::abs(determinant / (w * w * w));
  return area > 0 ? static_cast<float>(1 / std::sqrt(area)) : 1.0F;
}

std::vector<std::int64_t> find_worst(const std::vector<float>& score) {
  std::vector<std::int64_t> order(score.size());
  std::iota(order.begin(), order.end(), 0);
  std::erase_if(order, [&](std::int64_t i) { return score[static_cast<std::size_t>(i)] >= kGoodScore; });
  // A heap: a dozen of the lowest are wanted of perhaps a hundred thousand.
  const auto better = [&](std::int64_t a, std::int64_t b) {
    const float p = score[static_cast<std::size_t>(a)], q = score[static_cast<std::size_t>(b)];
    return p != q ? p > q : a > b;
  };
  std::make_heap(order.begin(), order.end(), better);
  std::vector<std::int64_t> worst;
  for (auto end = order.end(); end != order.begin() && worst.size() < kMaxWorst;) {
    std::pop_heap(order.begin(), end--, better);
    const bool near = std::any_of(worst.begin(), worst.end(), [&](std::int64_t other) { return std::abs(other - *end) < kWorstApart; });
    if (!near) worst.push_back(*end);
  }
  std::sort(worst.begin(), worst.end());
  return worst;
}

}  // namespace

TimelineData make_timeline_data(const MotionTrack* track, const Solution* solution, std::int64_t frames, const MotionTrack* second) {
  TimelineData out;
  out.frames = frames;
  std::vector<float> score;
  if (track != nullptr && !track->pts.empty()) {
    out.trust.assign(track->pts.size(), 1.0F);
    score = out.trust;
    for (std::size_t i = 0; i < track->pairs.size() && i + 1 < out.trust.size(); ++i) {
      const PairMotion& pair = track->pairs[i];
      const bool cut = pair.status == MotionStatus::kSceneCut;
      out.trust[i + 1] = pair.status == MotionStatus::kOk ? pair.confidence : 0.0F;
      if (!cut) score[i + 1] = out.trust[i + 1];
    }
  }
  if (track != nullptr && second != nullptr) out.disagreement_px = disagreement_px(*track, *second);
  if (solution != nullptr) {
    const WarpPlan& plan = solution->plan;
    const Size source = track != nullptr ? track->size : plan.output;
    out.zoom.resize(plan.frames.size());
    out.margin_px.resize(plan.frames.size());
    // The window waits for this.
    ThreadPool::shared().parallel_for(0, static_cast<int>(plan.frames.size()), 4096, [&](int begin, int end) {
      std::vector<FrameWarp> one(1);
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        one[0] = plan.frames[i];
        out.zoom[i] = zoom_of(one[0], plan.output);
        out.margin_px[i] = static_cast<float>(certify_borders(one, plan.output, source).smallest_margin_px);
      }
    });
    for (std::size_t i = 0; i < std::min(score.size(), plan.strength.size()); ++i) score[i] = std::min(score[i], plan.strength[i]);
    for (std::size_t i = 1; i < solution->raw.shots.size(); ++i) out.cuts.push_back(solution->raw.shots[i].begin);
  }
  out.worst = find_worst(score);
  return out;
}

}  // namespace keel::ui
