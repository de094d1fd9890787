// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/gaussian.h"

#include <algorithm>
#include <cmath>

#include "engine/backend/thread_pool.h"
#include "engine/path/narrowing.h"
#include "engine/path/smoothing_window.h"

namespace keel {
namespace {

/// Windows end where a Gaussian has fallen to 1 %.
constexpr double kReachSigmas = 3.0;

/// Fits a line to each channel around frame `t` with Gaussian weights of `sigma_s` and returns its value there.
PathPoint local_line(const CameraPath& path, const CameraPath::Shot& shot, int t, double sigma_s) {
  const double now = path.time_s[static_cast<std::size_t>(t)], reach = kReachSigmas * sigma_s, k = -0.5 / (sigma_s * sigma_s);
  double s0 = 0, s1 = 0, s2 = 0;
  PathPoint t0{}, t1{};
  const PathPoint& here = path.points[static_cast<std::size_t>(t)];
  const auto take = [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    const double dt = path.time_s[at] - now;
    if (std::abs(dt) > reach) return false;
    const double w = path.weight[at] * std::exp(k * dt * dt);
    s0 += w;
    s1 += w * dt;
    s2 += w * dt * dt;
    for (std::size_t c = 0; c < kPathChannels; ++c) {
      const double v = w * (path.points[at][c] - here[c]);
      t0[c] += v;
      t1[c] += dt * v;
    }
    return true;
  };
  for (int i = t; i < shot.end && take(i); ++i) {
  }
  for (int i = t - 1; i >= shot.begin && take(i); --i) {
  }
  const double det = s0 * s2 - s1 * s1;
  PathPoint out = here;
  if (s0 <= 0) return out;
  // Fewer than two distinct times: no slope can be told, the mean is the answer.
  const bool line = det > 1e-9 * s0 * s2;
  for (std::size_t c = 0; c < kPathChannels; ++c) out[c] += line ? (s2 * t0[c] - s1 * t1[c]) / det : t0[c] / s0;
  return out;
}

/// Frames at one steady rate share their window weights.
struct UniformWindow {
  int radius = 0;
  std::vector<double> weight, moment;  // w and w * dt for offsets -radius..radius

  UniformWindow(double step_s, double sigma_s) : radius(static_cast<int>(kReachSigmas * sigma_s / step_s)) {
    for (int i = -radius; i <= radius; ++i) {
      const double dt = i * step_s;
      weight.push_back(std::exp(-0.5 * dt * dt / (sigma_s * sigma_s)));
      moment.push_back(weight.back() * dt);
    }
  }
};

/// The same fit with table weights; the inner loop runs over plain arrays of eight channels.
PathPoint local_line_uniform(const CameraPath& path, const CameraPath::Shot& shot, int t, const UniformWindow& window, double step_s) {
  const int first = std::max(shot.begin, t - window.radius), last = std::min(shot.end - 1, t + window.radius);
  const double* weight = window.weight.data() + window.radius - t;
  const double* moment = window.moment.data() + window.radius - t;
  double s0 = 0, s1 = 0, s2 = 0;
  PathPoint t0{}, t1{};
  for (int i = first; i <= last; ++i) {
    const double w = path.weight[static_cast<std::size_t>(i)] * weight[i], m = path.weight[static_cast<std::size_t>(i)] * moment[i];
    s0 += w;
    s1 += m;
    s2 += m * ((i - t) * step_s);
    const PathPoint& p = path.points[static_cast<std::size_t>(i)];
    for (std::size_t c = 0; c < kPathChannels; ++c) {
      t0[c] += w * p[c];
      t1[c] += m * p[c];
    }
  }
  const double det = s0 * s2 - s1 * s1;
  PathPoint out = path.points[static_cast<std::size_t>(t)];
  if (s0 <= 0) return out;
  const bool line = det > 1e-9 * s0 * s2;
  for (std::size_t c = 0; c < kPathChannels; ++c) out[c] = line ? (s2 * t0[c] - s1 * t1[c]) / det : t0[c] / s0;
  return out;
}

/// Mean frame duration when the shot's times are evenly spaced to 2 %, else 0.
double uniform_step(const CameraPath& path, const CameraPath::Shot& shot) {
  const int n = shot.end - shot.begin;
  if (n < 2) return 0;
  const double begin = path.time_s[static_cast<std::size_t>(shot.begin)], step = (path.time_s[static_cast<std::size_t>(shot.end) - 1] - begin) / (n - 1);
  if (step <= 0) return 0;
  for (int i = 0; i < n; ++i)
    if (std::abs(path.time_s[static_cast<std::size_t>(shot.begin + i)] - begin - i * step) > 0.02 * step) return 0;
  return step;
}

/// The smooth path of all shots at one window width.
std::vector<PathPoint> smooth_all(const CameraPath& raw, double sigma_s) {
  std::vector<PathPoint> out(raw.points.size());
  for (const auto& shot : raw.shots) {
    const double step = uniform_step(raw, shot);
    const UniformWindow window(step > 0 ? step : 1, step > 0 ? sigma_s : 0.1);
    ThreadPool::shared().parallel_for(shot.begin, shot.end, 256, [&](int begin, int end) {
      for (int t = begin; t < end; ++t)
        out[static_cast<std::size_t>(t)] = step > 0 ? local_line_uniform(raw, shot, t, window, step) : local_line(raw, shot, t, sigma_s);
    });
  }
  return out;
}

}  // namespace

const AlgorithmInfo& GaussianSmoother::description() {
  static const AlgorithmInfo info{"gaussian",
                                  "Gaussian",
                                  "Local lines under a Gaussian window; pans keep their speed up to both ends",
                                  {smoothness_option("How long the window is: 0 is an eighth of a second, 1 two seconds")}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> GaussianSmoother::make(const OptionValues& values) {
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<GaussianSmoother>(smoothing_window_s(description(), values)));
}

Result<CameraPath> GaussianSmoother::smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const {
  CameraPath out = raw;
  const SmoothAtShare at_share = [&](double share) -> Result<std::vector<PathPoint>> { return smooth_all(raw, share * sigma_s_); };
  KEEL_ASSIGN(out.points, narrow_to_limits(raw, limits, sigma_s_, at_share, stop));
  return out;
}

}  // namespace keel
