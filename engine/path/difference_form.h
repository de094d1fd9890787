// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/math/banded_cholesky.h"
#include "engine/path/camera_path.h"

namespace keel {

/// What squares of the second and third differences of a path cost beside squares of its correction.
struct DifferenceWeights {
  double second = 0, third = 0;
};

/// The weights that pass half of a sway whose angular frequency is 1 / `length_s`, in frames of that shot.
[[nodiscard]] DifferenceWeights difference_weights(const CameraPath& raw, const CameraPath::Shot& shot, double length_s);

/// For the channels that follow the zoom. Whatever zoom is smoothed away comes off the room for shift and rotation, in every frame of the shot (see stay_inside): beyond
/// this length the slow changes of zoom that would still go cost more steadiness than they bring, and people mean them.
inline constexpr double kLongestZoom_s = 0.35;

/// The quadratic form of a shot's corrections, the same for all channels: their squares, weighted by the trust in each frame, and those of their differences. Positive definite.
[[nodiscard]] SymmetricBand difference_form(const CameraPath& raw, const CameraPath::Shot& shot, const DifferenceWeights& weights);

}  // namespace keel
