// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/mat3.h"

#include <Eigen/Core>
#include <Eigen/LU>

namespace keel {

double determinant(const Mat3& a) {
  return a(0, 0) * (a(1, 1) * a(2, 2) - a(1, 2) * a(2, 1)) - a(0, 1) * (a(1, 0) * a(2, 2) - a(1, 2) * a(2, 0)) +
         a(0, 2) * (a(1, 0) * a(2, 1) - a(1, 1) * a(2, 0));
}

std::optional<Mat3> inverse(const Mat3& a) {
  const double det = determinant(a);
  double scale = 1;
  for (int i = 0; i < 3; ++i) scale *= std::sqrt(a(i, 0) * a(i, 0) + a(i, 1) * a(i, 1) + a(i, 2) * a(i, 2));
  if (!std::isfinite(det) || std::abs(det) <= 1e-12 * scale) return std::nullopt;
  const double k = 1 / det;
  return Mat3{{k * (a(1, 1) * a(2, 2) - a(1, 2) * a(2, 1)), k * (a(0, 2) * a(2, 1) - a(0, 1) * a(2, 2)), k * (a(0, 1) * a(1, 2) - a(0, 2) * a(1, 1)),
               k * (a(1, 2) * a(2, 0) - a(1, 0) * a(2, 2)), k * (a(0, 0) * a(2, 2) - a(0, 2) * a(2, 0)), k * (a(0, 2) * a(1, 0) - a(0, 0) * a(1, 2)),
               k * (a(1, 0) * a(2, 1) - a(1, 1) * a(2, 0)), k * (a(0, 1) * a(2, 0) - a(0, 0) * a(2, 1)), k * (a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0))}};
}

std::optional<Mat3> normalized(const Mat3& h) {
  if (!std::isfinite(h(2, 2)) || std::abs(h(2, 2)) < 1e-12) return std::nullopt;
  return (1 / h(2, 2)) * h;
}

std::array<Point, 4> corner_centres(Size size) {
  const double r = size.width - 1, b = size.height - 1;
  return {Point{0, 0}, Point{r, 0}, Point{r, b}, Point{0, b}};
}

std::optional<Mat3> homography_from_points(const std::array<Point, 4>& from, const std::array<Point, 4>& to) {
  Eigen::Matrix<double, 8, 8> a;
  Eigen::Matrix<double, 8, 1> b;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto [x, y] = from[i];
    const auto [u, v] = to[i];
    const auto row = static_cast<Eigen::Index>(2 * i);
    a.row(row) << x, y, 1, 0, 0, 0, -x * u, -y * u;
    a.row(row + 1) << 0, 0, 0, x, y, 1, -x * v, -y * v;
    b(row) = u;
    b(row + 1) = v;
  }
  const Eigen::Matrix<double, 8, 1> h = a.partialPivLu().solve(b);
  const Mat3 result{{h(0), h(1), h(2), h(3), h(4), h(5), h(6), h(7), 1}};
  for (std::size_t i = 0; i < 4; ++i) {
    // Also refuses what is not finite: degenerate points solve to infinities or to something that misses them.
    if (!(denominator(result, from[i]) > 1e-6)) return std::nullopt;
    const Point hit = apply(result, from[i]);
    if (!(std::hypot(hit.x - to[i].x, hit.y - to[i].y) < 1e-6 * (1 + std::hypot(to[i].x, to[i].y)))) return std::nullopt;
  }
  return result;
}

double mean_corner_distance(const Mat3& a, const Mat3& b, Size size) {
  double sum = 0;
  for (const Point corner : corner_centres(size)) {
    const Point p = apply(a, corner), q = apply(b, corner);
    sum += std::hypot(p.x - q.x, p.y - q.y);
  }
  return sum / 4;
}

}  // namespace keel
