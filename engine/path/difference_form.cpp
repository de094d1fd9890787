// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/difference_form.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keel {
namespace {

constexpr int kDifferences = 3;  // the highest order, and so the band's width
constexpr double kBinomial[kDifferences + 1][kDifferences + 1] = {{1, 0, 0, 0}, {-1, 1, 0, 0}, {1, -2, 1, 0}, {-1, 3, -3, 1}};
/// Between two frames at the limits the path of least third differences swings out with constant acceleration, so a long length weighs them no further. Without
/// limits this changes little: the second differences alone pass as low.
constexpr double kLongestThird_s = 0.35;
/// Largest element of the form: beyond it a path that costs nothing would be lost in the rounding of the others. Reached by full smoothness above 145 frames a second.
constexpr double kStiffest = 1e14;

/// The times between a shot's frames, in its usual frame durations, and how long such a duration is.
struct Steps {
  double unit_s;
  std::vector<double> steps;  ///< empty where they are even
};

/// What careless writers make of even frames: times rounded to milliseconds, or a frame that comes late or early while its neighbours make up for it within a few steps. Turns `steps` (in
/// usual ones) into whole ones where all of them are that, or frames that are missing; false where they are something else.
bool make_whole(std::vector<double>& steps, double slack) {
  constexpr std::size_t kMadeUpWithin = 4;
  const auto near = [slack](double value, double whole) { return std::abs(value - whole) <= slack; };
  std::vector<double> whole(steps.size());
  for (std::size_t t = 0; t < steps.size();) {
    std::size_t count = 1;
    double sum = steps[t];
    while (!near(sum, static_cast<double>(count)) && count < kMadeUpWithin && t + count < steps.size()) sum += steps[t + count++];
    if (near(sum, static_cast<double>(count))) {
      std::fill_n(whole.begin() + static_cast<std::ptrdiff_t>(t), count, 1.0);
      t += count;
      continue;
    }
    whole[t] = std::round(steps[t]);
    if (whole[t] < 1 || !near(steps[t], whole[t])) return false;
    ++t;
  }
  steps = std::move(whole);
  return true;
}

Steps steps_of(const CameraPath& raw, const CameraPath::Shot& shot) {
  // Two frames at nearly the same instant would give speeds without bound.
  constexpr double kLeast_s = 1e-3, kRounding_s = 1.05e-3, kSame = 0.1, kLeastStep = 0.3;
  const int count = shot.end - shot.begin - 1;
  const double* time = raw.time_s.data() + shot.begin;
  const double mean_s = std::max((time[count] - time[0]) / std::max(1, count), kLeast_s);
  if (count < 2) return {mean_s, {}};
  std::vector<double> steps(static_cast<std::size_t>(count));
  for (std::size_t t = 0; t < steps.size(); ++t) steps[t] = time[t + 1] - time[t];
  std::vector<double> sorted = steps;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double usual_s = std::max(*middle, kLeast_s);
  for (double& step : steps) step /= usual_s;
  // Recorders write the time at which they were stopped: a gap with one frame on its other side is no evidence of speed.
  steps.back() = std::min(steps.back(), 1.0);
  if (!make_whole(steps, std::max(kRounding_s / usual_s, kSame)))
    for (double& step : steps) step = std::max(step, kLeastStep);
  if (std::all_of(steps.begin(), steps.end(), [](double step) { return step == 1; })) return {mean_s, {}};
  return {usual_s, std::move(steps)};
}

}  // namespace

DifferenceForm::DifferenceForm(const CameraPath& raw, const CameraPath::Shot& shot, double length_s) : raw_(raw), shot_(shot), frames_(shot.end - shot.begin) {
  const Steps times = steps_of(raw, shot);
  const auto frames_of = [&](double s) { return std::max(0.5, s / times.unit_s); };
  weight_.second = std::pow(frames_of(length_s), 4);
  weight_.third = weight_.second * std::pow(frames_of(std::min(length_s, kLongestThird_s)), 2);
  if (!times.steps.empty()) divide_by(times.steps);
  if (const double most = stiffest(); most > kStiffest) {
    weight_.second *= kStiffest / most;
    weight_.third *= kStiffest / most;
  }
}

/// Divided differences (Newton), times 2 and 3 so that they are the plain ones where all steps are 1.
void DifferenceForm::divide_by(const std::vector<double>& steps) {
  second_.resize(static_cast<std::size_t>(std::max(0, frames_ - 2)));
  third_.resize(static_cast<std::size_t>(std::max(0, frames_ - 3)));
  std::vector<std::array<double, 3>> plain(second_.size());
  for (std::size_t t = 0; t < plain.size(); ++t) {
    const double before = 1 / steps[t], after = 1 / steps[t + 1], span = 0.5 * (steps[t] + steps[t + 1]);
    plain[t] = {before / span, -(before + after) / span, after / span};
    for (std::size_t k = 0; k < 3; ++k) second_[t][k] = std::sqrt(span) * plain[t][k];
  }
  for (std::size_t t = 0; t < third_.size(); ++t) {
    const double span = (steps[t] + steps[t + 1] + steps[t + 2]) / 3, scale = std::sqrt(span) / span;
    third_[t] = {scale * -plain[t][0], scale * (plain[t + 1][0] - plain[t][1]), scale * (plain[t + 1][1] - plain[t][2]), scale * plain[t + 1][2]};
  }
}

