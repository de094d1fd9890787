// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/robust_fit.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/math/broad_fit.h"
#include "engine/math/motion_models.h"

namespace keel {
namespace {

using namespace fit;

/// Times the believable error at which even a similarity's turn and zoom are noise.
constexpr double kHopelessSigmas = 4;
/// The same where the scene's depth, and not noise, is what is left over: it is there in every frame alike, so that less of it gets into the path.
constexpr double kHopelessBroadSigmas = 8;
/// Residual at which a match is no part of a scene of many depths any more but an accident of tracking.
constexpr double kDeepestScene_px = 8;

/// xorshift: the same sequence everywhere.
class Random {
 public:
  int below(int n) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<int>((state_ >> 11) % static_cast<std::uint64_t>(n));
  }

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15ull;
};

/// Product of the standard deviations of weighted points in x and y, relative to points that cover the picture's matches evenly.
struct Spread {
  double total = 0, sx = 0, sy = 0, sxx = 0, syy = 0;
  void add(double w, double x, double y) {
    total += w;
    sx += w * x;
    sy += w * y;
    sxx += w * x * x;
    syy += w * y * y;
  }
  [[nodiscard]] double area() const {
    if (total <= 0) return 0;
    const double vx = sxx / total - sx * sx / (total * total), vy = syy / total - sy * sy / (total * total);
    return std::sqrt(std::max(vx, 0.0) * std::max(vy, 0.0));
  }
};

double score(const Matches& m, const Params& p, double threshold_px, std::vector<float>& residuals) {
  squared_residuals(m, p, residuals);
  const auto inv = static_cast<float>(1 / (threshold_px * threshold_px));
  float total = 0, sx = 0, sy = 0, sxx = 0, syy = 0;
  for (int i = 0; i < m.count; ++i) {
    const float g = m.worth[i] * std::max(0.0f, 1.0f - residuals[i] * inv), x = m.x[i], y = m.y[i];
    total += g;
    sx += g * x;
    sy += g * y;
    sxx += g * x * x;
    syy += g * y * y;
  }
  // The root: a thin but wide horizon must still win against a few scattered accidents.
  return total * std::sqrt(Spread{total, sx, sy, sxx, syy}.area());
}

/// Tukey's biweight of the residuals with the given cut-off in px, times what each match is worth.
void tukey_weights(const std::vector<float>& squared, const std::vector<float>& worth, double cutoff_px, std::vector<float>& out) {
  const auto inv = static_cast<float>(1 / (cutoff_px * cutoff_px));
  for (std::size_t i = 0; i < squared.size(); ++i) {
    const float t = std::max(0.0f, 1.0f - squared[i] * inv);
    out[i] = worth[i] * t * t;
  }
}

/// 1.48 times the median residual length of the matches within `threshold_px`, per axis, floored at what tracking can do at best.
double robust_scale(const std::vector<float>& squared, double threshold_px, std::vector<float>& scratch) {
  scratch.clear();
  for (const float r : squared)
    if (r < threshold_px * threshold_px) scratch.push_back(r);
  if (scratch.empty()) return threshold_px;
  const auto middle = scratch.begin() + static_cast<std::ptrdiff_t>(scratch.size() / 2);
  std::nth_element(scratch.begin(), middle, scratch.end());
  // For 2-D Gaussian residuals the median length is 1.177 sigma.
  return std::clamp(std::sqrt(static_cast<double>(*middle)) / 1.177, 0.03, threshold_px);
}

/// The search and its scratch memory.
class Search {
 public:
  Search(const Matches& m, const RobustFitOptions& options)
      : m_(m), options_(options), residuals_(static_cast<std::size_t>(m.count)), weights_(residuals_.size()) {
    scratch_.reserve(residuals_.size());
  }

  void consider(const Params& p) {
    const double s = score(m_, p, options_.threshold_px, residuals_);
    if (s > best_score_) {
      best_score_ = s;
      best_ = p;
    }
  }

