// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l2_optimal.h"

#include <algorithm>
#include <cmath>

#include "engine/path/limited_qp.h"
#include "engine/path/smoothing_window.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

constexpr int kDifferences = 3;  // highest order, and so the band's width
constexpr double kBinomial[kDifferences + 1][kDifferences + 1] = {{1, 0, 0, 0}, {-1, 1, 0, 0}, {1, -2, 1, 0}, {-1, 3, -3, 1}};
/// One shot's problem.
class ShotSolver {
 public:
  ShotSolver(const CameraPath& raw, const CameraPath::Shot& shot, const PathLimits& limits, double length_frames)
      : raw_(raw), shot_(shot), frames_(shot.end - shot.begin), limits_(limits), cost_(frames_, kDifferences),
        gradient_(static_cast<std::size_t>(frames_) * kPathChannels, 0.0) {
    for (int t = 0; t < frames_; ++t) cost_.at(t, t) = point_weight(t);
    add_differences(2, std::pow(length_frames, 4));
    add_differences(3, std::pow(length_frames, 6));
  }

  Result<void> run(std::vector<PathPoint>& smooth, std::stop_token stop) {
    std::vector<PathPoint> correction = unlimited();
    std::vector<double> gradient(static_cast<std::size_t>(frames_) * kLimitedChannels);
    for (int t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < kLimitedChannels; ++c) gradient[static_cast<std::size_t>(t) * kLimitedChannels + c] = gradient_[at(t, c)];
    KEEL_TRY(stay_inside(limits_, correction, [&](const std::vector<CropLimits>& rows, std::vector<double>& x) { return solve_limited_qp({cost_, gradient, rows}, x, stop); }));
    for (int t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) smooth[global(t)][c] = raw_.points[global(t)][c] + correction[static_cast<std::size_t>(t)][c];
    return {};
  }

 private:
  [[nodiscard]] std::size_t global(int t) const { return static_cast<std::size_t>(shot_.begin + t); }
  [[nodiscard]] static std::size_t at(int t, std::size_t channel) { return static_cast<std::size_t>(t) * kPathChannels + channel; }
  [[nodiscard]] double point_weight(int t) const { return std::max(1e-3, raw_.weight[global(t)]); }

  /// Adds weight * |D^order (raw + d)|^2 / 2: to the matrix, and through the raw path's own differences to the gradient.
  void add_differences(int order, double weight) {
    const double* k = kBinomial[order];
    for (int t = 0; t + order < frames_; ++t) {
      for (int a = 0; a <= order; ++a)
        for (int b = 0; b <= a; ++b) cost_.at(t + a, t + b) += weight * k[a] * k[b];
      for (std::size_t c = 0; c < kPathChannels; ++c) {
        double difference = 0;
        for (int a = 0; a <= order; ++a) difference += k[a] * raw_.points[global(t + a)][c];
        for (int a = 0; a <= order; ++a) gradient_[at(t + a, c)] += weight * k[a] * difference;
      }
    }
  }

  /// Whittaker's smoother: the minimum without limits.
  [[nodiscard]] std::vector<PathPoint> unlimited() const {
    SymmetricBand factor = cost_;
    std::vector<double> x(gradient_.size());
    std::transform(gradient_.begin(), gradient_.end(), x.begin(), [](double g) { return -g; });
    // Positive definite by construction: every frame has a weight.
    KEEL_CHECK(factor.factorize());
    factor.solve<kPathChannels>(x);
    std::vector<PathPoint> correction(static_cast<std::size_t>(frames_));
    for (int t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) correction[static_cast<std::size_t>(t)][c] = x[at(t, c)];
    return correction;
  }

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const int frames_;
  const PathLimits& limits_;
  SymmetricBand cost_;
  std::vector<double> gradient_;  // of all channels, frame major
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
  for (const auto& shot : raw.shots) {
    const int frames = shot.end - shot.begin;
    if (frames < 3) continue;
    const double duration_s = raw.time_s[static_cast<std::size_t>(shot.end) - 1] - raw.time_s[static_cast<std::size_t>(shot.begin)];
    const double step_s = std::max(duration_s / (frames - 1), 1e-3);
    KEEL_TRY(ShotSolver(raw, shot, limits, std::max(0.5, length_s_ / step_s)).run(out.points, stop));
  }
  return out;
}

}  // namespace keel
