// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace keel::learned {

// What inference on the CPU spends most of its time on, each in one pass over its maps instead of a dozen tensor operations. One image of a batch at a time; training and
// the device run the tensor operations, which are the reference in the tests.

/// Soft arg-max of a correlation volume. `correlation`: [taps, count], taps = (2R+1)^2 rows first; out[i] = sum over taps of softmax(sharpness * correlation)[tap] times the
/// tap's displacement in cells. `x`, `y`: [count].
void soft_peak(const float* correlation, std::int64_t count, int radius, float sharpness, float* x, float* y);

/// One level of a view, in normalised coordinates.
struct FitGrid {
  std::vector<float> x, y;  ///< centres of the columns and rows of cells
  /// Parameters of the tangent (a, b, c, d, e, f, g, h of u = ax + by + c - gxx - hxy, v = dx + ey + f - gxy - hyy) from corner displacements, row by row.
  std::array<double, 64> parameters_from_corners{};
  [[nodiscard]] std::int64_t columns() const { return static_cast<std::int64_t>(x.size()); }
  [[nodiscard]] std::int64_t cells() const { return static_cast<std::int64_t>(x.size() * y.size()); }
};

/// How the weights of a fit follow from its residuals.
struct FitRule {
  bool first = false;          ///< nothing is known yet: begins with the trust alone and closes in
  float outlier_cells = 1;     ///< distance at which a cell counts half, in cells
  float loose = 4;             ///< factor on it while the fit is closing in
  double ridge = 0, ridge_floor = 0;
};

/// Robust weighted least squares of the corner displacements, as IhnImpl::iterate() does it. `shift_x`, `shift_y`: displacement of each cell in cells; `trust`: its weight.
/// Writes the corner displacements in cells, the final weights and the distance of each cell's displacement from the fitted one, in cells.
void robust_corner_fit(const FitGrid& grid, const FitRule& rule, const float* shift_x, const float* shift_y, const float* trust, std::array<double, 8>& corners, float* weight,
                       float* residual);

}  // namespace keel::learned
