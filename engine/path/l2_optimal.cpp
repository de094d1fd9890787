// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l2_optimal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include "engine/path/cancelled.h"
#include "engine/path/limited_qp.h"
#include "engine/path/smoothing_window.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

constexpr int kDifferences = 3;  // highest order, and so the band's width
constexpr double kBinomial[kDifferences + 1][kDifferences + 1] = {{1, 0, 0, 0}, {-1, 1, 0, 0}, {1, -2, 1, 0}, {-1, 3, -3, 1}};

/// Whatever zoom is smoothed away comes off the room for shift and rotation, in every frame of the shot (see stay_inside): beyond this length the slow changes of
/// zoom that would still go cost more steadiness than they bring, and people mean them. So for the channels that follow the zoom.
constexpr double kLongestAlone_s = 0.35;
/// Between two frames at the limits the path of least third differences swings out with constant acceleration, so a long length weighs them no further. Without
/// limits this changes little: the second differences alone pass as low.
constexpr double kLongestThird_s = 0.35;

/// One shot's problem.
class ShotSolver {
 public:
  ShotSolver(const CameraPath& raw, const CameraPath::Shot& shot, double length_s)
      : raw_(raw), shot_(shot), length_s_(length_s), frames_(shot.end - shot.begin),
        weight_{std::pow(frames_of(length_s), 4), std::pow(frames_of(length_s), 4) * std::pow(frames_of(std::min(length_s, kLongestThird_s)), 2)} {}

  /// The corrections without limits, solved where the result goes: a slider waits for this.
  std::span<const PathPoint> run_without_limits(std::vector<PathPoint>& smooth) const {
    const std::span<PathPoint> correction = part_of(smooth);
    smooth_without_limits(correction);
    if (length_s_ > kLongestAlone_s) {
      std::vector<PathPoint> alone(correction.size());
      ShotSolver(raw_, shot_, kLongestAlone_s).smooth_without_limits(alone);
      for (std::size_t t = 0; t < alone.size(); ++t) std::copy(alone[t].begin() + kLimitedChannels, alone[t].end(), correction[t].begin() + kLimitedChannels);
    }
    return correction;
  }

  /// From there to the smooth path inside the limits.
  Result<void> run_inside(const PathLimits& limits, std::vector<PathPoint>& smooth, std::stop_token stop) const {
    const std::span<PathPoint> correction = part_of(smooth);
    std::optional<Limited> limited;
    KEEL_TRY(stay_inside(limits, correction, [&](const std::vector<CropLimits>& rows, std::vector<double>& x, bool last) {
      if (!limited) limited.emplace(*this, rows, x);
      return limited->solver.run(last, stop);
    }));
    for (std::size_t t = 0; t < correction.size(); ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) correction[t][c] += raw_.points[global(0) + t][c];
    return {};
  }

 private:
  struct Limited {
    Limited(const ShotSolver& shot, const std::vector<CropLimits>& rows, std::vector<double>& x)
        : cost(shot.cost()), gradient(shot.limited_gradient()), solver({cost, gradient, rows}, x) {}
    const SymmetricBand cost;
    const std::vector<double> gradient;
    LimitedQpSolver solver;
  };

  [[nodiscard]] double frames_of(double length_s) const {
    const double duration_s = raw_.time_s[static_cast<std::size_t>(shot_.end) - 1] - raw_.time_s[static_cast<std::size_t>(shot_.begin)];
    return std::max(0.5, length_s / std::max(duration_s / (shot_.end - shot_.begin - 1), 1e-3));
  }

  /// Whittaker's smoother, the minimum without limits.
  void smooth_without_limits(std::span<PathPoint> correction) const {
    pull_to_smooth(correction);
    SymmetricBand factor = cost();
    // Positive definite by construction: every frame has a weight.
    KEEL_CHECK(factor.factorize());
    factor.solve<kPathChannels>({correction.front().data(), correction.size() * kPathChannels});
  }

  [[nodiscard]] std::span<PathPoint> part_of(std::vector<PathPoint>& smooth) const { return {smooth.begin() + shot_.begin, static_cast<std::size_t>(frames_)}; }
  [[nodiscard]] std::size_t global(int t) const { return static_cast<std::size_t>(shot_.begin + t); }
  [[nodiscard]] double weight_of(int order) const { return weight_[static_cast<std::size_t>(order - 2)]; }

