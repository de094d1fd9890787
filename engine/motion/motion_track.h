// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/geometry.h"
#include "engine/math/mat3.h"
#include "engine/math/row_bend.h"

namespace keel {

/// Why a pair has, or has not, a motion. "No motion found" is data that the path bridges, never a silent identity.
enum class MotionStatus {
  kOk = 1,
  kLowTexture,  ///< nothing to hold on to: black, flat, covered lens
  kSceneCut,    ///< the two frames show different shots; paths split here
  kDiverged,    ///< there is texture, but no single motion explains it
};
[[nodiscard]] std::string_view to_string(MotionStatus status);

/// Motion between two neighbouring frames.
struct PairMotion {
  Mat3 cur_from_prev;  ///< source pixels of the upright picture, h33 = 1; identity (and meaningless) unless status is kOk
  MotionStatus status = MotionStatus::kDiverged;
  float confidence = 0;  ///< 0 (no trust) to 1
  RowBend bend{};        ///< where rows of the current frame went beyond that, source px; none by estimators that do not measure it
  bool operator==(const PairMotion&) const = default;
};

/// Motion between two frames farther apart, measured at once: what a chain of pair motions leaves as drift shows against it.
struct AnchorMotion {
  int from = 0, to = 0;  ///< frames of one shot, from < to
  Mat3 to_from_from;     ///< as PairMotion::cur_from_prev
  float confidence = 0;
  bool operator==(const AnchorMotion&) const = default;
};

/// All pair motions of one clip by one estimator. `pairs[i]` is from frame i to frame i+1; `pts` has one entry per
/// frame in `time_base`, so `pairs.size() + 1 == pts.size()` unless the clip is empty.
struct MotionTrack {
  std::string estimator;  ///< registry id
  Size size;              ///< of the upright picture in source pixels
  Rational time_base;
  std::vector<std::int64_t> pts;
  std::vector<PairMotion> pairs;
  std::vector<AnchorMotion> anchors;  ///< in the order of `to`
  [[nodiscard]] int frame_count() const { return static_cast<int>(pts.size()); }
  bool operator==(const MotionTrack&) const = default;
};

/// How far two estimators' answers lie apart, one entry per frame: the mean distance in px between where the two motions that lead to the frame send
/// the picture's corners, as if the picture had 1080 lines, so that clips of different sizes compare. NaN where not both have a motion, and for the first
/// frame. As long as the shorter track; the tracks must be of the same clip. About 60 ns a frame.
[[nodiscard]] std::vector<float> disagreement_px(const MotionTrack& a, const MotionTrack& b);

}  // namespace keel
