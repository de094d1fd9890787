// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/learned/torch_api.h"

namespace keel::learned {

/// Solves A x = b for a batch by elimination without pivoting, in tensor operations only: no host synchronisation, differentiable, fit for a
/// CUDA graph. A: [N,K,K] whose leading minors are not zero, as of a symmetric positive definite one, b: [N,K].
/// Returns [N,K]. Cost: K steps of one rank-one update.
[[nodiscard]] torch::Tensor solve_no_pivot(const torch::Tensor& a, const torch::Tensor& b);

/// Tensor DLT: the homographies that send four points to four others. `from`: [4,2] or [N,4,2], `to`: [N,4,2] in the order top-left, top-right,
/// bottom-right, bottom-left, both in coordinates of magnitude about 1 and convex, the origin inside `from`. Returns `to_from_from` [N,3,3] with h33 = 1. Differentiable,
/// in float or double, with no host synchronisation.
[[nodiscard]] torch::Tensor homography_from_corners(const torch::Tensor& from, const torch::Tensor& to);

/// Images of points under homographies. `h`: [N,3,3], `points`: [P,2] or [N,P,2]. Returns [N,P,2]. Denominators are kept at 0.05 or more: what a
/// diverging iteration sends behind the camera must not become infinite.
[[nodiscard]] torch::Tensor apply_homography(const torch::Tensor& h, const torch::Tensor& points);

/// Where four corners (order as above, clockwise on the screen) span a convex quadrilateral that is far from folding: every corner turns by at least a tenth of what the
/// corners of `reference` turn by (twice the triangle's area). Only then has the DLT a well-conditioned answer. `corners`: [N,4,2], `reference`: [4,2]. Returns [N] booleans, false
/// for what is not finite. Views of the published protocol stay above 0.25.
[[nodiscard]] torch::Tensor spans_a_view(const torch::Tensor& corners, const torch::Tensor& reference);

/// The eight parameters of a homography near the identity, [[1+a, b, c], [d, 1+e, f], [g, h, 1]], per displacement of the corners: [8,8] in double precision, its columns x and y
/// of the four corners. `corners`: [4,2].
[[nodiscard]] torch::Tensor parameters_from_corners(const torch::Tensor& corners);

/// First-order displacement of each point when the corners move: `displacement = basis * corner_displacements`. `points`: [P,2], `corners`: [4,2],
/// the same coordinates. Returns [P,2,8]; the eight columns are x and y of the four corners. It is the tangent at the identity of the map from
/// corners to homographies, so a least-squares fit with it is a Gauss-Newton step.
[[nodiscard]] torch::Tensor corner_basis(const torch::Tensor& points, const torch::Tensor& corners);

}  // namespace keel::learned
