// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l2_optimal.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "engine/path/cancelled.h"
#include "engine/path/difference_form.h"
#include "engine/path/limited_qp.h"
#include "engine/path/smoothing_window.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

/// One shot's problem.
class ShotSolver {
 public:
  ShotSolver(const CameraPath& raw, const CameraPath::Shot& shot, double length_s)
      : raw_(raw), shot_(shot), length_s_(length_s), frames_(shot.end - shot.begin), form_(raw, shot, length_s) {}

  /// The corrections without limits, solved where the result goes: a slider waits for this.
  std::span<const PathPoint> run_without_limits(std::vector<PathPoint>& smooth) const {
    const std::span<PathPoint> correction = part_of(smooth);
    smooth_without_limits(correction);
    if (length_s_ > kLongestZoom_s) {
      std::vector<PathPoint> alone(correction.size());
      this->alone().smooth_without_limits(alone);
      for (std::size_t t = 0; t < alone.size(); ++t) std::copy(alone[t].begin() + kLimitedChannels, alone[t].end(), correction[t].begin() + kLimitedChannels);
    }
    return correction;
  }

  /// From there to the smooth path inside the limits.
  Result<void> run_inside(const PathLimits& limits, std::vector<PathPoint>& smooth, std::stop_token stop) const {
    const std::span<PathPoint> correction = part_of(smooth);
    std::optional<Limited> limited;
    const auto solve = [&](const std::vector<CropLimits>& rows, std::vector<double>& x, bool last) {
      if (!limited) limited.emplace(*this, rows, x);
      return limited->solver.run(last, stop);
    };
    KEEL_TRY(stay_inside(limits, correction, {solve, [&] { return alone().form(); }, stop}));
    for (std::size_t t = 0; t < correction.size(); ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) correction[t][c] += raw_.points[global(0) + t][c];
    return {};
  }

 private:
  struct Limited {
    Limited(const ShotSolver& shot, const std::vector<CropLimits>& rows, std::vector<double>& x)
        : form(shot.form()), gradient(shot.limited_gradient()), solver({form, gradient, rows}, x) {}
    const SymmetricBand form;
    const std::vector<double> gradient;
    LimitedQpSolver solver;
  };

  /// Whittaker's smoother, the minimum without limits.
  void smooth_without_limits(std::span<PathPoint> correction) const {
    form_.pull_to_smooth(correction);
    SymmetricBand factor = form();
    // Positive definite by construction: every frame has a weight.
    KEEL_CHECK(factor.factorize());
    factor.solve<kPathChannels>({correction.front().data(), correction.size() * kPathChannels});
  }

  [[nodiscard]] std::span<PathPoint> part_of(std::vector<PathPoint>& smooth) const { return {smooth.begin() + shot_.begin, static_cast<std::size_t>(frames_)}; }
  [[nodiscard]] std::size_t global(int t) const { return static_cast<std::size_t>(shot_.begin + t); }
  /// For the channels that follow the zoom.
  [[nodiscard]] ShotSolver alone() const { return {raw_, shot_, std::min(length_s_, kLongestZoom_s)}; }
  [[nodiscard]] SymmetricBand form() const { return form_.band(); }

  [[nodiscard]] std::vector<double> limited_gradient() const {
    std::vector<PathPoint> pull(static_cast<std::size_t>(frames_));
    form_.pull_to_smooth(pull);
    std::vector<double> gradient;
    for (const PathPoint& p : pull)
      for (std::size_t c = 0; c < kLimitedChannels; ++c) gradient.push_back(-p[c]);
    return gradient;
  }

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const double length_s_;
  const int frames_;
  const DifferenceForm form_;
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
