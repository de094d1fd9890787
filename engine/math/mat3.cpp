// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/mat3.h"

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

double mean_corner_distance(const Mat3& a, const Mat3& b, Size size) {
  double sum = 0;
  for (const Point corner : corner_centres(size)) {
    const Point p = apply(a, corner), q = apply(b, corner);
    sum += std::hypot(p.x - q.x, p.y - q.y);
  }
  return sum / 4;
}

}  // namespace keel
