// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/robust_fit.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace keel {
namespace {

constexpr double kIndependentMatches = 20;
/// Times the believable error at which even a similarity's turn and zoom are noise.
constexpr double kHopelessSigmas = 4;

using Vector8 = Eigen::Matrix<double, 8, 1>;
using Matrix8 = Eigen::Matrix<double, 8, 8>;

/// Matches in the normalised frame (origin at the centre, unit half the longer side) as arrays, so that scoring vectorises.
struct Matches {
  std::vector<float> x, y, u, v, worth;
  double unit_px = 1;
  int count = 0;

  Matches(std::span<const PointMatch> in, Size picture) : count(static_cast<int>(in.size())) {
    unit_px = 0.5 * std::max(picture.width, picture.height);
    const auto cx = static_cast<float>(0.5 * (picture.width - 1)), cy = static_cast<float>(0.5 * (picture.height - 1)), k = static_cast<float>(1 / unit_px);
    for (auto* a : {&x, &y, &u, &v, &worth}) a->reserve(in.size());
    for (const PointMatch& m : in) {
      x.push_back((m.prev_x - cx) * k);
      y.push_back((m.prev_y - cy) * k);
      u.push_back((m.cur_x - cx) * k);
      v.push_back((m.cur_y - cy) * k);
      worth.push_back(m.weight);
    }
  }
};

/// h11..h32 with h33 = 1, as the linear systems order them.
using Params = Vector8;
Params identity_params() {
  Params p = Params::Zero();
  p(0) = p(4) = 1;
  return p;
}

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

std::optional<Params> similarity_from_two(const Matches& m, int i, int j) {
  const double dx = m.x[j] - m.x[i], dy = m.y[j] - m.y[i], du = m.u[j] - m.u[i], dv = m.v[j] - m.v[i];
  const double length = dx * dx + dy * dy;
  // Closer than this two points say nothing about rotation.
  if (length < 0.01) return std::nullopt;
  const double a = (dx * du + dy * dv) / length, b = (dx * dv - dy * du) / length;
  const double scale = a * a + b * b;
  if (scale < 0.25 || scale > 4) return std::nullopt;
  Params p = Params::Zero();
  p << a, -b, m.u[i] - a * m.x[i] + b * m.y[i], b, a, m.v[i] - b * m.x[i] - a * m.y[i], 0, 0;
  return p;
}

std::optional<Params> homography_from_four(const Matches& m, const int index[4]) {
  Matrix8 a;
  Vector8 b;
  for (int k = 0; k < 4; ++k) {
    const int i = index[k];
    const double x = m.x[i], y = m.y[i], u = m.u[i], v = m.v[i];
    a.row(2 * k) << x, y, 1, 0, 0, 0, -u * x, -u * y;
    a.row(2 * k + 1) << 0, 0, 0, x, y, 1, -v * x, -v * y;
    b(2 * k) = u;
    b(2 * k + 1) = v;
  }
  const Eigen::PartialPivLU<Matrix8> lu(a);
  const Params p = lu.solve(b);
  // Between two frames a picture does not turn inside out: what is far from a similarity is a bad sample.
  if (!p.allFinite() || std::abs(p(6)) > 0.3 || std::abs(p(7)) > 0.3 || std::abs(p(0) - p(4)) > 0.5 || p(0) * p(4) - p(1) * p(3) < 0.2) return std::nullopt;
  return p;
}

/// Squared residuals in px^2 of all matches.
void squared_residuals(const Matches& m, const Params& p, std::vector<float>& out) {
  float h[8];
  for (int i = 0; i < 8; ++i) h[i] = static_cast<float>(p(i));
  const auto unit2 = static_cast<float>(m.unit_px * m.unit_px);
  const float *x = m.x.data(), *y = m.y.data(), *u = m.u.data(), *v = m.v.data();
  float* r = out.data();
  for (int i = 0; i < m.count; ++i) {
    const float w = 1.0f / (h[6] * x[i] + h[7] * y[i] + 1.0f);
    const float ex = (h[0] * x[i] + h[1] * y[i] + h[2]) * w - u[i], ey = (h[3] * x[i] + h[4] * y[i] + h[5]) * w - v[i];
    r[i] = (ex * ex + ey * ey) * unit2;
  }
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

/// Weighted least squares for a homography around `p` (weights per match; the denominators of `p` make the algebraic error geometric), with priors
/// in normalised units on aspect, skew and perspective. Residuals of real scenes are not independent (parallax, moving things), so that they are worth about
/// kIndependentMatches of independent ones, however many there are. Returns the information matrix through `information` (inverse covariance times variance).
Params solve_homography(const Matches& m, const Params& p, const std::vector<float>& weights, double variance, Matrix8& information) {
  // What a camera does beyond a similarity goes with the shift: turning by w moves the picture by w f and tilts it by w / f, and a rolling shutter
  // skews it by the shift per frame; f is 1 to 3 half-widths. A little more is left for turns about the centre and for zoom.
  const double shift = std::hypot(p(2), p(5)), affine_prior = 0.002 + 0.3 * shift, perspective_prior = 0.001 + 0.3 * shift;
  Matrix8 n = Matrix8::Zero();
  Vector8 rhs = Vector8::Zero();
  for (int i = 0; i < m.count; ++i) {
    if (weights[i] <= 0) continue;
    const double x = m.x[i], y = m.y[i], u = m.u[i], v = m.v[i], den = p(6) * x + p(7) * y + 1, w = weights[i] / (den * den);
    const double rx[8] = {x, y, 1, 0, 0, 0, -u * x, -u * y}, ry[8] = {0, 0, 0, x, y, 1, -v * x, -v * y};
    for (int a = 0; a < 8; ++a) {
      for (int b = a; b < 8; ++b) n(a, b) += w * (rx[a] * rx[b] + ry[a] * ry[b]);
      rhs(a) += w * (rx[a] * u + ry[a] * v);
    }
  }
  double total = 0;
  for (const float w : weights) total += w;
  const double inflated = variance * std::max(1.0, total / kIndependentMatches);
  const double ka = inflated / (affine_prior * affine_prior), kp = inflated / (perspective_prior * perspective_prior);
  n(0, 0) += ka;
  n(4, 4) += ka;
  n(0, 4) -= ka;
  n(1, 1) += ka;
  n(3, 3) += ka;
  n(1, 3) += ka;
  n(6, 6) += kp;
  n(7, 7) += kp;
  information = n.selfadjointView<Eigen::Upper>();
  const Eigen::LDLT<Matrix8> solver(information);
  const Params result = solver.solve(rhs);
  return result.allFinite() ? result : p;
}

/// Weighted similarity in closed form over (a, b, tx, ty).
Params solve_similarity(const Matches& m, const std::vector<float>& weights, double& information) {
  double w = 0, x = 0, y = 0, u = 0, v = 0;
  for (int i = 0; i < m.count; ++i) {
    w += weights[i];
    x += weights[i] * m.x[i];
    y += weights[i] * m.y[i];
    u += weights[i] * m.u[i];
    v += weights[i] * m.v[i];
  }
  if (w <= 0) return identity_params();
  x /= w, y /= w, u /= w, v /= w;
  double dot = 0, cross = 0, norm = 0;
  for (int i = 0; i < m.count; ++i) {
    const double dx = m.x[i] - x, dy = m.y[i] - y, du = m.u[i] - u, dv = m.v[i] - v;
    dot += weights[i] * (dx * du + dy * dv);
    cross += weights[i] * (dx * dv - dy * du);
    norm += weights[i] * (dx * dx + dy * dy);
  }
  information = norm;
  if (norm <= 1e-9) {
    Params shift = identity_params();
    shift(2) = u - x;
    shift(5) = v - y;
    return shift;
  }
  const double a = dot / norm, b = cross / norm;
  Params p;
  p << a, -b, u - a * x + b * y, b, a, v - b * x - a * y, 0, 0;
  return p;
}

/// Tukey's biweight of the residuals with the given cut-off in px, times what each match is worth.
void tukey_weights(const std::vector<float>& squared, const std::vector<float>& worth, double cutoff_px, std::vector<float>& out) {
  const auto inv = static_cast<float>(1 / (cutoff_px * cutoff_px));
  for (std::size_t i = 0; i < squared.size(); ++i) {
    const float t = std::max(0.0f, 1.0f - squared[i] * inv);
    out[i] = worth[i] * t * t;
  }
}

/// The similarity that most of the picture follows on the whole, for scenes of many depths where no plane holds: Geman-McClure weights of a basin as wide as
/// the scene's own disagreement, so that every frame averages the same things instead of choosing another plane each time.
Params broad_similarity(const Matches& m, Params p, std::vector<float>& residuals, std::vector<float>& weights, double& scale_px) {
  constexpr int kIterations = 12;
  constexpr double kNarrowest_px = 1.0, kWidest_px = 3.0;
  std::vector<float> sorted;
  double unused = 0;
  for (int k = 0; k < kIterations; ++k) {
    squared_residuals(m, p, residuals);
    sorted = residuals;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double basin_px = std::clamp(std::sqrt(static_cast<double>(*middle)), kNarrowest_px, kWidest_px);
    const auto inv = static_cast<float>(1 / (basin_px * basin_px));
    double sum = 0, total = 1e-12;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float t = 1.0f / (1.0f + residuals[i] * inv);
      weights[i] = m.worth[i] * t * t;
      sum += weights[i] * residuals[i];
      total += weights[i];
    }
    scale_px = std::sqrt(0.5 * sum / total);
    p = solve_similarity(m, weights, unused);
  }
  return p;
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

Mat3 to_pixels(const Params& p, const Matches& m, Size picture) {
  const double cx = 0.5 * (picture.width - 1), cy = 0.5 * (picture.height - 1), k = m.unit_px;
  const Mat3 pixel_from_unit = Mat3::translation(cx, cy) * Mat3::scaling(k, k), unit_from_pixel = Mat3::scaling(1 / k, 1 / k) * Mat3::translation(-cx, -cy);
  const Mat3 h{{p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7), 1}};
  const auto result = normalized(pixel_from_unit * h * unit_from_pixel);
  return result.value_or(Mat3::identity());
}

Params from_pixels(const Mat3& h, const Matches& m, Size picture) {
  const double cx = 0.5 * (picture.width - 1), cy = 0.5 * (picture.height - 1), k = m.unit_px;
  const Mat3 pixel_from_unit = Mat3::translation(cx, cy) * Mat3::scaling(k, k), unit_from_pixel = Mat3::scaling(1 / k, 1 / k) * Mat3::translation(-cx, -cy);
  const Mat3 n = normalized(unit_from_pixel * h * pixel_from_unit).value_or(Mat3::identity());
  Params p;
  for (int i = 0; i < 8; ++i) p(i) = n.m[static_cast<std::size_t>(i)];
  return p;
}

/// RMS standard error in px at the picture's corners of a homography with the given covariance.
double homography_corner_sigma(const Params& p, const Matrix8& covariance, const Matches& m, Size picture) {
  const double ex = 0.5 * (picture.width - 1) / m.unit_px, ey = 0.5 * (picture.height - 1) / m.unit_px;
  double sum = 0;
  for (const auto& [x, y] : {std::pair{-ex, -ey}, {ex, -ey}, {ex, ey}, {-ex, ey}}) {
    const double den = p(6) * x + p(7) * y + 1, u = (p(0) * x + p(1) * y + p(2)) / den, v = (p(3) * x + p(4) * y + p(5)) / den;
    Vector8 ju, jv;
    ju << x, y, 1, 0, 0, 0, -u * x, -u * y;
    jv << 0, 0, 0, x, y, 1, -v * x, -v * y;
    sum += (ju.dot(covariance * ju) + jv.dot(covariance * jv)) / (den * den);
  }
  return std::sqrt(std::max(0.0, sum / 4)) * m.unit_px;
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

  /// A similarity in place of homography `p`: over the same inliers, or over the whole picture when there is no clear plane.
  Params simpler(const Params& p, RobustFit& fit) {
    squared_residuals(m_, p, residuals_);
    tukey_weights(residuals_, m_.worth, std::max(4.0 * fit.scale_px, 0.25), weights_);
    double lever = 0;
    Params similarity = solve_similarity(m_, weights_, lever);
    if (!fit.clear) similarity = broad_similarity(m_, similarity, residuals_, weights_, fit.scale_px);
    lever = 0;
    double total = 0;
    for (int i = 0; i < m_.count; ++i) {
      total += weights_[i];
      lever += weights_[i] * (m_.x[i] * m_.x[i] + m_.y[i] * m_.y[i]);
    }
    const double independent = std::min(total, kIndependentMatches), share = independent / std::max(total, 1e-9);
    fit.corner_sigma_px = fit.scale_px * (1 / std::sqrt(std::max(independent, 1e-9)) + 1 / std::sqrt(std::max(share * lever, 1e-9)));
    fit.model = MotionModel::kSimilarity;
    return similarity;
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
  const double cutoff = std::clamp(4.0 * fit.scale_px, 0.5, options.threshold_px);
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
  constexpr double kClearShare = 0.65, kTightShare = 0.4, kTightScale_px = 0.12;
  fit.clear = fit.inlier_share >= kClearShare || (fit.inlier_share >= kTightShare && fit.scale_px <= kTightScale_px);
  const double inflation = std::max(1.0, fit.inliers / kIndependentMatches);
  const double variance = inflation * fit.scale_px * fit.scale_px / (m.unit_px * m.unit_px);
  fit.corner_sigma_px = homography_corner_sigma(p, variance * information.inverse(), m, picture);
  fit.model = MotionModel::kHomography;
  if (!fit.clear || fit.corner_sigma_px > options.max_corner_sigma_px || fit.inliers < 8) {
    p = search.simpler(p, fit);
    if (fit.corner_sigma_px > kHopelessSigmas * options.max_corner_sigma_px) {
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
