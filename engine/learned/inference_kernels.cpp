// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/inference_kernels.h"

#include <algorithm>
#include <cmath>

#include "engine/learned/linear_solve.h"
#include "engine/learned/vector_lanes.h"

namespace keel::learned {
namespace {

using Vector = Eight<float>::Vector;
using Integers = Eight<float>::Integers;

[[gnu::always_inline]] inline Vector spread(float value) { return Vector{} + value; }

/// e^x for x <= 0, relative error below 3e-7: a power of two times a polynomial on half an octave.
[[gnu::always_inline]] inline Vector exp_of_negative(Vector x) {
  x = x < -87.0f ? spread(-87.0f) : x;
  // Adding and taking away 1.5 * 2^23 rounds to the nearest integer.
  const Vector magic = spread(12582912.0f), octaves = (x * 1.44269504f + magic) - magic;
  const Vector r = (x - octaves * 0.693359375f) + octaves * 2.12194440e-4f;
  Vector p = spread(1.3888889e-3f);
  p = p * r + 8.3333333e-3f;
  p = p * r + 4.1666667e-2f;
  p = p * r + 1.6666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const Integers exponent = (__builtin_convertvector(octaves, Integers) + 127) << 23;
  Vector power;
  __builtin_memcpy(&power, &exponent, sizeof power);
  return p * power;
}

/// Sums of weight, and of weight times displacement, times powers of the coordinates: all that the normal equations are made of.
struct Moments {
  double w[5][5] = {};   ///< w[j][i]: weight x^i y^j, i + j <= 4
  double sx[3][3] = {};  ///< the same with the displacement's x, i + j <= 2
  double sy[3][3] = {};
};

[[gnu::always_inline]] inline double sum_of(const Vector& v) {
  double sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += static_cast<double>(v[i]);
  return sum;
}

/// Solves for the corner displacements that fit the moments.
std::array<double, 8> corners_of(const Moments& m, const FitGrid& grid, const FitRule& rule) {
  // In parameters: S = sum w T^T T and t = sum w T^T s, where a cell's T has the rows (x, y, 1, 0, 0, 0, -xx, -xy) and (0, 0, 0, x, y, 1, -xy, -yy).
  constexpr int kX[3] = {1, 0, 0}, kY[3] = {0, 1, 0};  // powers of the three affine columns
  double s[8][8] = {}, t[8] = {};
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) s[a][b] = s[a + 3][b + 3] = m.w[kY[a] + kY[b]][kX[a] + kX[b]];
    s[a][6] = s[6][a] = -m.w[kY[a]][kX[a] + 2];
    s[a][7] = s[7][a] = s[a + 3][6] = s[6][a + 3] = -m.w[kY[a] + 1][kX[a] + 1];
    s[a + 3][7] = s[7][a + 3] = -m.w[kY[a] + 2][kX[a]];
    t[a] = m.sx[kY[a]][kX[a]];
    t[a + 3] = m.sy[kY[a]][kX[a]];
  }
  s[6][6] = m.w[0][4] + m.w[2][2];
  s[6][7] = s[7][6] = m.w[1][3] + m.w[3][1];
  s[7][7] = m.w[2][2] + m.w[4][0];
  t[6] = -m.sx[0][2] - m.sy[1][1];
  t[7] = -m.sx[1][1] - m.sy[2][0];

  // In corner displacements: M^T S M and M^T t, M the parameters from the corners.
  const auto& p = grid.parameters_from_corners;
  std::array<double, 64> normal{};
  std::array<double, 8> right{};
  double sm[8][8];
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) {
      sm[i][j] = 0;
      for (int k = 0; k < 8; ++k) sm[i][j] += s[i][k] * p[static_cast<std::size_t>(8 * k + j)];
    }
  double trace = 0;
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j)
      for (int k = 0; k < 8; ++k) normal[static_cast<std::size_t>(8 * i + j)] += p[static_cast<std::size_t>(8 * k + i)] * sm[k][j];
    for (int k = 0; k < 8; ++k) right[static_cast<std::size_t>(i)] += p[static_cast<std::size_t>(8 * k + i)] * t[k];
    trace += normal[static_cast<std::size_t>(9 * i)];
  }
  for (std::size_t i = 0; i < 8; ++i) normal[9 * i] += trace / 8 * rule.ridge + rule.ridge_floor;
  solve_no_pivot_in_place(normal.data(), right.data(), 8);
  return right;
}

/// The parameters of a fit as floats, for the inner loops.
struct Tangent {
  float a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
};

Tangent tangent_of(const std::array<double, 8>& corners, const FitGrid& grid) {
  float v[8];
  for (int i = 0; i < 8; ++i) {
    double sum = 0;
    for (int j = 0; j < 8; ++j) sum += grid.parameters_from_corners[static_cast<std::size_t>(8 * i + j)] * corners[static_cast<std::size_t>(j)];
    v[i] = static_cast<float>(sum);
  }
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]};
}

/// What one pass over the cells does with their distance from `tangent`.
enum class Pass {
  kTrust,     ///< weighs by the trust alone, whatever the distance
  kRobust,    ///< weighs by trust and distance
  kResidual,  ///< writes the distances
};

