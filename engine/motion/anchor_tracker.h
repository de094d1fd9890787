// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <vector>

#include "engine/motion/motion_estimator.h"

namespace keel {

/// Measures a clip's frames against a keyframe while its pairs are estimated: each 30th frame, and a frame that has moved far. As long as the view overlaps widely the keyframe stays the
/// same, so that a camera that stands still is measured against one and the same picture for the whole shot; when the view has moved on, the frame becomes the next keyframe.
/// Cost: one pair in thirty, in eight at most.
class AnchorTracker {
 public:
  /// The estimator must outlive the tracker. `size`: of the source pictures, px.
  AnchorTracker(const MotionEstimator& estimator, Size size) : estimator_(estimator), size_(size) {}
  /// The clip's first frame. Null where it could not be decoded.
  void begin(PreparedFramePtr frame);
  /// The next frame and the pair motion that leads to it; appends to `anchors`. `frame` is null where it could not be decoded. Errors: those of MotionEstimator::estimate().
  [[nodiscard]] Result<void> add(const PairMotion& pair, PreparedFramePtr frame, std::stop_token stop, std::vector<AnchorMotion>& anchors);

 private:
  void start_at(PreparedFramePtr frame);
  const MotionEstimator& estimator_;
  Size size_;
  PreparedFramePtr key_;
  int key_index_ = 0, index_ = 0, anchored_ = 0;
  Mat3 cur_from_key_;  ///< by the pairs, where they have a motion
};

}  // namespace keel
