// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include "engine/path/path_smoother.h"

namespace keel {

/// A camera of nearly constant speed, seen through noise: Kalman filter and Rauch-Tung-Striebel smoother (AIAA Journal 1965) of the model "speed changes by
/// white noise" on every channel. A frame's measurement noise grows as its trust falls, so that a frame of little trust is bridged and its neighbours
/// decide; the process noise comes from the smoothness. Uses the frames' times. The start is diffuse (nothing is known before the first frame),
/// so motion of constant speed comes out unchanged up to both ends. Where a limit would be left, the window narrows (see narrow_to_limits). O(frames).
class KalmanRtsSmoother final : public PathSmoother {
 public:
  explicit KalmanRtsSmoother(double window_s) : window_s_(window_s) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<PathSmoother>> make(const OptionValues& values);

  [[nodiscard]] Result<CameraPath> smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const override;

 private:
  double window_s_;
};

/// The smoother without limits, for one shot: `out` has a point per frame of it. `window_s` is the Gaussian window (standard deviation, seconds) that halves
/// the same frequency.
void smooth_constant_velocity(const CameraPath& raw, const CameraPath::Shot& shot, double window_s, std::span<PathPoint> out);

}  // namespace keel
