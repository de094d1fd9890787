// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/difference_form.h"

#include <algorithm>
#include <cmath>

namespace keel {
namespace {

constexpr int kDifferences = 3;  // the highest order, and so the band's width
constexpr double kBinomial[kDifferences + 1][kDifferences + 1] = {{1, 0, 0, 0}, {-1, 1, 0, 0}, {1, -2, 1, 0}, {-1, 3, -3, 1}};
/// Between two frames at the limits the path of least third differences swings out with constant acceleration, so a long length weighs them no further. Without
/// limits this changes little: the second differences alone pass as low.
constexpr double kLongestThird_s = 0.35;

/// Element (i, i - back) of the differences' part.
double element(int i, int back, int frames, const DifferenceWeights& weights) {
  double sum = 0;
  for (int order = 2; order <= kDifferences; ++order)
    for (int t = std::max(0, i - order); t <= std::min(i - back, frames - 1 - order); ++t)
      sum += (order == 2 ? weights.second : weights.third) * kBinomial[order][i - t] * kBinomial[order][i - back - t];
  return sum;
}

}  // namespace

DifferenceWeights difference_weights(const CameraPath& raw, const CameraPath::Shot& shot, double length_s) {
  const double duration_s = raw.time_s[static_cast<std::size_t>(shot.end) - 1] - raw.time_s[static_cast<std::size_t>(shot.begin)];
  const double frame_s = std::max(duration_s / std::max(1, shot.end - shot.begin - 1), 1e-3);
  const auto frames_of = [&](double s) { return std::max(0.5, s / frame_s); };
  const double second = std::pow(frames_of(length_s), 4);
  return {second, second * std::pow(frames_of(std::min(length_s, kLongestThird_s)), 2)};
}

SymmetricBand difference_form(const CameraPath& raw, const CameraPath::Shot& shot, const DifferenceWeights& weights) {
  const int frames = shot.end - shot.begin;
  SymmetricBand band(frames, kDifferences);
  // Away from the ends all rows are alike.
  double inner[kDifferences + 1] = {};
  const bool long_enough = frames > 2 * kDifferences;
  for (int back = 0; long_enough && back <= kDifferences; ++back) inner[back] = element(kDifferences, back, frames, weights);
  for (int i = 0; i < frames; ++i) {
    const bool is_inner = long_enough && i >= kDifferences && i + kDifferences < frames;
    for (int back = 0; back <= std::min(i, kDifferences); ++back) band.at(i, i - back) = is_inner ? inner[back] : element(i, back, frames, weights);
    band.at(i, i) += std::max(1e-3, raw.weight[static_cast<std::size_t>(shot.begin + i)]);
  }
  return band;
}

}  // namespace keel
