// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/path/path_smoother.h"

namespace keel {

/// Camera lock. A shot whose window can stand still inside all of its frames gets one constant path, the middle of where the camera pointed: shake, sway and slow
/// drift are gone alike. A shot that cannot carry that gets the path inside the limits that moves least, |D| + window |D2| + window^2 |D3| of shift and rotation: it rests as
/// long as the limits allow, and moves slowly and evenly where they do not. Zoom and the small channels are locked where that fits and smoothed
/// by `kalman-rts` where it does not. Motion of constant speed is not left alone, by intent. What the measured motion itself has drifted cannot be seen
/// here and remains. O(frames); a lock takes no solver, the rest some 30 rounds of an interior point, twice.
class TripodSmoother final : public PathSmoother {
 public:
  explicit TripodSmoother(double window_s) : window_s_(window_s) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<PathSmoother>> make(const OptionValues& values);

  [[nodiscard]] Result<CameraPath> smooth(const CameraPath& measured, const PathLimits& limits, std::stop_token stop) const override;

 private:
  double window_s_;
};

}  // namespace keel
