// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <vector>

#include "engine/path/camera_path.h"
#include "engine/path/l1_program.h"
#include "engine/path/shot_clock.h"
#include "engine/path/stay_inside.h"

namespace keel {

/// One shot, prepared for the smoothers that minimise absolute differences of the path plus each channel's pull towards the raw path,
///   sum of terms + pull * weight * |d|^2 / 2.
class L1Shot {
 public:
  /// `window_s`: shake is what a Kalman smoother of that window (standard deviation in s) would remove. Keeps a reference to `raw`.
  L1Shot(const CameraPath& raw, const CameraPath::Shot& shot, double window_s);

  [[nodiscard]] int frames() const { return frames_; }
  /// Its first frame on the path.
  [[nodiscard]] int begin() const { return shot_.begin; }
  /// In mean frame durations.
  [[nodiscard]] const std::vector<double>& times() const { return clock_.at; }
  [[nodiscard]] double window_frames() const { return window_s_ / clock_.step_s; }

  /// The corrections of the Kalman smoother, one point per frame of the shot.
  [[nodiscard]] const std::vector<PathPoint>& smooth_correction() const { return smooth_; }
  /// `strength` divided by each channel's shake, its mean distance from that smooth path. So the answer scales with the path (the terms cost in proportion to
  /// it, a plain square does not), and a channel without any shake is held fast: motion of constant speed stays as it is.
  [[nodiscard]] PathPoint pull_by_shake(double strength) const;

  /// The corrections (one point per frame of the shot) without limits: each channel alone, channels side by side on the pool. Channels from `channels` on get
  /// those of the Kalman smoother instead. Where `limits` are given and surely exceeded, the answer is only good enough to show that.
  [[nodiscard]] Result<std::vector<PathPoint>> solve(const std::vector<AbsoluteTerm>& terms, const PathPoint& pull, int channels, const PathLimits* limits, std::stop_token stop) const;
  /// What stay_inside asks of a smoother: the corrections of the limited channels inside limits. Keeps references to this and to `terms`.
  [[nodiscard]] SolveInside solve_inside(const std::vector<AbsoluteTerm>& terms, const PathPoint& pull, std::stop_token stop) const;

 private:
  struct Columns {
    std::vector<double> raw, stiffness;
  };
  [[nodiscard]] Columns columns(int first, int count, const PathPoint& pull) const;

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const int frames_;
  const double window_s_;
  const ShotClock clock_;
  std::vector<PathPoint> smooth_;
  PathPoint shake_{};
};

}  // namespace keel
