// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cmath>
#include <optional>

#include "engine/base/geometry.h"

namespace keel {

/// A 3x3 matrix, row major, in double precision. As a transform it maps homogeneous pixel coordinates and its name
/// reads `dst_from_src`, so that products check themselves: `c_from_a = c_from_b * b_from_a`.
struct Mat3 {
  std::array<double, 9> m{1, 0, 0, 0, 1, 0, 0, 0, 1};

  bool operator==(const Mat3&) const = default;
  [[nodiscard]] double operator()(int row, int col) const { return m[static_cast<std::size_t>(3 * row + col)]; }
  [[nodiscard]] double& operator()(int row, int col) { return m[static_cast<std::size_t>(3 * row + col)]; }

  [[nodiscard]] static Mat3 identity() { return {}; }
  [[nodiscard]] static Mat3 zero() { return {{0, 0, 0, 0, 0, 0, 0, 0, 0}}; }
  [[nodiscard]] static Mat3 translation(double dx, double dy) { return {{1, 0, dx, 0, 1, dy, 0, 0, 1}}; }
  [[nodiscard]] static Mat3 scaling(double sx, double sy) { return {{sx, 0, 0, 0, sy, 0, 0, 0, 1}}; }
  /// Turns clockwise on the screen (y points down) by `angle_rad` about the origin.
  [[nodiscard]] static Mat3 rotation(double angle_rad) {
    const double c = std::cos(angle_rad), s = std::sin(angle_rad);
    return {{c, -s, 0, s, c, 0, 0, 0, 1}};
  }
};

[[nodiscard]] inline Mat3 operator*(const Mat3& a, const Mat3& b) {
  Mat3 r;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) r(i, j) = a(i, 0) * b(0, j) + a(i, 1) * b(1, j) + a(i, 2) * b(2, j);
  return r;
}
[[nodiscard]] inline Mat3 operator+(const Mat3& a, const Mat3& b) {
  Mat3 r;
  for (std::size_t i = 0; i < 9; ++i) r.m[i] = a.m[i] + b.m[i];
  return r;
}
[[nodiscard]] inline Mat3 operator-(const Mat3& a, const Mat3& b) {
  Mat3 r;
  for (std::size_t i = 0; i < 9; ++i) r.m[i] = a.m[i] - b.m[i];
  return r;
}
[[nodiscard]] inline Mat3 operator*(double k, const Mat3& a) {
  Mat3 r;
  for (std::size_t i = 0; i < 9; ++i) r.m[i] = k * a.m[i];
  return r;
}

/// Third homogeneous coordinate of the image of `p`: the mapping is valid where it is positive.
[[nodiscard]] inline double denominator(const Mat3& h, Point p) { return h(2, 0) * p.x + h(2, 1) * p.y + h(2, 2); }

/// Image of a point; the caller makes sure that the denominator is not zero.
[[nodiscard]] inline Point apply(const Mat3& h, Point p) {
  const double w = denominator(h, p);
  return {(h(0, 0) * p.x + h(0, 1) * p.y + h(0, 2)) / w, (h(1, 0) * p.x + h(1, 1) * p.y + h(1, 2)) / w};
}

[[nodiscard]] double determinant(const Mat3& a);
/// Inverse by cofactors; empty when the determinant is below 1e-12 of the product of the row norms, or not finite.
[[nodiscard]] std::optional<Mat3> inverse(const Mat3& a);
/// Scaled so that h33 = 1; empty when h33 is (nearly) zero.
[[nodiscard]] std::optional<Mat3> normalized(const Mat3& h);

/// The four corners' pixel centres of a picture, in the order top-left, top-right, bottom-right, bottom-left.
[[nodiscard]] std::array<Point, 4> corner_centres(Size size);

/// The homography that sends four points to four others, by the direct linear transform in double precision, h33 = 1. Empty when three of either four lie
/// (nearly) on a line, or when it would send one of the points behind the camera.
[[nodiscard]] std::optional<Mat3> homography_from_points(const std::array<Point, 4>& from, const std::array<Point, 4>& to);

/// Mean distance in px between where `a` and `b` send the corner pixel centres of a picture: the "corner error".
[[nodiscard]] double mean_corner_distance(const Mat3& a, const Mat3& b, Size size);

}  // namespace keel
