// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/gaussian.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/path/narrowing.h"
#include "engine/path/smoothing_window.h"

namespace keel {
namespace {

constexpr const char *kSeconds = "window_s", *kFrames = "window_frames";

/// Windows end where a Gaussian has fallen to 1 %.
constexpr double kReachSigmas = 3.0;
/// Of the times in a window, squared and relative: less is one time.
constexpr double kLeastSpread = 1e-9;

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
  const bool line = det > kLeastSpread * s0 * s2;
  for (std::size_t c = 0; c < kPathChannels; ++c) out[c] += line ? (s2 * t0[c] - s1 * t1[c]) / det : t0[c] / s0;
  return out;
}

/// Frames at one steady rate share their window weights: those of dt >= 0, alike on either side.
struct UniformWindow {
  int radius = 0;
  std::vector<double> weight, moment, square;  // w, w * dt, w * dt^2

  UniformWindow(double step_s, double sigma_s) : radius(static_cast<int>(kReachSigmas * sigma_s / step_s)) {
    for (int i = 0; i <= radius; ++i) {
      const double dt = i * step_s;
      weight.push_back(std::exp(-0.5 * dt * dt / (sigma_s * sigma_s)));
      moment.push_back(weight.back() * dt);
      square.push_back(moment.back() * dt);
    }
  }
};

/// A shot's channels times trust, and the trust itself as one more; plain rows of doubles, as long as two-lane registers like them.
class WeightedRows {
 public:
  static constexpr int kRow = kPathChannels + 2;

  WeightedRows(const CameraPath& path, const CameraPath::Shot& shot) : frames_(shot.end - shot.begin), values_(static_cast<std::size_t>(frames_) * kRow) {
    for (int t = 0; t < frames_; ++t) {
      const auto at = static_cast<std::size_t>(shot.begin + t);
      double* row = values_.data() + static_cast<std::ptrdiff_t>(t) * kRow;
      for (std::size_t c = 0; c < kPathChannels; ++c) row[c] = path.weight[at] * path.points[at][c];
      row[kPathChannels] = path.weight[at];
    }
  }

  /// The line's value at frame `t` of the shot; `here` where nothing is trusted.
  [[nodiscard]] PathPoint local_line(int t, const UniformWindow& window, const PathPoint& here) const {
    double zeroth[kRow], first[kRow] = {};
    const double* centre = row(t);
    for (int c = 0; c < kRow; ++c) zeroth[c] = window.weight[0] * centre[c];
    double s2 = 0;
    const int both = std::min({window.radius, t, frames_ - 1 - t});
    for (int k = 1; k <= both; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const double *after = row(t + k), *before = row(t - k), w = window.weight[i], m = window.moment[i];
      for (int c = 0; c < kRow; ++c) {
        zeroth[c] += w * (after[c] + before[c]);
        first[c] += m * (after[c] - before[c]);
      }
      s2 += window.square[i] * (after[kPathChannels] + before[kPathChannels]);
    }
    // Near an end of the shot the window's one side is longer.
    const int sign = t + both + 1 < frames_ ? 1 : -1, longest = std::min(window.radius, std::max(t, frames_ - 1 - t));
    for (int k = both + 1; k <= longest; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const double *other = row(t + sign * k), w = window.weight[i], m = sign * window.moment[i];
      for (int c = 0; c < kRow; ++c) {
        zeroth[c] += w * other[c];
        first[c] += m * other[c];
      }
      s2 += window.square[i] * other[kPathChannels];
    }
    const double s0 = zeroth[kPathChannels], s1 = first[kPathChannels], det = s0 * s2 - s1 * s1;
    if (s0 <= 0) return here;
    // Fewer than two distinct times: no slope can be told, the mean is the answer.
    const bool line = det > kLeastSpread * s0 * s2;
    PathPoint out;
    for (std::size_t c = 0; c < kPathChannels; ++c) out[c] = line ? (s2 * zeroth[c] - s1 * first[c]) / det : zeroth[c] / s0;
    return out;
  }

 private:
  [[nodiscard]] const double* row(int t) const { return values_.data() + static_cast<std::ptrdiff_t>(t) * kRow; }

  const int frames_;
  std::vector<double> values_;
};

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
    const auto each = [&](const auto& line_at) {
      ThreadPool::shared().parallel_for(shot.begin, shot.end, 256, [&](int begin, int end) {
        for (int t = begin; t < end; ++t) out[static_cast<std::size_t>(t)] = line_at(t);
      });
    };
    if (const double step = uniform_step(raw, shot); step > 0) {
      const UniformWindow window(step, sigma_s);
      const WeightedRows rows(raw, shot);
      each([&](int t) { return rows.local_line(t - shot.begin, window, raw.points[static_cast<std::size_t>(t)]); });
    } else {
      each([&](int t) { return local_line(raw, shot, t, sigma_s); });
    }
  }
  return out;
}

}  // namespace

const AlgorithmInfo& GaussianSmoother::description() {
  static const AlgorithmInfo info{"gaussian",
                                  "Gaussian",
                                  "Local lines under a Gaussian window; pans keep their speed up to both ends",
                                  {smoothness_option("How long the window is: 0 is an eighth of a second, 1 two seconds"),
                                   {kSeconds, "Window", "s", "Standard deviation of the window in seconds; 0 follows the smoothness", 0, 10, 0},
                                   {kFrames, "Window in frames", "frames", "The same counted in frames, whatever their times are; 0 counts seconds", 0, 300, 0}}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> GaussianSmoother::make(const OptionValues& values) {
  const double seconds = option_or_default(description(), values, kSeconds), frames = option_or_default(description(), values, kFrames);
  if (seconds > 0 && frames > 0)
    return Error{ErrorCode::kInvalidArgument, fmt::format("Gaussian: {} and {} both say how long the window is; set only one of them.", kSeconds, kFrames)};
  if (frames > 0) return Result<std::unique_ptr<PathSmoother>>(std::make_unique<GaussianSmoother>(frames, Unit::kFrames));
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<GaussianSmoother>(seconds > 0 ? seconds : smoothing_window_s(description(), values)));
}

Result<CameraPath> GaussianSmoother::smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const {
  CameraPath counted;
  // A clock that ticks once a frame.
  if (unit_ == Unit::kFrames) {
    counted = raw;
    std::iota(counted.time_s.begin(), counted.time_s.end(), 0.0);
  }
  const CameraPath& timed = unit_ == Unit::kFrames ? counted : raw;
  const SmoothAtShare at_share = [&](double share) -> Result<std::vector<PathPoint>> { return smooth_all(timed, share * sigma_); };
  KEEL_ASSIGN(auto points, narrow_to_limits(timed, limits, sigma_, at_share, stop));
  return CameraPath{std::move(points), raw.time_s, raw.weight, raw.shots, raw.drift, raw.bends};
}

}  // namespace keel
