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
/// Matches, and inliers, that a motion needs.
constexpr std::size_t kLeastMatches = 4;

/// How much of the answer is the plane's that `inlier_share` of the picture agrees with, where its residuals are the scene's depth. Gradual: where the answer is now the plane's and
/// now the whole picture's, the path jumps between the two.
double part_of_plane(double inlier_share, const RobustFitOptions& options) {
  return std::clamp((inlier_share - options.clear_share) / (1 - options.clear_share), 0.0, 1.0);
}

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
  [[nodiscard]] double area() const { return spread_area(total, sx, sy, sxx, syy); }
};

double score(const Matches& m, const Params& p, double threshold_px, std::vector<float>& residuals) {
  squared_residuals(m, p, residuals);
  const float inv = inverse_square(threshold_px);
  ScoreSums sums;
  for (int i = 0; i < m.count; ++i) sums.add(residuals[i], inv, m.worth[i], m.x[i], m.y[i]);
  return sums.score();
}

/// Tukey's biweight of the residuals with the given cut-off in px, times what each match is worth.
void tukey_weights(const std::vector<float>& squared, const std::vector<float>& worth, double cutoff_px, std::vector<float>& out) {
  const float inv = inverse_square(cutoff_px);
  for (std::size_t i = 0; i < squared.size(); ++i) out[i] = tukey_weight(squared[i], inv, worth[i]);
}

/// From the median of the matches within `threshold_px`.
double robust_scale(const std::vector<float>& squared, double threshold_px, std::vector<float>& scratch) {
  scratch.clear();
  for (const float r : squared)
    if (r < threshold_px * threshold_px) scratch.push_back(r);
  if (scratch.empty()) return threshold_px;
  const auto middle = scratch.begin() + static_cast<std::ptrdiff_t>(scratch.size() / 2);
  std::nth_element(scratch.begin(), middle, scratch.end());
  return scale_of_median(*middle, threshold_px);
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
    Draws draws;
    const auto next = [&] { return Draws::below(draws.next(), m_.count); };
    for (int k = 0; k < options_.similarity_hypotheses; ++k) {
      const int i = next(), j = next();
      if (const auto p = similarity_from_two(m_, i, j)) try_hypothesis(*p);
    }
    if (m_.count < kHomographyMatches) return;
    for (int k = 0; k < options_.homography_hypotheses; ++k) {
      int index[Draws::kOfHomography];
      for (int& i : index) i = next();
      if (!Draws::all_different(index[0], index[1], index[2], index[3])) continue;
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
      tukey_weights(residuals_, m_.worth, refit_cutoff_px(scale_px), weights_);
      p = solve_homography(m_, p, weights_, refit_variance(scale_px, m_.unit_px), information);
      squared_residuals(m_, p, residuals_);
      scale_px = robust_scale(residuals_, options_.threshold_px, scratch_);
    }
    return p;
  }

  /// A similarity in place of homography `p`: over the same inliers where they are one plane, or over the whole picture. Returns at which residual a match counts as an inlier.
  double simpler(bool one_plane, double cutoff_px, Params& p, RobustFit& fit) {
    if (one_plane) {
      squared_residuals(m_, p, residuals_);
      tukey_weights(residuals_, m_.worth, refit_cutoff_px(fit.scale_px), weights_);
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
    if (best_score_ <= before || m_.count < kHomographyMatches) return;
    // Its residuals are those that it was scored by.
    tukey_weights(residuals_, m_.worth, leader_cutoff_px(options_.threshold_px), weights_);
    Matrix8 unused;
    consider(solve_homography(m_, p, weights_, leader_variance(options_.threshold_px, m_.unit_px), unused));
  }

  const Matches& m_;
  const RobustFitOptions& options_;
  std::vector<float> residuals_, weights_, scratch_;
  double best_score_ = 0;
  Params best_ = identity_params();
};

}  // namespace

bool is_found(const FoundMotion& found, std::size_t matches) { return matches >= kLeastMatches && found.score > 0; }

std::optional<FoundMotion> search_motion(std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  if (matches.size() < kLeastMatches) return std::nullopt;
  const Matches m(matches, picture);
  Search search(m, options);
  search.hypothesise();
  if (search.best_score() <= 0) return std::nullopt;
  FoundMotion found;
  found.score = search.best_score();
  Matrix8 information;
  const Params p = search.refine(found.scale_px, information, kRefitRounds);
  std::copy_n(p.data(), kParams, found.params);
  for (int a = 0; a < kParams; ++a)
    for (int b = a; b < kParams; ++b) found.information[matrix_term(a, b)] = information(a, b);
  return found;
}

std::optional<RobustFit> judge_motion(const FoundMotion& found, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  const Matches m(matches, picture);
  Search search(m, options);
  RobustFit fit;
  fit.scale_px = found.scale_px;
  Params p = Params::Map(found.params);
  Matrix8 information;
  for (int a = 0; a < kParams; ++a)
    for (int b = a; b < kParams; ++b) information(a, b) = information(b, a) = found.information[matrix_term(a, b)];
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
  if (fit.inliers < static_cast<int>(kLeastMatches)) return std::nullopt;

  // A plane is matched to a tenth of a pixel, or at least explains most of the picture; otherwise it is one of several.
  constexpr double kTightShare = 0.4, kTightScale_px = 0.12;
  const bool tight = fit.inlier_share >= kTightShare && fit.scale_px <= kTightScale_px;
  fit.clear = tight || fit.inlier_share >= options.clear_share;
  const double inflation = std::max(1.0, fit.inliers / kIndependentMatches);
  const double variance = inflation * fit.scale_px * fit.scale_px / (m.unit_px * m.unit_px);
  fit.corner_sigma_px = homography_corner_sigma(p, variance * information.inverse(), m, picture);
  fit.model = MotionModel::kHomography;
  if (!fit.clear || fit.corner_sigma_px > options.max_corner_sigma_px || fit.inliers < kHomographyMatches) {
    const bool one_plane = tight || (fit.clear && !options.average_depths);
    const double plane_part = one_plane || fit.inliers < kHomographyMatches ? 0 : part_of_plane(fit.inlier_share, options);
    const Params plane = p;
    cutoff = search.simpler(one_plane, cutoff, p, fit);
    if (fit.corner_sigma_px > (one_plane ? kHopelessSigmas : kHopelessBroadSigmas) * options.max_corner_sigma_px) {
      p = search.shift_only();
      fit.model = MotionModel::kTranslation;
    } else if (plane_part > 0) {
      p += plane_part * (plane - p);
      fit.model = MotionModel::kBetween;
    }
    count_inliers(search.residuals(p));
  }
  fit.cur_from_prev = to_pixels(p, picture);
  return fit;
}

std::optional<RobustFit> fit_motion(std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  const auto found = search_motion(matches, picture, options);
  return found ? judge_motion(*found, matches, picture, options) : std::nullopt;
}

RobustFit refine_homography(const RobustFit& start, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options) {
  constexpr int kRounds = 3;
  const Matches m(matches, picture);
  Search search(m, options);
  search.start_from(from_pixels(start.cur_from_prev, m, picture));
  RobustFit fit = start;
  Matrix8 information;
  const Params p = search.refine(fit.scale_px, information, kRounds);
  fit.cur_from_prev = to_pixels(p, picture);
  return fit;
}

}  // namespace keel
