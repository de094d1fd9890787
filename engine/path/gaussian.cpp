// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/gaussian.h"

#include <algorithm>
#include <cmath>

#include "engine/backend/thread_pool.h"
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

/// Writes the smooth path of all shots at one window width.
void smooth_all(const CameraPath& raw, double sigma_s, std::vector<PathPoint>& out) {
  out.resize(raw.points.size());
  for (const auto& shot : raw.shots) {
    const double step = uniform_step(raw, shot);
    const UniformWindow window(step > 0 ? step : 1, step > 0 ? sigma_s : 0.1);
    ThreadPool::shared().parallel_for(shot.begin, shot.end, 256, [&](int begin, int end) {
      for (int t = begin; t < end; ++t)
        out[static_cast<std::size_t>(t)] = step > 0 ? local_line_uniform(raw, shot, t, window, step) : local_line(raw, shot, t, sigma_s);
    });
  }
}

/// Narrowing of the window where limits bind: a level per frame, in half octaves of sigma.
class WindowNarrowing {
 public:
  WindowNarrowing(const CameraPath& raw, const PathLimits& limits, double sigma_s) : raw_(raw), limits_(limits), sigma_s_(sigma_s) {}

  Result<std::vector<PathPoint>> run(std::stop_token stop) {
    std::vector<PathPoint> path = level(0);
    std::vector<double> needed(path.size(), 0);
    for (int round = 0; round < kRounds; ++round) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Smoothing was cancelled."};
      if (!raise_levels(path, needed)) break;
      path = blend(envelope(needed));
    }
    return path;
  }

 private:
  static constexpr int kLevels = 9, kRounds = 4;

  [[nodiscard]] const std::vector<PathPoint>& level(int k) {
    auto& path = levels_[static_cast<std::size_t>(k)];
    if (!path.empty() || raw_.points.empty()) return path;
    if (k == kLevels - 1) path = raw_.points;
    else smooth_all(raw_, sigma_s_ * std::exp2(-0.5 * k), path);
    return path;
  }

  [[nodiscard]] bool allowed(const PathPoint& smooth, int t) const {
    PathPoint correction;
    for (std::size_t c = 0; c < kPathChannels; ++c) correction[c] = smooth[c] - raw_.points[static_cast<std::size_t>(t)][c];
    return limits_.allows(correction);
  }

  /// Where `path` leaves the limits, finds the widest window that does not, at least half a level narrower than now. False when nothing had to change.
  bool raise_levels(const std::vector<PathPoint>& path, std::vector<double>& needed) {
    bool changed = false;
    for (int t = 0; t < raw_.frame_count(); ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (allowed(path[at], t)) continue;
      double k = std::floor(needed[at] + 1);
      while (k < kLevels - 1 && !allowed(level(static_cast<int>(k))[at], t)) ++k;
      needed[at] = std::min<double>(k, kLevels - 1);
      changed = true;
    }
    return changed;
  }

  /// Smooth curve that is nowhere below `needed`: running maximum, then a mean over the same reach, within each shot.
  [[nodiscard]] std::vector<double> envelope(const std::vector<double>& needed) const {
    std::vector<double> high(needed.size()), out(needed.size());
    for (const auto& shot : raw_.shots) {
      const double step = shot.end - shot.begin > 1 ? (raw_.time_s[static_cast<std::size_t>(shot.end) - 1] - raw_.time_s[static_cast<std::size_t>(shot.begin)]) / (shot.end - shot.begin - 1) : 1;
      const int reach = std::clamp(static_cast<int>(std::lround(sigma_s_ / std::max(step, 1e-3))), 1, 120);
      for (int t = shot.begin; t < shot.end; ++t) {
        double top = 0;
        for (int i = std::max(shot.begin, t - reach); i <= std::min(shot.end - 1, t + reach); ++i) top = std::max(top, needed[static_cast<std::size_t>(i)]);
        high[static_cast<std::size_t>(t)] = top;
      }
      for (int t = shot.begin; t < shot.end; ++t) {
        double sum = 0, total = 0;
        for (int i = std::max(shot.begin, t - reach); i <= std::min(shot.end - 1, t + reach); ++i) {
          const double w = 1 + std::cos(3.14159265358979 * (i - t) / (reach + 1));
          sum += w * high[static_cast<std::size_t>(i)];
          total += w;
        }
        out[static_cast<std::size_t>(t)] = sum / total;
      }
    }
    return out;
  }

  [[nodiscard]] std::vector<PathPoint> blend(const std::vector<double>& at_level) {
    std::vector<PathPoint> out(at_level.size());
    for (std::size_t t = 0; t < out.size(); ++t) {
      const int low = std::clamp(static_cast<int>(at_level[t]), 0, kLevels - 2);
      const double f = std::clamp(at_level[t] - low, 0.0, 1.0);
      const PathPoint a = level(low)[t], b = f > 0 ? level(low + 1)[t] : a;
      for (std::size_t c = 0; c < kPathChannels; ++c) out[t][c] = (1 - f) * a[c] + f * b[c];
    }
    return out;
  }

  const CameraPath& raw_;
  const CropTest limits_;
  const double sigma_s_;
  std::array<std::vector<PathPoint>, kLevels> levels_;
};

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
  KEEL_ASSIGN(out.points, WindowNarrowing(raw, limits, sigma_s_).run(stop));
  return out;
}

}  // namespace keel
