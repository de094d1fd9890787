// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/motion_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace keel::metrics {
namespace {

constexpr int kMostUnknowns = 8;
constexpr int kSteps = 14;
constexpr double kShrink = 0.6;

using Row = std::array<double, kMostUnknowns + 1>;

/// Weighted normal equations of at most eight unknowns, upper triangle and right side.
class Normal {
 public:
  explicit Normal(int unknowns) : n_(unknowns) {}
  void add(const Row& row, double weight) {
    for (int i = 0; i < n_; ++i) {
      const double wi = weight * row[static_cast<std::size_t>(i)];
      if (wi == 0) continue;
      for (int j = i; j < n_; ++j) at(i, j) += wi * row[static_cast<std::size_t>(j)];
      at(i, n_) += wi * row[kMostUnknowns];
    }
  }
  /// Elimination without pivots, which is safe for a positive definite system.
  std::optional<Row> solve() {
    for (int i = 0; i < n_; ++i)
      for (int j = 0; j < i; ++j) at(i, j) = at(j, i);
    for (int i = 0; i < n_; ++i) {
      if (!(at(i, i) > 1e-10)) return std::nullopt;
      for (int k = i + 1; k < n_; ++k) {
        const double f = at(k, i) / at(i, i);
        for (int j = i; j <= n_; ++j) at(k, j) -= f * at(i, j);
      }
    }
    Row x{};
    for (int i = n_ - 1; i >= 0; --i) {
      double s = at(i, n_);
      for (int j = i + 1; j < n_; ++j) s -= at(i, j) * x[static_cast<std::size_t>(j)];
      x[static_cast<std::size_t>(i)] = s / at(i, i);
    }
    return x;
  }

 private:
  double& at(int i, int j) { return a_[static_cast<std::size_t>(i * (kMostUnknowns + 1) + j)]; }
  int n_;
  std::array<double, kMostUnknowns*(kMostUnknowns + 1)> a_{};
};

int unknowns(FitModel model) {
  switch (model) {
    case FitModel::kSimilarity:
      return 4;
    case FitModel::kAffine:
      return 6;
    case FitModel::kHomography:
      return 8;
  }
  return 0;
}

void add_match(Normal& normal, FitModel model, Point p, Point q, double weight) {
  switch (model) {
    case FitModel::kSimilarity:
      normal.add({p.x, -p.y, 1, 0, 0, 0, 0, 0, q.x}, weight);
      normal.add({p.y, p.x, 0, 1, 0, 0, 0, 0, q.y}, weight);
      return;
    case FitModel::kAffine:
    case FitModel::kHomography:
      normal.add({p.x, p.y, 1, 0, 0, 0, -p.x * q.x, -p.y * q.x, q.x}, weight);
      normal.add({0, 0, 0, p.x, p.y, 1, -p.x * q.y, -p.y * q.y, q.y}, weight);
      return;
  }
}

Mat3 matrix(FitModel model, const Row& u) {
  if (model == FitModel::kSimilarity) return {{u[0], -u[1], u[2], u[1], u[0], u[3], 0, 0, 1}};
  if (model == FitModel::kAffine) return {{u[0], u[1], u[2], u[3], u[4], u[5], 0, 0, 1}};
  return {{u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], 1}};
}

/// Centres and shrinks coordinates so that the normal equations are well conditioned.
Mat3 conditioner(std::span<const BlockMatch> matches) {
  Point mean;
  for (const auto& m : matches) mean = {mean.x + m.from.x, mean.y + m.from.y};
  mean = {mean.x / static_cast<double>(matches.size()), mean.y / static_cast<double>(matches.size())};
  double spread = 0;
  for (const auto& m : matches) spread += std::hypot(m.from.x - mean.x, m.from.y - mean.y);
  const double k = static_cast<double>(matches.size()) / std::max(spread, 1e-6);
  return Mat3::scaling(k, k) * Mat3::translation(-mean.x, -mean.y);
}

