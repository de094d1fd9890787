// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l1_shot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/path/difference_form.h"
#include "engine/path/kalman_rts.h"

namespace keel {
namespace {

/// A millionth of a pixel: what is less is no shake but rounding.
constexpr double kLeastShake = 1e-9;
/// Duality gaps. Where limits are linearised is known well enough at the rough one: some pixels, so that the slopes are off by their share of the picture.
constexpr double kExact = 1e-9, kRough = 1e-2;

}  // namespace

L1Shot::L1Shot(const CameraPath& raw, const CameraPath::Shot& shot, double window_s)
    : raw_(raw), shot_(shot), frames_(shot.end - shot.begin), window_s_(window_s), clock_(raw, shot) {
  smooth_.resize(static_cast<std::size_t>(frames_));
  smooth_constant_velocity(raw, shot, window_s, smooth_);
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

Result<std::vector<PathPoint>> L1Shot::solve(const std::vector<AbsoluteTerm>& terms, const PathPoint& pull, int channels, const PathLimits* limits, std::stop_token stop) const {
  struct Channel {
    Columns column;
    std::vector<double> x;
    std::optional<L1Solver> solver;  // none for a channel that does not shake
    Result<void> result;
  };
  std::vector<Channel> solving(static_cast<std::size_t>(channels));
  std::vector<PathPoint> correction = smooth_;
  const auto run = [&](double gap) -> Result<void> {
    ThreadPool::shared().parallel_for(0, channels, 1, [&](int begin, int end) {
      for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); ++c) {
        Channel& channel = solving[c];
        if (channel.x.empty()) {
          channel.column = columns(static_cast<int>(c), 1, pull);
          channel.x.resize(correction.size());
          if (shake_[c] >= kLeastShake) channel.solver.emplace(L1Program{channel.column.raw, channel.column.stiffness, terms}, channel.x);
        }
        if (channel.solver) channel.result = channel.solver->run(gap, stop);
        for (std::size_t t = 0; t < correction.size(); ++t) correction[t][c] = channel.x[t];
      }
    });
    for (const Channel& channel : solving) KEEL_TRY(channel.result);
    return {};
  };
  if (limits != nullptr) {
    KEEL_TRY(run(kRough));
    const CropTest test(*limits);
    if (!std::all_of(correction.begin(), correction.end(), [&](const PathPoint& d) { return test.allows(d); })) return correction;
  }
  KEEL_TRY(run(kExact));
  return correction;
}

SolveInside L1Shot::solve_inside(const std::vector<AbsoluteTerm>& terms, const PathPoint& pull, std::stop_token stop) const {
  struct State {
    Columns column;
    std::optional<L1Solver> solver;
  };
  const auto state = std::make_shared<State>(columns(0, kLimitedChannels, pull));
  const auto limited = [state, &terms, stop](const std::vector<CropLimits>& rows, std::vector<double>& x, bool last) {
    if (!state->solver) state->solver.emplace(L1Program{state->column.raw, state->column.stiffness, terms, &rows}, x);
    return state->solver->run(last ? kExact : kRough, stop);
  };
  return {limited, [this] { return DifferenceForm(raw_, shot_, std::min(window_s_, kLongestZoom_s)).band(); }, stop};
}

}  // namespace keel
