// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/path_measures.h"

#include <algorithm>
#include <cmath>

#include "engine/metrics/spectra.h"

namespace keel::metrics {
namespace {

constexpr double kShakeSigma_s = 0.25;
constexpr std::size_t kShortestRun = 8;
constexpr double kStill_px = 0.3;

using Corners = std::array<double, 8>;

Corners corner_step(const Mat3& cur_from_prev, Size size) {
  Corners step{};
  const auto corners = corner_centres(size);
  for (std::size_t i = 0; i < 4; ++i) {
    const Point p = apply(cur_from_prev, corners[i]);
    step[2 * i] = p.x - corners[i].x;
    step[2 * i + 1] = p.y - corners[i].y;
  }
  return step;
}

/// Runs of usable pairs as the steps of the four corners.
std::vector<std::vector<Corners>> runs(const PairSeries& series) {
  std::vector<std::vector<Corners>> list(1);
  for (std::size_t t = 0; t < series.cur_from_prev.size(); ++t) {
    if (series.usable[t])
      list.back().push_back(corner_step(series.cur_from_prev[t], series.size));
    else if (!list.back().empty())
      list.emplace_back();
  }
  return list;
}

void add_acceleration(const std::vector<Corners>& run, PathFigures& f, double& squares) {
  for (std::size_t t = 1; t < run.size(); ++t) {
    double sum = 0;
    for (std::size_t i = 0; i < 8; ++i) sum += (run[t][i] - run[t - 1][i]) * (run[t][i] - run[t - 1][i]);
    squares += sum / 4;
    f.peak_acceleration_px = std::max(f.peak_acceleration_px, std::sqrt(sum / 4));
    ++f.accelerations;
  }
}

void add_shake(const std::vector<Corners>& run, double sigma_frames, PathFigures& f, double& squares) {
  if (run.size() + 1 < kShortestRun) return;
  for (std::size_t i = 0; i < 8; ++i) {
    std::vector<double> path(run.size() + 1, 0.0);
    for (std::size_t t = 0; t < run.size(); ++t) path[t + 1] = path[t] + run[t][i];
    const auto smooth = low_pass(path, sigma_frames);
    for (std::size_t t = 0; t < path.size(); ++t) squares += (path[t] - smooth[t]) * (path[t] - smooth[t]) / 4;
  }
  f.shake_frames += static_cast<int>(run.size() + 1);
}

/// Displacement of the picture centre and turn of one pair.
struct Step {
  double x = 0, y = 0, turn = 0;
};

Step centre_step(const Mat3& m, Size size) {
  const Point c{0.5 * (size.width - 1), 0.5 * (size.height - 1)};
  const Point p = apply(m, c);
  return {p.x - c.x, p.y - c.y, std::atan2(m(1, 0), m(0, 0))};
}

}  // namespace

PathFigures path_figures(const PairSeries& series, double frame_rate_hz) {
  PathFigures f;
  double acceleration = 0, shake = 0;
  for (const auto& run : runs(series)) {
    add_acceleration(run, f, acceleration);
    add_shake(run, kShakeSigma_s * frame_rate_hz, f, shake);
  }
  if (f.accelerations > 0) f.jitter_px = std::sqrt(acceleration / f.accelerations);
  if (f.shake_frames > 0) f.shake_px = std::sqrt(shake / f.shake_frames);
  return f;
}

StabilityScores stability_scores(const PairSeries& series) {
  std::vector<double> x, y, turn, t, theta;
  Step sum;
  Mat3 product;
  for (std::size_t i = 0; i < series.cur_from_prev.size(); ++i) {
    if (series.usable[i]) {
      const Step s = centre_step(series.cur_from_prev[i], series.size);
      sum = {sum.x + s.x, sum.y + s.y, sum.turn + s.turn};
      product = product * series.cur_from_prev[i];
    }
    x.push_back(sum.x), y.push_back(sum.y), turn.push_back(sum.turn);
    t.push_back(std::hypot(product(0, 2), product(1, 2)));
    theta.push_back(std::atan2(product(1, 0), product(0, 0)));
  }
  const double still_rad = kStill_px / (0.5 * std::hypot(series.size.width, series.size.height));
  const auto first5 = [](const std::vector<double>& s, double still) { return low_frequency_share(s, 5, SpectrumHalf::kWithoutNyquist, still); };
  const auto first6 = [](const std::vector<double>& s, double still) { return low_frequency_share(s, 6, SpectrumHalf::kRfft, still); };
  StabilityScores scores;
  scores.fusta = 0.5 * (first5(t, kStill_px) + first5(theta, still_rad));
  scores.bundled = std::min({first5(x, kStill_px), first5(y, kStill_px), first5(turn, still_rad)});
  scores.gimbal = std::min(0.5 * (first6(x, kStill_px) + first6(y, kStill_px)), first6(turn, still_rad));
  return scores;
}

}  // namespace keel::metrics
