// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/base/geometry.h"
#include "engine/base/host_device.h"

namespace keel::fit {

/// The arithmetic of the robust fit, one match or one small system at a time, for the host's search and for kernel bodies alike: who sums in the same order
/// gets the same bits. Arrays are raw so that they may lie in either memory; parameters of a homography are h11..h32 with h33 = 1, coordinates those of Matches.

inline constexpr int kParams = 8;
/// Terms of the normal equations of a homography: the upper triangle of the 8x8 matrix row by row, the right side, and the sum of the weights.
inline constexpr int kMatrixTerms = kParams * (kParams + 1) / 2, kNormalTerms = kMatrixTerms + kParams + 1;
inline constexpr int kTotalTerm = kNormalTerms - 1;

/// Residuals of real scenes are not independent (parallax, moving things): together they are worth as many independent ones, however many there are.
inline constexpr double kIndependentMatches = 20;

/// Where entry (row, column) of the symmetric matrix is among the terms; column >= row.
KEEL_HD constexpr int matrix_term(int row, int column) { return row * kParams - row * (row - 1) / 2 + column - row; }

/// A match in normalised coordinates.
struct UnitMatch {
  float x, y, u, v;
};

/// Between working px and normalised coordinates: origin at the picture's centre, unit half the longer side.
struct UnitFrame {
  float centre_x, centre_y, units_per_px;
  double unit_px;
  explicit UnitFrame(Size picture)
      : centre_x(static_cast<float>(0.5 * (picture.width - 1))), centre_y(static_cast<float>(0.5 * (picture.height - 1))) {
    unit_px = 0.5 * (picture.width > picture.height ? picture.width : picture.height);
    units_per_px = static_cast<float>(1 / unit_px);
  }
  KEEL_HD UnitMatch from_px(float prev_x, float prev_y, float cur_x, float cur_y) const {
    return {(prev_x - centre_x) * units_per_px, (prev_y - centre_y) * units_per_px, (cur_x - centre_x) * units_per_px, (cur_y - centre_y) * units_per_px};
  }
  KEEL_HD float unit_px2() const { return static_cast<float>(unit_px * unit_px); }
};

/// The draws of the search's minimal samples: a xorshift sequence that is the same everywhere, and does not depend on how many matches there are.
class Draws {
 public:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ >> 11;
  }
  /// A draw as the index of one of `n` matches.
  KEEL_HD static int below(std::uint64_t draw, int n) { return static_cast<int>(draw % static_cast<std::uint64_t>(n)); }
  static constexpr int kOfSimilarity = 2, kOfHomography = 4;
  KEEL_HD static bool all_different(int i, int j, int k, int l) { return i != j && i != k && i != l && j != k && j != l && k != l; }

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15ull;
};
/// Matches below which no homography is tried.
inline constexpr int kHomographyMatches = 8;

/// Parameters in the precision that residuals are computed in.
struct FloatParams {
  float h0, h1, h2, h3, h4, h5, h6, h7;
  KEEL_HD explicit FloatParams(const double* p, std::ptrdiff_t stride = 1)
      : h0(static_cast<float>(p[0])),
        h1(static_cast<float>(p[stride])),
        h2(static_cast<float>(p[2 * stride])),
        h3(static_cast<float>(p[3 * stride])),
        h4(static_cast<float>(p[4 * stride])),
        h5(static_cast<float>(p[5 * stride])),
        h6(static_cast<float>(p[6 * stride])),
        h7(static_cast<float>(p[7 * stride])) {}
};

/// In px^2.
KEEL_HD inline float squared_residual(const FloatParams& p, const UnitMatch& m, float unit_px2) {
  const float w = 1.0f / (p.h6 * m.x + p.h7 * m.y + 1.0f);
  const float ex = (p.h0 * m.x + p.h1 * m.y + p.h2) * w - m.u, ey = (p.h3 * m.x + p.h4 * m.y + p.h5) * w - m.v;
  return (ex * ex + ey * ey) * unit_px2;
}

/// 1 for no residual, 0 from the cut-off on, and for what is no number.
KEEL_HD inline float gain(float squared, float inverse_cutoff2) {
  const float t = 1.0f - squared * inverse_cutoff2;
  return t > 0.0f ? t : 0.0f;
}
KEEL_HD inline float inverse_square(double cutoff_px) { return static_cast<float>(1 / (cutoff_px * cutoff_px)); }

