// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_shot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/backend/thread_pool.h"
#include "engine/path/kalman_rts.h"

namespace keel {
namespace {

/// A millionth of a pixel: what is less is no shake but rounding.
constexpr double kLeastShake = 1e-9;

}  // namespace

L1Shot::L1Shot(const CameraPath& raw, const CameraPath::Shot& shot, double window_s)
    : raw_(raw), shot_(shot), frames_(shot.end - shot.begin), window_s_(window_s), clock_(raw, shot) {
  std::vector<PathPoint> smooth(raw.points.size());
  smooth_constant_velocity(raw, shot, window_s, smooth);
  smooth_.assign(smooth.begin() + shot.begin, smooth.begin() + shot.end);
  for (std::size_t t = 0; t < smooth_.size(); ++t)
    for (std::size_t c = 0; c < kPathChannels; ++c) {
      smooth_[t][c] -= raw.points[static_cast<std::size_t>(shot.begin) + t][c];
      shake_[c] += std::abs(smooth_[t][c]) / frames_;
    }
}

PathPoint L1Shot::pull_by_shake(double strength) const {
  PathPoint pull;
  for (std::size_t c = 0; c < kPathChannels; ++c) pull[c] = strength / std::max(shake_[c], kLeastShake);
  return pull;
}

L1Shot::Columns L1Shot::columns(int first, int count, const PathPoint& pull) const {
  Columns out;
  double mean_weight = 0;
  for (int t = 0; t < frames_; ++t) mean_weight += std::max(1e-3, raw_.weight[static_cast<std::size_t>(shot_.begin + t)]) / frames_;
  for (int t = 0; t < frames_; ++t) {
    const auto at = static_cast<std::size_t>(shot_.begin + t);
    const double weight = std::max(1e-3, raw_.weight[at]) / mean_weight;
    for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(first + count); ++c) {
      // From the shot's first frame: long pans would cost digits.
      out.raw.push_back(raw_.points[at][c] - raw_.points[static_cast<std::size_t>(shot_.begin)][c]);
      out.stiffness.push_back(pull[c] * weight);
    }
  }
  return out;
}

Result<std::vector<PathPoint>> L1Shot::solve(const std::vector<AbsoluteTerm>& terms, const PathPoint& pull, int channels, std::stop_token stop) const {
  std::vector<PathPoint> correction = smooth_;
  std::array<Result<void>, kPathChannels> results;
  ThreadPool::shared().parallel_for(0, channels, 1, [&](int begin, int end) {
    for (int c = begin; c < end; ++c) {
      const auto channel = static_cast<std::size_t>(c);
      const Columns column = columns(c, 1, pull);
      std::vector<double> x(column.raw.size(), 0.0);
      if (shake_[channel] >= kLeastShake) results[channel] = solve_l1_program({column.raw, column.stiffness, terms}, x, stop);
      for (std::size_t t = 0; t < x.size(); ++t) correction[t][channel] = x[t];
    }
  });
  for (const auto& result : results) KEEL_TRY(result);
  return correction;
}

Result<void> L1Shot::solve_inside(const std::vector<AbsoluteTerm>& terms, const PathPoint& pull, const std::vector<CropLimits>& limits, bool exact,
                                  std::span<double> x, std::stop_token stop) const {
  const Columns column = columns(0, kLimitedChannels, pull);
  constexpr double kExact = 1e-9, kRough = 1e-4;
  return solve_l1_program({column.raw, column.stiffness, terms, &limits, exact ? kExact : kRough}, x, std::move(stop));
}

}  // namespace keel