double DifferenceForm::stiffest() const {
  // The middle frame's element, where a third difference has 3.
  if (second_.empty()) return 6 * weight_.second + 20 * weight_.third;
  std::vector<double> diagonal(static_cast<std::size_t>(frames_), 0.0);
  for (std::size_t t = 0; t < second_.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k) diagonal[t + k] += weight_.second * second_[t][k] * second_[t][k];
  for (std::size_t t = 0; t < third_.size(); ++t)
    for (std::size_t k = 0; k < 4; ++k) diagonal[t + k] += weight_.third * third_[t][k] * third_[t][k];
  return *std::max_element(diagonal.begin(), diagonal.end());
}

SymmetricBand DifferenceForm::band() const {
  SymmetricBand band(frames_, kDifferences);
  if (second_.empty()) {
    // Element (i, i - back) of the differences' part.
    const auto element = [&](int i, int back) {
      double sum = 0;
      for (int order = 2; order <= kDifferences; ++order)
        for (int t = std::max(0, i - order); t <= std::min(i - back, frames_ - 1 - order); ++t)
          sum += (order == 2 ? weight_.second : weight_.third) * kBinomial[order][i - t] * kBinomial[order][i - back - t];
      return sum;
    };
    // Away from the ends all rows are alike.
    double inner[kDifferences + 1] = {};
    const bool long_enough = frames_ > 2 * kDifferences;
    for (int back = 0; long_enough && back <= kDifferences; ++back) inner[back] = element(kDifferences, back);
    for (int i = 0; i < frames_; ++i) {
      const bool is_inner = long_enough && i >= kDifferences && i + kDifferences < frames_;
      for (int back = 0; back <= std::min(i, kDifferences); ++back) band.at(i, i - back) = is_inner ? inner[back] : element(i, back);
    }
  } else {
    const auto add = [&](int first, const auto& factors, double weight) {
      for (int i = 0; i < static_cast<int>(factors.size()); ++i)
        for (int j = 0; j <= i; ++j) band.at(first + i, first + j) += weight * factors[static_cast<std::size_t>(i)] * factors[static_cast<std::size_t>(j)];
    };
    for (int t = 0; t + 2 < frames_; ++t) add(t, second_[static_cast<std::size_t>(t)], weight_.second);
    for (int t = 0; t + 3 < frames_; ++t) add(t, third_[static_cast<std::size_t>(t)], weight_.third);
  }
  for (int i = 0; i < frames_; ++i) band.at(i, i) += std::max(1e-3, raw_.weight[static_cast<std::size_t>(shot_.begin + i)]);
  return band;
}

void DifferenceForm::pull_to_smooth(std::span<PathPoint> pull) const {
  if (second_.empty()) {
    pull_evenly(pull);
    return;
  }
  std::fill(pull.begin(), pull.end(), PathPoint{});
  const auto add = [&](std::size_t first, const auto& factors, double weight) {
    for (std::size_t c = 0; c < kPathChannels; ++c) {
      double difference = 0;
      // From the first of them: long pans would cost digits.
      for (std::size_t k = 1; k < factors.size(); ++k) difference += factors[k] * (raw_at(static_cast<int>(first + k))[c] - raw_at(static_cast<int>(first))[c]);
      for (std::size_t k = 0; k < factors.size(); ++k) pull[first + k][c] -= weight * factors[k] * difference;
    }
  };
  for (std::size_t t = 0; t < second_.size(); ++t) add(t, second_[t], weight_.second);
  for (std::size_t t = 0; t < third_.size(); ++t) add(t, third_[t], weight_.third);
}

/// With u the raw path's second differences the pull is -D2' f, f = weight_2 u + weight_3 D1' D1 u.
void DifferenceForm::pull_evenly(std::span<PathPoint> pull) const {
  const auto second_difference = [&](int t) {
    const PathPoint &a = raw_at(t), &b = raw_at(t + 1), &c = raw_at(t + 2);
    PathPoint out;
    for (std::size_t k = 0; k < kPathChannels; ++k) out[k] = a[k] - 2 * b[k] + c[k];
    return out;
  };
  PathPoint u = second_difference(0), before{}, f1{}, f2{};  // before: the last step of u; f1, f2: the last two f
  for (int t = 0; t < frames_; ++t) {
    PathPoint next{}, f{};
    if (t + 3 < frames_) next = second_difference(t + 1);
    for (std::size_t c = 0; c < kPathChannels; ++c) {
      const double step = t + 3 < frames_ ? next[c] - u[c] : 0;
      f[c] = weight_.second * u[c] + weight_.third * (before[c] - step);
      pull[static_cast<std::size_t>(t)][c] = 2 * f1[c] - f[c] - f2[c];
      before[c] = step;
    }
    u = next;
    f2 = f1;
    f1 = f;
  }
}

}  // namespace keel
