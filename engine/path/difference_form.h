// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <span>
#include <vector>

#include "engine/math/banded_cholesky.h"
#include "engine/path/camera_path.h"

namespace keel {

/// For the channels that follow the zoom. Whatever zoom is smoothed away comes off the room for shift and rotation, in every frame of the shot (see stay_inside): beyond
/// this length the slow changes of zoom that would still go cost more steadiness than they bring, and people mean them.
inline constexpr double kLongestZoom_s = 0.35;

/// What a shot's corrections cost, the same for all channels: their squares, weighted by the trust in each frame, and those of the smooth path's second and third differences, so
/// that half of a sway whose angular frequency is 1 / `length_s` passes. Differences are divided by the frames' times where these are uneven, so that a camera of
/// constant speed costs nothing whatever frames are missing. Times that are even but for a container's rounding, or but for frames whose neighbours make up for them, count as even.
class DifferenceForm {
 public:
  /// A shot of at least three frames. Keeps a reference to `raw`.
  DifferenceForm(const CameraPath& raw, const CameraPath::Shot& shot, double length_s);

  /// The quadratic form. Positive definite.
  [[nodiscard]] SymmetricBand band() const;
  /// Minus the cost's gradient at no correction, a point per frame of the shot.
  void pull_to_smooth(std::span<PathPoint> pull) const;

 private:
  struct Weights {
    double second = 0, third = 0;
  };
  void divide_by(const std::vector<double>& steps);
  void pull_evenly(std::span<PathPoint> pull) const;
  [[nodiscard]] double stiffest() const;
  [[nodiscard]] const PathPoint& raw_at(int t) const { return raw_.points[static_cast<std::size_t>(shot_.begin + t)]; }

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const int frames_;
  Weights weight_;
  // Of uneven times, else empty: by first frame, the factors of the frames that a difference is made of, times the root of the time that it stands for.
  std::vector<std::array<double, 3>> second_;
  std::vector<std::array<double, 4>> third_;
};

}  // namespace keel