  void hypothesise() {
    Random random;
    for (int k = 0; k < options_.similarity_hypotheses; ++k) {
      const int i = random.below(m_.count), j = random.below(m_.count);
      if (const auto p = similarity_from_two(m_, i, j)) try_hypothesis(*p);
    }
    if (m_.count < 8) return;
    for (int k = 0; k < options_.homography_hypotheses; ++k) {
      int index[4];
      for (int& i : index) i = random.below(m_.count);
      if (index[0] == index[1] || index[0] == index[2] || index[0] == index[3] || index[1] == index[2] || index[1] == index[3] || index[2] == index[3])
        continue;
      if (const auto p = homography_from_four(m_, index)) try_hypothesis(*p);
    }
  }

  void start_from(const Params& p) { best_ = p; }

  /// Final refit of the winner: scale from the data, weights from the scale, a few rounds.
  Params refine(double& scale_px, Matrix8& information, int rounds) {
    Params p = best_;
    squared_residuals(m_, p, residuals_);
    scale_px = robust_scale(residuals_, options_.threshold_px, scratch_);
    for (int k = 0; k < rounds; ++k) {
      tukey_weights(residuals_, m_.worth, std::max(4.0 * scale_px, 0.25), weights_);
      const double variance = scale_px * scale_px / (m_.unit_px * m_.unit_px);
      p = solve_homography(m_, p, weights_, variance, information);
      squared_residuals(m_, p, residuals_);
      scale_px = robust_scale(residuals_, options_.threshold_px, scratch_);
    }
    return p;
  }

  /// A similarity in place of homography `p`: over the same inliers where they are one plane, or over the whole picture. Returns at which residual a match counts as an inlier.
  double simpler(bool one_plane, double cutoff_px, Params& p, RobustFit& fit) {
    if (one_plane) {
      squared_residuals(m_, p, residuals_);
      tukey_weights(residuals_, m_.worth, std::max(4.0 * fit.scale_px, 0.25), weights_);
      double unused = 0;
      p = solve_similarity(m_, weights_, unused);
    } else {
      BroadFit broad = broad_similarity(m_);
      p = broad.params;
      weights_ = std::move(broad.weights);
      fit.scale_px = broad.scale_px;
      cutoff_px = std::clamp(0.5 * broad.basin_px, options_.threshold_px, std::max(kDeepestScene_px, options_.threshold_px));
    }
    double total = 0, lever = 0;
    for (int i = 0; i < m_.count; ++i) {
      total += weights_[i];
      lever += weights_[i] * (m_.x[i] * m_.x[i] + m_.y[i] * m_.y[i]);
    }
    const double independent = std::min(total, kIndependentMatches), share = independent / std::max(total, 1e-9);
    fit.corner_sigma_px = fit.scale_px * (1 / std::sqrt(std::max(independent, 1e-9)) + 1 / std::sqrt(std::max(share * lever, 1e-9)));
    fit.model = MotionModel::kSimilarity;
    return cutoff_px;
  }

  /// The weighted mean shift, with the weights of `simpler`.
  [[nodiscard]] Params shift_only() const {
    double x = 0, y = 0, total = 1e-12;
    for (int i = 0; i < m_.count; ++i) {
      total += weights_[i];
      x += weights_[i] * (m_.u[i] - m_.x[i]);
      y += weights_[i] * (m_.v[i] - m_.y[i]);
    }
    Params p = identity_params();
    p(2) = x / total;
    p(5) = y / total;
    return p;
  }

  const std::vector<float>& residuals(const Params& p) {
    squared_residuals(m_, p, residuals_);
    return residuals_;
  }
  [[nodiscard]] double best_score() const { return best_score_; }
  [[nodiscard]] const Params& best() const { return best_; }