/// Tukey's biweight times what the match is worth.
KEEL_HD inline float tukey_weight(float squared, float inverse_cutoff2, float worth) {
  const float t = gain(squared, inverse_cutoff2);
  return worth * t * t;
}

/// Product of the standard deviations in x and y of points with the given weighted sums.
KEEL_HD inline double spread_area(double total, double sx, double sy, double sxx, double syy) {
  if (!(total > 0)) return 0;
  const double vx = sxx / total - sx * sx / (total * total), vy = syy / total - sy * sy / (total * total);
  return sqrt((vx > 0 ? vx : 0.0) * (vy > 0 ? vy : 0.0));
}

/// The MSAC score of a hypothesis over matches, weighed by the spread of those that agree; added up in their order.
struct ScoreSums {
  float total = 0, sx = 0, sy = 0, sxx = 0, syy = 0;
  KEEL_HD void add(float squared, float inverse_threshold2, float worth, float x, float y) {
    const float g = worth * gain(squared, inverse_threshold2);
    total += g;
    sx += g * x;
    sy += g * y;
    sxx += g * x * x;
    syy += g * y * y;
  }
  /// The root: a thin but wide horizon must still win against a few scattered accidents.
  [[nodiscard]] KEEL_HD double score() const {
    return static_cast<double>(total) *
           sqrt(spread_area(static_cast<double>(total), static_cast<double>(sx), static_cast<double>(sy), static_cast<double>(sxx), static_cast<double>(syy)));
  }
};

/// The similarity through two matches; false where they are too close to say anything about rotation, or further from each other than a camera zooms.
KEEL_HD inline bool similarity_through(const UnitMatch& from, const UnitMatch& to, double* p, std::ptrdiff_t stride = 1) {
  constexpr double kLeastDistance2 = 0.01, kLeastScale2 = 0.25, kMostScale2 = 4;
  const double dx = to.x - from.x, dy = to.y - from.y, du = to.u - from.u, dv = to.v - from.v;
  const double length = dx * dx + dy * dy;
  if (length < kLeastDistance2) return false;
  const double a = (dx * du + dy * dv) / length, b = (dx * dv - dy * du) / length, scale = a * a + b * b;
  if (scale < kLeastScale2 || scale > kMostScale2) return false;
  const double x = from.x, y = from.y, u = from.u, v = from.v;
  p[0] = p[4 * stride] = a;
  p[stride] = -b;
  p[3 * stride] = b;
  p[2 * stride] = u - a * x + b * y;
  p[5 * stride] = v - b * x - a * y;
  p[6 * stride] = p[7 * stride] = 0;
  return true;
}

/// From the unit square to a quadrilateral (Heckbert 1989): rows (a b c), (d e f), (g h 1). Not finite where its last three corners lie on a line.
struct SquareToQuad {
  double a, b, c, d, e, f, g, h;
  KEEL_HD SquareToQuad(double x0, double y0, double x1, double y1, double x2, double y2, double x3, double y3) {
    const double dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2, sx = x0 - x1 + x2 - x3, sy = y0 - y1 + y2 - y3;
    const double det = dx1 * dy2 - dx2 * dy1;
    g = (sx * dy2 - dx2 * sy) / det;
    h = (dx1 * sy - sx * dy1) / det;
    a = x1 - x0 + g * x1;
    b = x3 - x0 + h * x3;
    c = x0;
    d = y1 - y0 + g * y1;
    e = y3 - y0 + h * y3;
    f = y0;
  }
};