  /// Element (i, i - back) of the differences' quadratic form.
  [[nodiscard]] double element(int i, int back) const {
    double sum = 0;
    for (int order = 2; order <= kDifferences; ++order)
      for (int t = std::max(0, i - order); t <= std::min(i - back, frames_ - 1 - order); ++t)
        sum += weight_of(order) * kBinomial[order][i - t] * kBinomial[order][i - back - t];
    return sum;
  }

  /// The quadratic form of the corrections, the same for all channels.
  [[nodiscard]] SymmetricBand cost() const {
    SymmetricBand band(frames_, kDifferences);
    // Away from the ends all rows are alike.
    double inner[kDifferences + 1] = {};
    const bool long_enough = frames_ > 2 * kDifferences;
    for (int back = 0; long_enough && back <= kDifferences; ++back) inner[back] = element(kDifferences, back);
    for (int i = 0; i < frames_; ++i) {
      const bool is_inner = long_enough && i >= kDifferences && i + kDifferences < frames_;
      for (int back = 0; back <= std::min(i, kDifferences); ++back) band.at(i, i - back) = is_inner ? inner[back] : element(i, back);
      band.at(i, i) += std::max(1e-3, raw_.weight[global(i)]);
    }
    return band;
  }

  [[nodiscard]] PathPoint second_difference(int t) const {
    const PathPoint &a = raw_.points[global(t)], &b = raw_.points[global(t + 1)], &c = raw_.points[global(t + 2)];
    PathPoint out;
    for (std::size_t k = 0; k < kPathChannels; ++k) out[k] = a[k] - 2 * b[k] + c[k];
    return out;
  }

  /// Minus the cost's gradient at no correction. With u the raw path's second differences it is -D2' f, f = weight_2 u + weight_3 D1' D1 u.
  void pull_to_smooth(std::span<PathPoint> pull) const {
    PathPoint u = second_difference(0), before{}, f1{}, f2{};  // before: the last step of u; f1, f2: the last two f
    for (int t = 0; t < frames_; ++t) {
      PathPoint next{}, f{};
      if (t + 3 < frames_) next = second_difference(t + 1);
      for (std::size_t c = 0; c < kPathChannels; ++c) {
        const double step = t + 3 < frames_ ? next[c] - u[c] : 0;
        f[c] = weight_of(2) * u[c] + weight_of(3) * (before[c] - step);
        pull[static_cast<std::size_t>(t)][c] = 2 * f1[c] - f[c] - f2[c];
        before[c] = step;
      }
      u = next;
      f2 = f1;
      f1 = f;
    }
  }

  [[nodiscard]] std::vector<double> limited_gradient() const {
    std::vector<PathPoint> pull(static_cast<std::size_t>(frames_));
    pull_to_smooth(pull);
    std::vector<double> gradient;
    for (const PathPoint& p : pull)
      for (std::size_t c = 0; c < kLimitedChannels; ++c) gradient.push_back(-p[c]);
    return gradient;
  }

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const double length_s_;
  const int frames_;
  const std::array<double, 2> weight_;  ///< of the second and the third difference
};

}  // namespace

const AlgorithmInfo& L2OptimalSmoother::description() {
  static const AlgorithmInfo info{"l2-optimal",
                                  "Optimal",
                                  "The smoothest path whose crop stays inside the picture, planned over the whole shot",
                                  {smoothness_option("How slow a sway is still removed: 0 is an eighth of a second, 1 two seconds")}};
  return info;
}

Result<std::unique_ptr<PathSmoother>> L2OptimalSmoother::make(const OptionValues& values) {
  // The length whose low-pass halves the same frequency as a Gaussian of the same slider position.
  constexpr double kLengthPerSigma = 0.7;
  return Result<std::unique_ptr<PathSmoother>>(std::make_unique<L2OptimalSmoother>(kLengthPerSigma * smoothing_window_s(description(), values)));
}

Result<CameraPath> L2OptimalSmoother::smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const {
  CameraPath out = raw;
  if (!leaves_room(limits)) return out;
  std::vector<ShotSolver> shots;
  for (const auto& shot : raw.shots)
    if (shot.end - shot.begin >= 3) shots.emplace_back(raw, shot, length_s_);
  PathLimits shared = limits;
  for (const ShotSolver& shot : shots) {
    if (stop.stop_requested()) return smoothing_cancelled();
    shared.log_zoom = std::max(shared.log_zoom, zoom_within_reach(limits, shot.run_without_limits(out.points)));
  }
  for (const ShotSolver& shot : shots) KEEL_TRY(shot.run_inside(shared, out.points, stop));
  return out;
}

}  // namespace keel
