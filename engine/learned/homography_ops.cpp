// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/homography_ops.h"

#include <vector>

#include "engine/learned/linear_solve.h"

namespace keel::learned {
namespace {

using torch::Tensor;

/// The smallest denominator that apply_homography() divides by.
constexpr double kMinDenominator = 0.05;
/// Of the reference's, the turn of a corner below which a quadrilateral counts as folded.
constexpr double kLeastTurn = 0.1;

/// The same elimination in plain loops and double precision, for inference on the CPU: some hundred tensor operations on 8x8 values cost more than the
/// network's small layers.
Tensor solve_in_loops(const Tensor& a_in, const Tensor& b_in) {
  const Tensor a = a_in.to(torch::kDouble).contiguous().clone(), b = b_in.to(torch::kDouble).contiguous().clone();
  const std::int64_t n = a.size(0), k = a.size(1);
  for (std::int64_t image = 0; image < n; ++image)
    solve_no_pivot_in_place(a.data_ptr<double>() + image * k * k, b.data_ptr<double>() + image * k, k);
  return b.to(b_in.scalar_type());
}

/// Homography from the unit square, corners (0,0), (1,0), (1,1), (0,1), to four points: [N,4,2] -> [N,3,3]. Closed form of the eight DLT equations (Heckbert, "Fundamentals of
/// texture mapping and image warping", 1989); it divides by nothing but the turn of the third corner. Elimination in a fixed order would meet a zero pivot at the identity.
Tensor quad_from_square(const Tensor& p) {
  const auto cross = [](const Tensor& a, const Tensor& b) { return a.select(1, 0) * b.select(1, 1) - a.select(1, 1) * b.select(1, 0); };
  const Tensor p0 = p.select(1, 0), p1 = p.select(1, 1), p2 = p.select(1, 2), p3 = p.select(1, 3);
  const Tensor d1 = p1 - p2, d2 = p3 - p2, rest = p0 - p1 + p2 - p3, turn = cross(d1, d2);
  const Tensor g = (cross(rest, d2) / turn).unsqueeze(1), h = (cross(d1, rest) / turn).unsqueeze(1);
  return torch::stack({torch::cat({p1 - p0 + g * p1, g}, 1), torch::cat({p3 - p0 + h * p3, h}, 1), torch::cat({p0, torch::ones_like(g)}, 1)}, 2);
}

/// Displacement of points [P,2] per parameter of a homography near the identity, [[1+a, b, c], [d, 1+e, f], [g, h, 1]]: [P,2,8].
Tensor tangent(const Tensor& p) {
  const Tensor x = p.select(1, 0), y = p.select(1, 1), one = torch::ones_like(x), zero = torch::zeros_like(x);
  const Tensor du = torch::stack({x, y, one, zero, zero, zero, -x * x, -x * y}, 1);
  const Tensor dv = torch::stack({zero, zero, zero, x, y, one, -x * y, -y * y}, 1);
  return torch::stack({du, dv}, 1);
}

}  // namespace

Tensor solve_no_pivot(const Tensor& a, const Tensor& b) {
  if (a.is_cpu() && !torch::GradMode::is_enabled()) return solve_in_loops(a, b);
  const std::int64_t k = a.size(1);
  // Forward elimination on the augmented matrix; each step keeps only what is left, so that nothing is written in place.
  Tensor rest = torch::cat({a, b.unsqueeze(2)}, 2);
  std::vector<Tensor> pivot_rows;
  for (std::int64_t i = 0; i < k; ++i) {
    const Tensor row = rest.select(1, 0) / rest.select(1, 0).slice(1, 0, 1);
    pivot_rows.push_back(row.slice(1, 1));
    const Tensor below = rest.slice(1, 1);
    rest = below.slice(2, 1) - below.slice(2, 0, 1) * row.slice(1, 1).unsqueeze(1);
  }
  std::vector<Tensor> x(static_cast<std::size_t>(k));
  for (std::int64_t i = k - 1; i >= 0; --i) {
    const Tensor& row = pivot_rows[static_cast<std::size_t>(i)];
    Tensor value = row.select(1, row.size(1) - 1);
    for (std::int64_t j = i + 1; j < k; ++j) value = value - row.select(1, j - i - 1) * x[static_cast<std::size_t>(j)];
    x[static_cast<std::size_t>(i)] = value;
  }
  return torch::stack(x, 1);
}

Tensor homography_from_corners(const Tensor& from, const Tensor& to) {
  const Tensor from_square = quad_from_square(from.dim() == 2 ? from.unsqueeze(0) : from), to_square = quad_from_square(to);
  const Tensor a = from_square.select(2, 0), b = from_square.select(2, 1), c = from_square.select(2, 2);
  // The adjugate is the inverse up to a factor, which the last division takes out.
  const Tensor square_from = torch::stack({torch::cross(b, c, 1), torch::cross(c, a, 1), torch::cross(a, b, 1)}, 1);
  const Tensor h = torch::matmul(to_square, square_from);
  return h / h.slice(1, 2, 3).slice(2, 2, 3);
}

Tensor apply_homography(const Tensor& h, const Tensor& points) {
  const Tensor source = points.dim() == 2 ? points.unsqueeze(0) : points;
  const Tensor mapped = torch::matmul(source, h.slice(2, 0, 2).transpose(1, 2)) + h.select(2, 2).unsqueeze(1);
  return mapped.slice(2, 0, 2) / mapped.slice(2, 2, 3).clamp_min(kMinDenominator);
}

Tensor spans_a_view(const Tensor& corners, const Tensor& reference) {
  const auto turns = [](const Tensor& c) {
    const Tensor ahead = c.roll(-1, 1) - c, behind = c.roll(1, 1) - c;
    return ahead.select(2, 0) * behind.select(2, 1) - ahead.select(2, 1) * behind.select(2, 0);  // [N,4]
  };
  // A comparison with what is not a number is false.
  return (turns(corners) > turns(reference.unsqueeze(0)) * kLeastTurn).all(1);
}

Tensor parameters_from_corners(const Tensor& corners) { return torch::linalg_inv(tangent(corners.to(torch::kDouble)).reshape({8, 8})); }

Tensor corner_basis(const Tensor& points, const Tensor& corners) {
  return torch::matmul(tangent(points.to(torch::kDouble)), parameters_from_corners(corners)).to(points.scalar_type());
}

}  // namespace keel::learned