/// The homography through four matches; false where three of them lie on a line, and for what no camera makes between two frames: a picture does not turn
/// inside out there, so what is far from a similarity is a bad sample.
KEEL_HD inline bool homography_through(const UnitMatch& m0, const UnitMatch& m1, const UnitMatch& m2, const UnitMatch& m3, double* p, std::ptrdiff_t stride = 1) {
  constexpr double kMostPerspective = 0.3, kMostAspect = 0.5, kLeastArea = 0.2;
  const SquareToQuad s(m0.x, m0.y, m1.x, m1.y, m2.x, m2.y, m3.x, m3.y), t(m0.u, m0.v, m1.u, m1.v, m2.u, m2.v, m3.u, m3.v);
  // t times the adjugate of s, row by row of the adjugate's columns; the last entry scales the rest.
  const double i00 = s.e - s.f * s.h, i10 = s.f * s.g - s.d, i20 = s.d * s.h - s.e * s.g;
  const double i02 = s.b * s.f - s.c * s.e, i12 = s.c * s.d - s.a * s.f, i22 = s.a * s.e - s.b * s.d;
  const double i01 = s.c * s.h - s.b, i11 = s.a - s.c * s.g, i21 = s.b * s.g - s.a * s.h;
  const double scale = 1 / (t.g * i02 + t.h * i12 + i22);
  const double h11 = (t.a * i00 + t.b * i10 + t.c * i20) * scale, h12 = (t.a * i01 + t.b * i11 + t.c * i21) * scale;
  const double h21 = (t.d * i00 + t.e * i10 + t.f * i20) * scale, h22 = (t.d * i01 + t.e * i11 + t.f * i21) * scale;
  const double h31 = (t.g * i00 + t.h * i10 + i20) * scale, h32 = (t.g * i01 + t.h * i11 + i21) * scale;
  // Written so that what is no number fails too.
  if (!(fabs(h31) <= kMostPerspective && fabs(h32) <= kMostPerspective && fabs(h11 - h22) <= kMostAspect && h11 * h22 - h12 * h21 >= kLeastArea)) return false;
  p[0] = h11;
  p[stride] = h12;
  p[2 * stride] = (t.a * i02 + t.b * i12 + t.c * i22) * scale;
  p[3 * stride] = h21;
  p[4 * stride] = h22;
  p[5 * stride] = (t.d * i02 + t.e * i12 + t.f * i22) * scale;
  p[6 * stride] = h31;
  p[7 * stride] = h32;
  return true;
}

/// The weight of a match in the normal equations: the denominators of `p6` and `p7` make the algebraic error geometric.
KEEL_HD inline double geometric_weight(const UnitMatch& m, float weight, double p6, double p7) {
  const double x = m.x, y = m.y, den = p6 * x + p7 * y + 1;
  return weight / (den * den);
}

/// What one match of geometric weight `w` adds to the term of `row` and `column`; `column` kParams is the right side.
KEEL_HD inline double normal_term(const UnitMatch& m, double w, int row, int column) {
  const double x = m.x, y = m.y, u = m.u, v = m.v;
  const auto of_x = [&](int i) { return i == 0 ? x : i == 1 ? y : i == 2 ? 1.0 : i < 6 ? 0.0 : i == 6 ? -u * x : i == 7 ? -u * y : u; };
  const auto of_y = [&](int i) { return i < 3 ? 0.0 : i == 3 ? x : i == 4 ? y : i == 5 ? 1.0 : i == 6 ? -v * x : i == 7 ? -v * y : v; };
  return w * (of_x(row) * of_x(column) + of_y(row) * of_y(column));
}

/// Adds the priors on what a camera does beyond a similarity to the terms, for residuals of the given variance (normalised). It goes with the shift (p2, p5): turning by
/// w moves the picture by w f and tilts it by w / f, and a rolling shutter skews it by the shift per frame; f is 1 to 3 half-widths. A little more is left for
/// turns about the centre and for zoom.
KEEL_HD inline void add_priors(double p2, double p5, double variance, double* terms, std::ptrdiff_t stride = 1) {
  const double shift = sqrt(p2 * p2 + p5 * p5), affine_prior = 0.002 + 0.3 * shift, perspective_prior = 0.001 + 0.3 * shift;
  const double total = terms[kTotalTerm * stride], crowd = total / kIndependentMatches, inflated = variance * (crowd > 1 ? crowd : 1.0);
  const double ka = inflated / (affine_prior * affine_prior), kp = inflated / (perspective_prior * perspective_prior);
  terms[matrix_term(0, 0) * stride] += ka;
  terms[matrix_term(4, 4) * stride] += ka;
  terms[matrix_term(0, 4) * stride] -= ka;
  terms[matrix_term(1, 1) * stride] += ka;
  terms[matrix_term(3, 3) * stride] += ka;
  terms[matrix_term(1, 3) * stride] += ka;
  terms[matrix_term(6, 6) * stride] += kp;
  terms[matrix_term(7, 7) * stride] += kp;
}