 private:
  /// A hypothesis from a minimal sample, and, when it leads, the homography that its inliers agree on.
  void try_hypothesis(const Params& p) {
    const double before = best_score_;
    consider(p);
    if (best_score_ <= before || m_.count < 8) return;
    squared_residuals(m_, p, residuals_);
    tukey_weights(residuals_, m_.worth, 1.5 * options_.threshold_px, weights_);
    Matrix8 unused;
    const double variance = options_.threshold_px * options_.threshold_px / (9 * m_.unit_px * m_.unit_px);
    consider(solve_homography(m_, p, weights_, variance, unused));
  }

  const Matches& m_;
  const RobustFitOptions& options_;
  std::vector<float> residuals_, weights_, scratch_;
  double best_score_ = 0;
  Params best_ = identity_params();
};

}  // namespace

std::optional<RobustFit> fit_motion(std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  if (matches.size() < 4) return std::nullopt;
  const Matches m(matches, picture);
  Search search(m, options);
  search.hypothesise();
  if (search.best_score() <= 0) return std::nullopt;

  RobustFit fit;
  Matrix8 information;
  constexpr int kRounds = 4;
  Params p = search.refine(fit.scale_px, information, kRounds);
  double cutoff = std::clamp(4.0 * fit.scale_px, 0.5, options.threshold_px);
  const auto count_inliers = [&](const std::vector<float>& r) {
    Spread inliers, all;
    fit.inliers = 0;
    for (int i = 0; i < m.count; ++i) {
      all.add(1, m.x[i], m.y[i]);
      if (r[i] >= cutoff * cutoff) continue;
      ++fit.inliers;
      inliers.add(1, m.x[i], m.y[i]);
    }
    fit.inlier_share = static_cast<double>(fit.inliers) / m.count;
    // A uniform cover of the normalised frame has a standard deviation of 1/sqrt(3) per half-extent.
    const double uniform = static_cast<double>(std::min(picture.width, picture.height)) / std::max(picture.width, picture.height) / 3.0;
    fit.spread = std::min(1.0, inliers.area() / uniform);
  };
  count_inliers(search.residuals(p));
  if (fit.inliers < 4) return std::nullopt;

  // A plane is matched to a tenth of a pixel, or at least explains most of the picture; otherwise it is one of several.
  constexpr double kTightShare = 0.4, kTightScale_px = 0.12;
  const bool tight = fit.inlier_share >= kTightShare && fit.scale_px <= kTightScale_px;
  fit.clear = tight || fit.inlier_share >= options.clear_share;
  const double inflation = std::max(1.0, fit.inliers / kIndependentMatches);
  const double variance = inflation * fit.scale_px * fit.scale_px / (m.unit_px * m.unit_px);
  fit.corner_sigma_px = homography_corner_sigma(p, variance * information.inverse(), m, picture);
  fit.model = MotionModel::kHomography;
  if (!fit.clear || fit.corner_sigma_px > options.max_corner_sigma_px || fit.inliers < 8) {
    const bool one_plane = tight || (fit.clear && !options.average_depths);
    cutoff = search.simpler(one_plane, cutoff, p, fit);
    if (fit.corner_sigma_px > (one_plane ? kHopelessSigmas : kHopelessBroadSigmas) * options.max_corner_sigma_px) {
      p = search.shift_only();
      fit.model = MotionModel::kTranslation;
    }
    count_inliers(search.residuals(p));
  }
  fit.cur_from_prev = to_pixels(p, m, picture);
  return fit;
}

RobustFit refine_homography(const RobustFit& start, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  constexpr int kRounds = 3;
  const Matches m(matches, picture);
  Search search(m, options);
  search.start_from(from_pixels(start.cur_from_prev, m, picture));
  RobustFit fit = start;
  Matrix8 information;
  const Params p = search.refine(fit.scale_px, information, kRounds);
  fit.cur_from_prev = to_pixels(p, m, picture);
  return fit;
}

}  // namespace keel
