// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "engine/math/fit_steps.h"
#include "engine/math/robust_fit.h"

namespace keel::fit {

/// The models that the robust fit searches among: how they come from matches, what they say about matches, how sure they are.
/// The arithmetic is fit_steps.h's. Private to engine/math. Coordinates are normalised: origin at the picture's centre, unit half the longer side.

using Vector8 = Eigen::Matrix<double, 8, 1>;
using Matrix8 = Eigen::Matrix<double, 8, 8>;

/// Matches in normalised coordinates as arrays, so that scoring vectorises: (x, y) in the previous frame, (u, v) in the current one.
struct Matches {
  std::vector<float> x, y, u, v, worth;
  UnitFrame frame;
  double unit_px = 1;  ///< working px per unit
  int count = 0;

  Matches(std::span<const PointMatch> in, Size picture);
  [[nodiscard]] UnitMatch at(int i) const {
    const auto k = static_cast<std::size_t>(i);
    return {x[k], y[k], u[k], v[k]};
  }
};

/// h11..h32 with h33 = 1, as the linear systems order them.
using Params = Vector8;
[[nodiscard]] Params identity_params();

/// From minimal samples: matches i and j, or the four given. Empty for samples that say nothing or that no camera makes between two frames.
[[nodiscard]] std::optional<Params> similarity_from_two(const Matches& m, int i, int j);
[[nodiscard]] std::optional<Params> homography_from_four(const Matches& m, const int index[4]);

/// Squared residuals in px^2 of all matches; `out` has their count.
void squared_residuals(const Matches& m, const Params& p, std::vector<float>& out);

/// Weighted least squares for a homography around `p` (weights per match; the denominators of `p` make the algebraic error geometric), with priors
/// in normalised units on aspect, skew and perspective, for residuals of the given variance (normalised). Returns the information matrix through
/// `information` (inverse covariance times variance); `p` itself where the system has no solution.
[[nodiscard]] Params solve_homography(const Matches& m, const Params& p, const std::vector<float>& weights, double variance, Matrix8& information);

/// Weighted similarity in closed form over (a, b, tx, ty); `information` is that of a and b. Identity where all weights are 0.
[[nodiscard]] Params solve_similarity(const Matches& m, const std::vector<float>& weights, double& information);

/// RMS standard error in px at the picture's corners of a homography with the given covariance.
[[nodiscard]] double homography_corner_sigma(const Params& p, const Matrix8& covariance, const Matches& m, Size picture);

/// Between normalised parameters and a matrix of working px, h33 = 1.
[[nodiscard]] Mat3 to_pixels(const Params& p, Size picture);
[[nodiscard]] Params from_pixels(const Mat3& h, const Matches& m, Size picture);

}  // namespace keel::fit
