// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <span>

#include "engine/base/geometry.h"
#include "engine/math/mat3.h"
#include "engine/math/robust_fit.h"

namespace keel {

/// How far the rows of a picture lie from where a homography puts them. A sensor that reads its rows one after another (rolling shutter) shows each at another
/// time, and a camera that shakes faster than that bends the picture. A homography can say what is constant or linear over the rows (shift, and skew and stretch); here is what is left, px along x and y
/// by Legendre polynomials of degree 2, 3 and 4 of the row's place between the picture's upper edge (-1) and its lower one (1). Free of any model of the camera, in the manner of Grundmann et al.,
/// "Calibration-free rolling shutter removal" (2012), whose mixture of homographies becomes one homography and a smooth rest.
struct RowBend {
  static constexpr std::size_t kTerms = 3;
  using Terms = std::array<double, kTerms>;
  Terms x{}, y{};
  double middle_px = 0, half_px = 1;  ///< the edges are the rows `middle_px` -+ `half_px`; what lies beyond is displaced like them

  /// No displacement, of a picture with so many rows.
  [[nodiscard]] static RowBend over(int height) { return {{}, {}, 0.5 * (height - 1), 0.5 * height}; }

  [[nodiscard]] double place(double row_px) const;
  [[nodiscard]] Point at_place(double place) const;
  /// Displacement of a row, px.
  [[nodiscard]] Point at(double row_px) const { return at_place(place(row_px)); }
  /// No row is displaced further along x and y; at most a tenth of the largest term above what is reached.
  [[nodiscard]] Point bound() const;
  [[nodiscard]] bool is_zero() const { return x == Terms{} && y == Terms{}; }

  /// The displacements times `factor`.
  [[nodiscard]] RowBend scaled(double factor) const;
  /// The same in other pixels of the same picture: new = scale * old + offset, where the offset along x does not matter.
  [[nodiscard]] RowBend in_pixels(double scale_x, double scale_y, double offset_y) const;
  /// Adds the other's displacements, which are of the same rows.
  RowBend& operator+=(const RowBend& other);

  /// One axis as a polynomial: coefficients of place^0 to place^4.
  using Powers = std::array<double, kTerms + 2>;
  [[nodiscard]] static Powers powers(const Terms& terms);

  bool operator==(const RowBend&) const = default;
};

/// A homography and what rows show beyond it.
struct RowFit {
  Mat3 cur_from_prev;
  RowBend bend;

  /// Where both send a point.
  [[nodiscard]] Point apply(Point prev) const;
};

/// Fits bends to matches of a pair of which a homography is known, by robust least squares over the matches near it (working px; residuals above 8 px have no say), drawn towards none where
/// matches are few or disagree. A robust homography holds on to the rows that it can explain, so what is constant or linear over all rows is fitted along and put into it.
/// Nothing changes for fewer than 40 matches. O(matches), eight rounds at most.
[[nodiscard]] RowFit fit_row_bend(std::span<const PointMatch> matches, const Mat3& cur_from_prev, Size picture);

/// The same and the homography by turns, each fitted to what the other leaves: held on to a part of the rows it is off elsewhere, in more than bends can say. Other models than a homography stay
/// what they are but for the constant and linear terms. At most three such fits and two refits.
[[nodiscard]] RowFit fit_rows(const RobustFit& found, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options = {});

}  // namespace keel
