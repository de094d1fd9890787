// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/motion_models.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <utility>

namespace keel::fit {

Matches::Matches(std::span<const PointMatch> in, Size picture) : count(static_cast<int>(in.size())) {
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

Params identity_params() {
  Params p = Params::Zero();
  p(0) = p(4) = 1;
  return p;
}

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

}  // namespace keel::fit
