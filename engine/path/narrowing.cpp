// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/narrowing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/path/cancelled.h"

namespace keel {
namespace {

/// A level per frame, in half octaves of the window.
class Narrowing {
 public:
  Narrowing(const CameraPath& raw, const PathLimits& limits, double window_s, const SmoothAtShare& smooth)
      : raw_(raw), limits_(limits), window_s_(window_s), smooth_(smooth) {}

  Result<std::vector<PathPoint>> run(std::stop_token stop) {
    KEEL_TRY(prepare(0));
    std::vector<double> needed(levels_[0].size(), 0);
    std::vector<PathPoint> path;  // the blend; there is none while the widest window will do
    for (int round = 0; round < kRounds; ++round) {
      if (stop.stop_requested()) return smoothing_cancelled();
      KEEL_ASSIGN(const bool changed, raise_levels(round == 0 ? levels_[0] : path, needed));
      if (!changed) break;
      KEEL_ASSIGN(path, blend(envelope(needed)));
    }
    return path.empty() ? std::move(levels_[0]) : std::move(path);
  }

 private:
  static constexpr int kLevels = 9, kRounds = 4;
  /// Share of the widest window over which changes of the window are rounded off.
  static constexpr double kRounded = 0.1;

  /// Fills levels_[k]; the last level is the raw path itself.
  Result<void> prepare(int k) {
    auto& path = levels_[static_cast<std::size_t>(k)];
    if (!path.empty() || raw_.points.empty()) return {};
    if (k == kLevels - 1) {
      path = raw_.points;
      return {};
    }
    KEEL_ASSIGN(path, smooth_(std::exp2(-0.5 * k)));
    return {};
  }

  [[nodiscard]] bool allowed(const PathPoint& smooth, std::size_t t) const {
    PathPoint correction;
    for (std::size_t c = 0; c < kPathChannels; ++c) correction[c] = smooth[c] - raw_.points[t][c];
    return limits_.allows(correction);
  }

  /// Where `path` leaves the limits, finds the widest window that does not, at least half a level narrower than now. False when nothing had to change.
  Result<bool> raise_levels(const std::vector<PathPoint>& path, std::vector<double>& needed) {
    bool changed = false;
    for (std::size_t t = 0; t < path.size(); ++t) {
      if (allowed(path[t], t)) continue;
      int k = std::min(static_cast<int>(needed[t]) + 1, kLevels - 1);
      for (; k < kLevels - 1; ++k) {
        KEEL_TRY(prepare(k));
        if (allowed(levels_[static_cast<std::size_t>(k)][t], t)) break;
      }
      needed[t] = k;
      changed = true;
    }
    return changed;
  }

  /// Smooth curve that is nowhere below `needed`, within each shot. Away from a frame the window widens again by as much as the distance to it: a wider one would
  /// still feel that frame, and one frame at the raw path must not cost the whole clip its smoothing.
  [[nodiscard]] std::vector<double> envelope(const std::vector<double>& needed) const {
    std::vector<double> out(needed.size());
    for (const auto& shot : raw_.shots) {
      const int frames = shot.end - shot.begin;
      const double step_s = frames > 1 ? (raw_.time_s[static_cast<std::size_t>(shot.end) - 1] - raw_.time_s[static_cast<std::size_t>(shot.begin)]) / (frames - 1) : 1;
      const double widening = std::max(step_s, 1e-3) / window_s_;  // a frame, in shares of the widest window
      std::vector<double> high(needed.begin() + shot.begin, needed.begin() + shot.end);
      const auto widen = [&](double from, double& to) { to = std::max(to, -2 * std::log2(std::min(1.0, std::exp2(-0.5 * from) + widening))); };
      for (std::size_t i = 1; i < high.size(); ++i) widen(high[i - 1], high[i]);
      for (std::size_t i = high.size(); i-- > 1;) widen(high[i], high[i - 1]);
      round_off(high, std::clamp(static_cast<int>(std::lround(kRounded / widening)), 1, 120), out.begin() + shot.begin);
    }
    return out;
  }

  /// Running maximum, then a mean over the same reach.
  static void round_off(const std::vector<double>& high, int reach, std::vector<double>::iterator out) {
    const int count = static_cast<int>(high.size());
    std::vector<double> top(high.size());
    for (int t = 0; t < count; ++t) top[static_cast<std::size_t>(t)] = *std::max_element(high.begin() + std::max(0, t - reach), high.begin() + std::min(count, t + reach + 1));
    for (int t = 0; t < count; ++t) {
      double sum = 0, total = 0;
      for (int i = std::max(0, t - reach); i < std::min(count, t + reach + 1); ++i) {
        const double w = 1 + std::cos(3.14159265358979 * (i - t) / (reach + 1));
        sum += w * top[static_cast<std::size_t>(i)];
        total += w;
      }
      *out++ = sum / total;
    }
  }

  Result<std::vector<PathPoint>> blend(const std::vector<double>& at_level) {
    std::vector<PathPoint> out(at_level.size());
    for (std::size_t t = 0; t < out.size(); ++t) {
      const int low = std::clamp(static_cast<int>(at_level[t]), 0, kLevels - 2);
      const double f = std::clamp(at_level[t] - low, 0.0, 1.0);
      KEEL_TRY(prepare(low));
      out[t] = levels_[static_cast<std::size_t>(low)][t];
      if (f <= 0) continue;
      KEEL_TRY(prepare(low + 1));
      const PathPoint& narrower = levels_[static_cast<std::size_t>(low) + 1][t];
      for (std::size_t c = 0; c < kPathChannels; ++c) out[t][c] = (1 - f) * out[t][c] + f * narrower[c];
    }
    return out;
  }

  const CameraPath& raw_;
  const CropTest limits_;
  const double window_s_;
  const SmoothAtShare& smooth_;
  std::array<std::vector<PathPoint>, kLevels> levels_;
};

}  // namespace

Result<std::vector<PathPoint>> narrow_to_limits(const CameraPath& raw, const PathLimits& limits, double window_s, const SmoothAtShare& smooth,
                                                std::stop_token stop) {
  return Narrowing(raw, limits, window_s, smooth).run(std::move(stop));
}

}  // namespace keel
