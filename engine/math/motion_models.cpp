// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/motion_models.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keel::fit {

Matches::Matches(std::span<const PointMatch> in, Size picture) : frame(picture), unit_px(frame.unit_px), count(static_cast<int>(in.size())) {
  for (auto* a : {&x, &y, &u, &v, &worth}) a->reserve(in.size());
  for (const PointMatch& m : in) {
    const UnitMatch unit = frame.from_px(m.prev_x, m.prev_y, m.cur_x, m.cur_y);
    x.push_back(unit.x);
    y.push_back(unit.y);
    u.push_back(unit.u);
    v.push_back(unit.v);
    worth.push_back(m.weight);
  }
}

Params identity_params() {
  Params p = Params::Zero();
  p(0) = p(4) = 1;
  return p;
}

std::optional<Params> similarity_from_two(const Matches& m, int i, int j) {
  Params p;
  return similarity_through(m.at(i), m.at(j), p.data()) ? std::optional(p) : std::nullopt;
}

std::optional<Params> homography_from_four(const Matches& m, const int index[4]) {
  Params p;
  return homography_through(m.at(index[0]), m.at(index[1]), m.at(index[2]), m.at(index[3]), p.data()) ? std::optional(p) : std::nullopt;
}

void squared_residuals(const Matches& m, const Params& p, std::vector<float>& out) {
  const FloatParams params(p.data());
  const float unit2 = m.frame.unit_px2();
  const float *x = m.x.data(), *y = m.y.data(), *u = m.u.data(), *v = m.v.data();
  float* r = out.data();
  for (int i = 0; i < m.count; ++i) r[i] = squared_residual(params, {x[i], y[i], u[i], v[i]}, unit2);
}

namespace {

/// The sums of normal_term() over matches, with all that a match's terms share computed once and what is 0 or another term's twin left out: adding 0 changes no sum. Arrays
/// of two hold what the rows of u and v add.
struct NormalSums {
  double squares[6] = {};                               ///< (1, 1) to (3, 3), and as much for rows 4 to 6
  double with_7[3][2] = {}, with_8[3][2] = {}, right[3][2] = {};  ///< rows 1 to 3 and 4 to 6
  double corner[3] = {}, right_7 = 0, right_8 = 0, total = 0;

  void add(const UnitMatch& m, float weight, double p6, double p7) {
    total += weight;
    if (weight <= 0) return;
    const double x = m.x, y = m.y, w = geometric_weight(m, weight, p6, p7);
    const double q[3] = {x, y, 1}, uv[2] = {m.u, m.v}, of_x[2] = {-uv[0] * x, -uv[1] * x}, of_y[2] = {-uv[0] * y, -uv[1] * y};
    double* square = squares;
    for (int a = 0; a < 3; ++a) {
      for (int b = a; b < 3; ++b) *square++ += w * (q[a] * q[b]);
      for (int k = 0; k < 2; ++k) {
        with_7[a][k] += w * (q[a] * of_x[k]);
        with_8[a][k] += w * (q[a] * of_y[k]);
        right[a][k] += w * (q[a] * uv[k]);
      }
    }
    corner[0] += w * (of_x[0] * of_x[0] + of_x[1] * of_x[1]);
    corner[1] += w * (of_x[0] * of_y[0] + of_x[1] * of_y[1]);
    corner[2] += w * (of_y[0] * of_y[0] + of_y[1] * of_y[1]);
    right_7 += w * (of_x[0] * uv[0] + of_x[1] * uv[1]);
    right_8 += w * (of_y[0] * uv[0] + of_y[1] * uv[1]);
  }

  void write(double* terms) const {
    const double* square = squares;
    for (int a = 0; a < 3; ++a) {
      for (int b = a; b < 3; ++b) terms[matrix_term(a, b)] = terms[matrix_term(a + 3, b + 3)] = *square++;
      for (int k = 0; k < 2; ++k) {
        terms[matrix_term(a + 3 * k, 6)] = with_7[a][k];
        terms[matrix_term(a + 3 * k, 7)] = with_8[a][k];
        terms[kMatrixTerms + a + 3 * k] = right[a][k];
      }
    }
    terms[matrix_term(6, 6)] = corner[0];
    terms[matrix_term(6, 7)] = corner[1];
    terms[matrix_term(7, 7)] = corner[2];
    terms[kMatrixTerms + 6] = right_7;
    terms[kMatrixTerms + 7] = right_8;
    terms[kTotalTerm] = total;
  }
};

}  // namespace

Params solve_homography(const Matches& m, const Params& p, const std::vector<float>& weights, double variance, Matrix8& information) {
  NormalSums sums;
  for (int i = 0; i < m.count; ++i) sums.add(m.at(i), weights[static_cast<std::size_t>(i)], p(6), p(7));
  double terms[kNormalTerms] = {};
  sums.write(terms);
  add_priors(p(2), p(5), variance, terms);
  for (int a = 0; a < kParams; ++a)
    for (int b = a; b < kParams; ++b) information(a, b) = information(b, a) = terms[matrix_term(a, b)];
  Params result = p;
  (void)solve_normal(terms, result.data());
  return result;
}

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

Mat3 to_pixels(const Params& p, Size picture) {
  Mat3 result;
  PixelFrame(picture).to_pixels(p.data(), result.m.data());
  return result;
}

Params from_pixels(const Mat3& h, const Matches& m, Size picture) {
  const double cx = 0.5 * (picture.width - 1), cy = 0.5 * (picture.height - 1), k = m.unit_px;
  const Mat3 pixel_from_unit = Mat3::translation(cx, cy) * Mat3::scaling(k, k), unit_from_pixel = Mat3::scaling(1 / k, 1 / k) * Mat3::translation(-cx, -cy);
  const Mat3 n = normalized(unit_from_pixel * h * pixel_from_unit).value_or(Mat3::identity());
  Params p;
  for (int i = 0; i < 8; ++i) p(i) = n.m[static_cast<std::size_t>(i)];
  return p;
}

}  // namespace keel::fit
