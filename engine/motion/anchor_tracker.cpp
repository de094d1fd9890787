// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/anchor_tracker.h"

#include <algorithm>
#include <utility>

#include "engine/math/mat3.h"

namespace keel {
namespace {

constexpr int kGapFrames = 30;
/// A view that moves on faster is not measured: the analysis of a quick pan would take twice as long, and nobody stands still there.
constexpr int kLeastGapFrames = 8;
/// Of the longer side: a keyframe is measured against as long as the corners have moved less, on average.
constexpr double kReach = 0.08;
/// Below this trust a measurement over a long gap is more likely another part of the scene than the camera.
constexpr float kLeastConfidence = 0.3f;

}  // namespace

void AnchorTracker::start_at(PreparedFramePtr frame) {
  key_ = std::move(frame);
  key_index_ = anchored_ = index_;
  cur_from_key_ = Mat3::identity();
}

void AnchorTracker::begin(PreparedFramePtr frame) {
  index_ = 0;
  start_at(std::move(frame));
}

Result<void> AnchorTracker::add(const PairMotion& pair, PreparedFramePtr frame, std::stop_token stop, std::vector<AnchorMotion>& anchors) {
  ++index_;
  if (frame == nullptr) return {};
  if (pair.status == MotionStatus::kSceneCut || key_ == nullptr) {
    start_at(std::move(frame));
    return {};
  }
  if (pair.status == MotionStatus::kOk) cur_from_key_ = pair.cur_from_prev * cur_from_key_;
  const auto chained = normalized(cur_from_key_);
  const bool far = !chained || mean_corner_distance(*chained, Mat3::identity(), size_) > kReach * std::max(size_.width, size_.height);
  if (!far && index_ - anchored_ < kGapFrames) return {};
  if (index_ - anchored_ < kLeastGapFrames) {
    start_at(std::move(frame));
    return {};
  }
  const FramePair both{key_, frame};
  KEEL_ASSIGN(const std::vector<PairMotion> motions, estimator_.estimate({&both, 1}, stop));
  const PairMotion& motion = motions.front();
  const bool measured = motion.status == MotionStatus::kOk && motion.confidence >= kLeastConfidence;
  if (measured) anchors.push_back({key_index_, index_, motion.cur_from_prev, motion.confidence});
  if (measured && !far) anchored_ = index_;
  else start_at(std::move(frame));
  return {};
}

}  // namespace keel
