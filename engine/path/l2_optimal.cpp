// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/l2_optimal.h"

#include <algorithm>
#include <cmath>

#include "engine/path/limited_qp.h"
#include "engine/path/smoothing_window.h"

namespace keel {
namespace {

constexpr int kDifferences = 3;  // highest order, and so the band's width
constexpr double kBinomial[kDifferences + 1][kDifferences + 1] = {{1, 0, 0, 0}, {-1, 1, 0, 0}, {1, -2, 1, 0}, {-1, 3, -3, 1}};
/// Limits are met to first order; the plan checks the rest, and this keeps the rest at a few hundredths of a pixel.
constexpr double kLinearizationInset = 2e-4;
constexpr int kLinearizations = 2;

/// One shot's problem.
class ShotSolver {
 public:
  ShotSolver(const CameraPath& raw, const CameraPath::Shot& shot, const PathLimits& limits, double length_frames)
      : raw_(raw), shot_(shot), frames_(shot.end - shot.begin), limits_(limits), frame_{limits.picture}, cost_(frames_, kDifferences),
        gradient_(static_cast<std::size_t>(frames_) * kPathChannels, 0.0) {
    for (int t = 0; t < frames_; ++t) cost_.at(t, t) = point_weight(t);
    add_differences(2, std::pow(length_frames, 4));
    add_differences(3, std::pow(length_frames, 6));
  }

  Result<void> run(std::vector<PathPoint>& smooth, std::stop_token stop) {
    std::vector<double> correction = unlimited();
    if (!inside(correction)) {
      const auto limited = limit(correction, stop);
      if (!limited && limited.error().code == ErrorCode::kCancelled) return limited.error();
      // Without a usable optimum the plan's own reduction keeps the window inside: a worse path is better than none.
      if (!limited) correction = unlimited();
    }
    for (int t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < kPathChannels; ++c) smooth[global(t)][c] = raw_.points[global(t)][c] + correction[at(t, c)];
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
  [[nodiscard]] std::vector<double> unlimited() const {
    SymmetricBand factor = cost_;
    std::vector<double> correction(gradient_.size());
    std::transform(gradient_.begin(), gradient_.end(), correction.begin(), [](double g) { return -g; });
    // Positive definite by construction: every frame has a weight.
    KEEL_CHECK(factor.factorize());
    factor.solve<kPathChannels>(correction);
    return correction;
  }

  [[nodiscard]] PathPoint point(const std::vector<double>& correction, int t) const {
    PathPoint p;
    for (std::size_t c = 0; c < kPathChannels; ++c) p[c] = correction[at(t, c)];
    return p;
  }

  [[nodiscard]] bool inside(const std::vector<double>& correction) const {
    const CropTest test(limits_);
    for (int t = 0; t < frames_; ++t)
      if (!test.allows(point(correction, t))) return false;
    return true;
  }

  /// Solves with limits: linearised around no correction first, then around the answer.
  Result<void> limit(std::vector<double>& correction, std::stop_token stop) const {
    // The channels without limits of their own give way where room is tight. Where smoothing the zoom enlarges the picture, the window grows by as
    // much for the whole shot, so that no frame shows less than is to be kept.
    const double room = 0.5 * (1 - limits_.crop), zoom_room = -0.3 * std::log(limits_.crop);
    double enlarged = 0;
    for (int t = 0; t < frames_; ++t) {
      for (std::size_t c = kLimitedChannels; c < kPathChannels; ++c) {
        const double reach = c == kPathLogZoom ? zoom_room : 0.5 * room;
        correction[at(t, c)] = std::clamp(correction[at(t, c)], -reach, reach);
      }
      enlarged = std::max(enlarged, correction[at(t, kPathLogZoom)]);
    }
    const double crop = limits_.crop * std::exp(enlarged);
    const double inset = border_inset_px(limits_.picture, limits_.crop) / frame_.unit_px() + std::min(kLinearizationInset, 0.1 * room);
    std::vector<double> x(static_cast<std::size_t>(frames_) * kLimitedChannels, 0.0), gradient(x.size());
    for (int t = 0; t < frames_; ++t)
      for (std::size_t c = 0; c < kLimitedChannels; ++c) gradient[static_cast<std::size_t>(t) * kLimitedChannels + c] = gradient_[at(t, c)];
    std::vector<CropLimits> rows(static_cast<std::size_t>(frames_));
    for (int pass = 0; pass < kLinearizations; ++pass) {
      for (int t = 0; t < frames_; ++t) {
        PathPoint around = point(correction, t);
        if (pass == 0)
          for (std::size_t c = 0; c < kLimitedChannels; ++c) around[c] = 0;
        rows[static_cast<std::size_t>(t)] = linearize_crop(around, frame_, crop, inset);
      }
      std::fill(x.begin(), x.end(), 0.0);
      KEEL_TRY(solve_limited_qp({cost_, gradient, rows}, x, stop));
      for (int t = 0; t < frames_; ++t)
        for (std::size_t c = 0; c < kLimitedChannels; ++c) correction[at(t, c)] = x[static_cast<std::size_t>(t) * kLimitedChannels + c];
    }
    return {};
  }

  const CameraPath& raw_;
  const CameraPath::Shot shot_;
  const int frames_;
  const PathLimits& limits_;
  const PathFrame frame_;
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
  // No room for any correction: the raw path is the only one inside.
  constexpr double kLeastRoom = 1e-3;
  if (limits.crop > 1 - kLeastRoom) return out;
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
