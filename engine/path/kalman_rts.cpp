// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/kalman_rts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/math/banded_cholesky.h"
#include "engine/path/cancelled.h"
#include "engine/path/narrowing.h"
#include "engine/path/shot_clock.h"
#include "engine/path/smoothing_window.h"

namespace keel {
namespace {

/// The length L of 1 / (1 + (L w)^4), this smoother's response, that halves the same frequency as a Gaussian of sigma 1: 1 / sqrt(2 ln 2).
constexpr double kLengthPerSigma = 0.849;
/// In frames: beyond it what nobody measured for a second would be lost in the rounding of the rest. Reached by full smoothness above 290 frames a second.
constexpr double kLongest = 500;

/// The filter and the smoother in their information form: one symmetric band system over all states (position and speed of each frame), where forward elimination
/// is the filter, back substitution the smoother, and the absence of a prior the diffuse start. Unknown are the corrections of the measured positions and of
/// the speeds measured between neighbours, which are small: solving for the positions themselves would lose digits on long pans.
class StateSystem {
 public:
  StateSystem(const CameraPath& raw, const CameraPath::Shot& shot, double window_s)
      : raw_(raw), shot_(shot), frames_(shot.end - shot.begin), clock_(raw, shot), length_(std::clamp(kLengthPerSigma * window_s / clock_.step_s, 0.5, kLongest)),
        system_(2 * frames_, 3), state_(static_cast<std::size_t>(2 * frames_) * kPathChannels, 0.0) {
    add_measurements();
    PathPoint before{}, speed = secant(0), after{};
    for (int t = 0; t + 1 < frames_; ++t) {
      after = t + 2 < frames_ ? secant(t + 1) : speed;
      add_transition(t, t > 0 ? before : speed, speed, after);
      before = speed;
      speed = after;
    }
  }

  void solve(std::span<PathPoint> out) {
    // Positive definite: every frame has a weight and there are at least two frames.
    KEEL_CHECK(system_.factorize());
    system_.solve<kPathChannels>(state_);
    for (int t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) out[static_cast<std::size_t>(t)][c] = raw_.points[global(t)][c] + state_[row(2 * t) + c];
  }

 private:
  [[nodiscard]] std::size_t global(int t) const { return static_cast<std::size_t>(shot_.begin + t); }
  [[nodiscard]] static std::size_t row(int i) { return static_cast<std::size_t>(i) * kPathChannels; }
  /// Speed of the raw path between a frame and the next.
  [[nodiscard]] PathPoint secant(int t) const {
    const double rate = 1 / step(t);
    const PathPoint &a = raw_.points[global(t)], &b = raw_.points[global(t + 1)];
    PathPoint out;
    for (std::size_t c = 0; c < kPathChannels; ++c) out[c] = rate * (b[c] - a[c]);
    return out;
  }
  [[nodiscard]] double step(int t) const { return clock_.at[static_cast<std::size_t>(t) + 1] - clock_.at[static_cast<std::size_t>(t)]; }

  /// The standard deviation of a measurement is inverse to its trust. Relative to the shot's mean: what all frames share says nothing about any of them.
  void add_measurements() {
    double mean = 0;
    for (int t = 0; t < frames_; ++t) mean += raw_.weight[global(t)] * raw_.weight[global(t)] / frames_;
    for (int t = 0; t < frames_; ++t) {
      const double w = std::max(1e-3, raw_.weight[global(t)]);
      system_.at(2 * t, 2 * t) += w * w / std::max(mean, 1e-6);
    }
  }

  /// Inverse of the transition's noise covariance, L^-4 [dt^3 / 3, dt^2 / 2; dt^2 / 2, dt], on the states of frames t and t + 1. Speeds are in units of 1 / L,
  /// which balances the matrix. The raw path's speed at a frame is the mean of the speeds on either side of it, so the corrections' forces come from how the
  /// speed `between` the two frames differs from those `before` and `after`.
  void add_transition(int t, const PathPoint& before, const PathPoint& between, const PathPoint& after) {
    const double r = length_ / step(t), pp = 12 * r * r * r * length_, pv = 6 * r * r * length_, vv = 2 * r * length_;
    const int p0 = 2 * t, v0 = p0 + 1, p1 = p0 + 2, v1 = p0 + 3;
    system_.at(p0, p0) += pp;
    system_.at(v0, p0) += pv;
    system_.at(v0, v0) += 2 * vv;
    system_.at(p1, p0) -= pp;
    system_.at(p1, v0) -= pv;
    system_.at(p1, p1) += pp;
    system_.at(v1, p0) += pv;
    system_.at(v1, v0) += vv;
    system_.at(v1, p1) -= pv;
    system_.at(v1, v1) += 2 * vv;
    double *position0 = state_.data() + row(p0), *speed0 = state_.data() + row(v0), *position1 = state_.data() + row(p1), *speed1 = state_.data() + row(v1);
    for (std::size_t c = 0; c < kPathChannels; ++c) {
      const double turn0 = 0.5 * length_ * (before[c] - between[c]), turn1 = 0.5 * length_ * (after[c] - between[c]);
      position0[c] -= pv * (turn0 + turn1);
      position1[c] += pv * (turn0 + turn1);
      speed0[c] -= vv * (2 * turn0 + turn1);
      speed1[c] -= vv * (turn0 + 2 * turn1);
    }
  }

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const int frames_;
  const ShotClock clock_;
  const double length_;  // in mean frame durations
  SymmetricBand system_;
  std::vector<double> state_;  // right-hand side, then solution: a row per state, a column per channel
};

}  // namespace

void smooth_constant_velocity(const CameraPath& raw, const CameraPath::Shot& shot, double window_s, std::span<PathPoint> out) {
  // Two points are a line already.
  if (shot.end - shot.begin < 3) std::copy(raw.points.begin() + shot.begin, raw.points.begin() + shot.end, out.begin());
  else StateSystem(raw, shot, window_s).solve(out);
}

const AlgorithmInfo& KalmanRtsSmoother::description() {
  static const AlgorithmInfo info{"kalman-rts",
                                  "Kalman",
                                  "A camera of nearly constant speed seen through noise; frames of little trust are bridged",
                                  {smoothness_option("How slowly the speed may change: 0 follows within an eighth of a second, 1 within two seconds")}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> KalmanRtsSmoother::make(const OptionValues& values) {
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<KalmanRtsSmoother>(smoothing_window_s(description(), values)));
}

Result<CameraPath> KalmanRtsSmoother::smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const {
  const SmoothAtShare at_share = [&](double share) -> Result<std::vector<PathPoint>> {
    std::vector<PathPoint> points(raw.points.size());
    for (const auto& shot : raw.shots) {
      if (stop.stop_requested()) return smoothing_cancelled();
      smooth_constant_velocity(raw, shot, share * window_s_, {points.begin() + shot.begin, points.begin() + shot.end});
    }
    return points;
  };
  KEEL_ASSIGN(auto points, narrow_to_limits(raw, limits, window_s_, at_share, stop));
  return CameraPath{std::move(points), raw.time_s, raw.weight, raw.shots, raw.drift, raw.bends};
}

}  // namespace keel