double residual_px(const Mat3& h, const BlockMatch& m) {
  const Point p = apply(h, m.from);
  return std::hypot(p.x - m.to.x, p.y - m.to.y);
}

std::optional<Mat3> solve_weighted(FitModel model, std::span<const BlockMatch> matches, std::span<const double> weights, const Mat3& last) {
  const Mat3 norm = conditioner(matches);
  const auto back = inverse(norm);
  if (!back) return std::nullopt;
  Normal normal(unknowns(model));
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (weights[i] <= 1e-6) continue;
    // The rows are residuals times the denominator, so the last solution's denominator divides them back to pixels.
    const double w = model == FitModel::kHomography ? denominator(last, matches[i].from) : 1.0;
    add_match(normal, model, apply(norm, matches[i].from), apply(norm, matches[i].to), weights[i] / std::max(w * w, 1e-3));
  }
  const auto u = normal.solve();
  if (!u) return std::nullopt;
  return normalized(*back * matrix(model, *u) * norm);
}

/// Robust standard deviation (1.48 of the median) of a two-dimensional residual over the matches that still count.
double robust_width(std::span<const double> residual, double within) {
  std::vector<double> kept;
  for (const double r : residual)
    if (r < 2 * within) kept.push_back(r);
  if (kept.size() < 4) return within;
  const auto middle = kept.begin() + static_cast<std::ptrdiff_t>(kept.size() / 2);
  std::nth_element(kept.begin(), middle, kept.end());
  return 1.4826 * *middle;
}

}  // namespace

std::optional<MotionFit> fit_motion(FitModel model, std::span<const BlockMatch> matches, const FitStart& start) {
  if (matches.size() < static_cast<std::size_t>(unknowns(model))) return std::nullopt;
  MotionFit fit{start.guess, std::vector<double>(matches.size()), start.scale_px, 0};
  std::vector<double> weights(matches.size());
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t i = 0; i < matches.size(); ++i) {
      const double r = residual_px(fit.to_from_from, matches[i]) / fit.scale_px;
      const double g = 1 / (1 + r * r);
      weights[i] = matches[i].weight * g * g;
    }
    const auto h = solve_weighted(model, matches, weights, fit.to_from_from);
    if (!h) return std::nullopt;
    const double moved = (std::abs((*h - fit.to_from_from).m[2]) + std::abs((*h - fit.to_from_from).m[5]));
    fit.to_from_from = *h;
    for (std::size_t i = 0; i < matches.size(); ++i) fit.residual[i] = residual_px(*h, matches[i]);
    const double target = std::max(start.floor_px, 2.5 * robust_width(fit.residual, fit.scale_px));
    const double next = std::max(target, kShrink * fit.scale_px);
    const bool settled = std::abs(next - fit.scale_px) < 0.02 * fit.scale_px && moved < 1e-3;
    fit.scale_px = std::min(next, start.scale_px);
    if (settled) break;
  }
  const double limit = fit.limit_px();
  fit.inliers = static_cast<int>(std::count_if(fit.residual.begin(), fit.residual.end(), [&](double r) { return r < limit; }));
  return fit;
}

std::optional<Point> vote_translation(std::span<const BlockMatch> matches, double slack, double width_px) {
  double best = -1;
  std::optional<Point> winner;
  for (const auto& a : matches) {
    const Point da{a.to.x - a.from.x, a.to.y - a.from.y};
    double votes = 0;
    for (const auto& b : matches) {
      const double apart = std::hypot(a.from.x - b.from.x, a.from.y - b.from.y);
      const double r = std::hypot(b.to.x - b.from.x - da.x, b.to.y - b.from.y - da.y) / (width_px + slack * apart);
      // A wide tolerance is easy to meet by chance, so it counts for less.
      votes += b.weight / (1 + r * r) / (1 + slack * apart / width_px);
    }
    if (votes > best) {
      best = votes;
      winner = da;
    }
  }
  return winner;
}

}  // namespace keel::metrics