template <Pass kPass>
[[gnu::always_inline]] inline void pass_over(const FitGrid& grid, const Tangent& tangent, float limit, const float* shift_x, const float* shift_y, const float* trust, Moments& m,
                                             float* weight, float* residual) {
  const std::int64_t columns = grid.columns(), rows = static_cast<std::int64_t>(grid.y.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    const float y = grid.y[static_cast<std::size_t>(row)];
    Vector w0{}, w1{}, w2{}, w3{}, w4{}, x0{}, x1{}, x2{}, y0{}, y1{}, y2{};
    for (std::int64_t column = 0; column < columns; column += kLanes) {
      const std::int64_t count = columns - column, at = row * columns + column;
      Vector x, sx, sy, w;
      load<float>(x, grid.x.data() + column, count);
      load<float>(sx, shift_x + at, count);
      load<float>(sy, shift_y + at, count);
      if constexpr (kPass != Pass::kResidual) load<float>(w, trust + at, count);
      if constexpr (kPass != Pass::kTrust) {
        const Vector bend = tangent.g * x + tangent.h * y;
        const Vector u = tangent.a * x + tangent.b * y + tangent.c - x * bend - sx, v = tangent.d * x + tangent.e * y + tangent.f - y * bend - sy;
        const Vector squared = u * u + v * v;
        if constexpr (kPass == Pass::kResidual) {
          store<float>(squared, residual + at, count);
          continue;
        }
        w = w * limit / (limit + squared);
      }
      store<float>(w, weight + at, count);
      const Vector wx = w * x, wxx = wx * x;
      w0 += w;
      w1 += wx;
      w2 += wxx;
      w3 += wxx * x;
      w4 += wxx * x * x;
      x0 += w * sx;
      x1 += wx * sx;
      x2 += wxx * sx;
      y0 += w * sy;
      y1 += wx * sy;
      y2 += wxx * sy;
    }
    if constexpr (kPass == Pass::kResidual) continue;
    const double w[5] = {sum_of(w0), sum_of(w1), sum_of(w2), sum_of(w3), sum_of(w4)};
    const double sums_x[3] = {sum_of(x0), sum_of(x1), sum_of(x2)}, sums_y[3] = {sum_of(y0), sum_of(y1), sum_of(y2)};
    double power = 1;
    for (int j = 0; j < 5; ++j, power *= static_cast<double>(y)) {
      for (int i = 0; i + j < 5; ++i) m.w[j][i] += w[i] * power;
      for (int i = 0; i + j < 3; ++i) {
        m.sx[j][i] += sums_x[i] * power;
        m.sy[j][i] += sums_y[i] * power;
      }
    }
  }
}

}  // namespace

KEEL_VECTOR_CLONES void soft_peak(const float* correlation, std::int64_t count, int radius, float sharpness, float* x, float* y) {
  const int span = 2 * radius + 1;
  for (std::int64_t at = 0; at < count; at += kLanes) {
    const std::int64_t lanes = count - at;
    Vector largest = spread(-3e38f), value;
    for (int tap = 0; tap < span * span; ++tap) {
      load<float>(value, correlation + tap * count + at, lanes);
      largest = value > largest ? value : largest;
    }
    Vector sum{}, sum_x{}, sum_y{};
    for (int dy = -radius, tap = 0; dy <= radius; ++dy) {
      Vector row{};
      for (int dx = -radius; dx <= radius; ++dx, ++tap) {
        load<float>(value, correlation + tap * count + at, lanes);
        const Vector share = exp_of_negative((value - largest) * sharpness);
        row += share;
        sum_x += share * static_cast<float>(dx);
      }
      sum += row;
      sum_y += row * static_cast<float>(dy);
    }
    store<float>(sum_x / sum, x + at, lanes);
    store<float>(sum_y / sum, y + at, lanes);
  }
}

KEEL_VECTOR_CLONES void robust_corner_fit(const FitGrid& grid, const FitRule& rule, const float* shift_x, const float* shift_y, const float* trust,
                                          std::array<double, 8>& corners, float* weight, float* residual) {
  const auto limit = [&](float scale) { return scale * rule.outlier_cells * scale * rule.outlier_cells; };
  Moments start;
  // The estimate itself is the tangent that moves nothing.
  if (rule.first) pass_over<Pass::kTrust>(grid, {}, 0, shift_x, shift_y, trust, start, weight, residual);
  else pass_over<Pass::kRobust>(grid, {}, limit(rule.loose), shift_x, shift_y, trust, start, weight, residual);
  corners = corners_of(start, grid, rule);
  for (float scale = rule.first ? rule.loose : 1.0f; scale >= 1.0f; scale *= 0.5f) {
    Moments m;
    pass_over<Pass::kRobust>(grid, tangent_of(corners, grid), limit(scale), shift_x, shift_y, trust, m, weight, residual);
    corners = corners_of(m, grid, rule);
  }
  Moments unused;
  pass_over<Pass::kResidual>(grid, tangent_of(corners, grid), 0, shift_x, shift_y, trust, unused, weight, residual);
  for (std::int64_t i = 0; i < grid.cells(); ++i) residual[i] = std::sqrt(residual[i]);
}

}  // namespace keel::learned