/// Solves the normal equations in place, by symmetric elimination: the system is positive definite wherever it has a solution. False where it has none; then
/// `p` is left alone.
KEEL_HD inline bool solve_normal(double* terms, double* p, std::ptrdiff_t stride = 1, std::ptrdiff_t p_stride = 1) {
  double* right = terms + kMatrixTerms * stride;
  for (int k = 0; k < kParams; ++k) {
    const double pivot = terms[matrix_term(k, k) * stride];
    if (!(pivot > 0)) return false;
    for (int i = k + 1; i < kParams; ++i) {
      const double factor = terms[matrix_term(k, i) * stride] / pivot;
      for (int j = i; j < kParams; ++j) terms[matrix_term(i, j) * stride] -= factor * terms[matrix_term(k, j) * stride];
      right[i * stride] -= factor * right[k * stride];
    }
  }
  bool finite = true;
  for (int k = kParams - 1; k >= 0; --k) {
    double value = right[k * stride];
    for (int j = k + 1; j < kParams; ++j) value -= terms[matrix_term(k, j) * stride] * right[j * stride];
    value /= terms[matrix_term(k, k) * stride];
    right[k * stride] = value;
    finite = finite && value - value == 0;
  }
  if (!finite) return false;
  for (int k = 0; k < kParams; ++k) p[k * p_stride] = right[k * stride];
  return true;
}

/// The robust standard deviation per axis, from the middle one of the squared residuals within `threshold_px`; floored at what tracking can do at best.
/// For 2-D Gaussian residuals the median length is 1.177 sigma.
KEEL_HD inline double scale_of_median(float middle, double threshold_px) {
  constexpr double kMedianLength = 1.177, kBestTracking_px = 0.03;
  const double scale = sqrt(static_cast<double>(middle)) / kMedianLength;
  return scale < kBestTracking_px ? kBestTracking_px : scale > threshold_px ? threshold_px : scale;
}

/// Residual at which a match stops counting in a refit of matches that scatter by `scale_px`; and the variance of those residuals, normalised.
KEEL_HD inline double refit_cutoff_px(double scale_px) { return 4.0 * scale_px > 0.25 ? 4.0 * scale_px : 0.25; }
KEEL_HD inline double refit_variance(double scale_px, double unit_px) { return scale_px * scale_px / (unit_px * unit_px); }
/// The same for the refit of a hypothesis that leads, whose scale is not known yet.
KEEL_HD inline double leader_cutoff_px(double threshold_px) { return 1.5 * threshold_px; }
KEEL_HD inline double leader_variance(double threshold_px, double unit_px) { return threshold_px * threshold_px / (9 * unit_px * unit_px); }

/// Entries of a 3x3 matrix, row by row.
inline constexpr int kMatrix = 9;

/// Parameters of a homography as a matrix of working px. Every product is written out, those with 0 too, so that the matrix has the bits of a product of Mat3s.
struct PixelFrame {
  double centre_x, centre_y, unit_px;
  explicit PixelFrame(Size picture)
      : centre_x(0.5 * (picture.width - 1)), centre_y(0.5 * (picture.height - 1)), unit_px(0.5 * (picture.width > picture.height ? picture.width : picture.height)) {}

  /// h33 = 1; the identity where the matrix has (nearly) no h33.
  KEEL_HD void to_pixels(const double* p, double* matrix) const {
    const double k = 1 / unit_px, shift_x = k * -centre_x, shift_y = k * -centre_y;
    // One row of pixel_from_unit * homography * unit_from_pixel, from the row (a b c) of the first.
    const auto row = [&](double a, double b, double c, double* out) {
      const double x = a * p[0] + b * p[3] + c * p[6], y = a * p[1] + b * p[4] + c * p[7], z = a * p[2] + b * p[5] + c * 1;
      out[0] = x * k + y * 0 + z * 0;
      out[1] = x * 0 + y * k + z * 0;
      out[2] = x * shift_x + y * shift_y + z * 1;
    };
    row(unit_px, 0, centre_x, matrix);
    row(0, unit_px, centre_y, matrix + 3);
    row(0, 0, 1, matrix + 6);
    const double last = matrix[8];
    const bool usable = last - last == 0 && fabs(last) >= 1e-12;
    const double scale = 1 / last;
    for (int i = 0; i < kMatrix; ++i) matrix[i] = usable ? scale * matrix[i] : i % 4 == 0 ? 1 : 0;
  }
};

}  // namespace keel::fit
