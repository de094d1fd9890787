// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/broad_fit.h"

#include <algorithm>
#include <cmath>

namespace keel::fit {
namespace {

double median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Params median_shift(const Matches& m, std::vector<float>& scratch) {
  const auto middle = [&](const std::vector<float>& to, const std::vector<float>& from) {
    scratch.clear();
    for (std::size_t i = 0; i < to.size(); ++i) scratch.push_back(to[i] - from[i]);
    return median(scratch);
  };
  Params p = identity_params();
  p(2) = middle(m.u, m.x);
  p(5) = middle(m.v, m.y);
  return p;
}

}  // namespace

BroadFit broad_similarity(const Matches& m) {
  constexpr int kMostRounds = 24;
  // The first basin, the least, how it narrows, and where it stops: at so many robust standard deviations of the matches in it.
  constexpr double kWide_px = 8, kNarrowest_px = 1, kShrink = 0.6, kSigmas = 4, kSettled = 0.01;
  std::vector<float> residuals(m.x.size()), scratch;
  scratch.reserve(m.x.size());
  const auto median_residual = [&](double within_px) {
    scratch.clear();
    for (const float r : residuals)
      if (r < within_px * within_px) scratch.push_back(r);
    return scratch.size() < 4 ? within_px : std::sqrt(median(scratch));
  };
  BroadFit fit{median_shift(m, scratch), std::vector<float>(m.x.size()), 0, 0};
  squared_residuals(m, fit.params, residuals);
  // A turn about the centre leaves far more than the scene's depth does.
  fit.basin_px = std::max(kWide_px, 2 * median_residual(1e6));
  for (int k = 0; k < kMostRounds; ++k) {
    const auto inv = static_cast<float>(1 / (fit.basin_px * fit.basin_px));
    double sum = 0, total = 1e-12, unused = 0;
    for (std::size_t i = 0; i < fit.weights.size(); ++i) {
      const float t = 1.0f / (1.0f + residuals[i] * inv);
      fit.weights[i] = m.worth[i] * t * t;
      sum += fit.weights[i] * residuals[i];
      total += fit.weights[i];
    }
    fit.scale_px = std::sqrt(0.5 * sum / total);
    fit.params = solve_similarity(m, fit.weights, unused);
    squared_residuals(m, fit.params, residuals);
    const double next_px = std::min(fit.basin_px, std::max({kNarrowest_px, kSigmas * 1.4826 * median_residual(2 * fit.basin_px), kShrink * fit.basin_px}));
    if (fit.basin_px - next_px < kSettled * fit.basin_px) break;
    fit.basin_px = next_px;
  }
  return fit;
}

}  // namespace keel::fit
