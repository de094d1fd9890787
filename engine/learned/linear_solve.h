// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace keel::learned {

/// Solves A x = b in place by elimination without pivoting: `a` holds k*k values row by row and is spent, `x` holds b and receives the solution.
inline void solve_no_pivot_in_place(double* a, double* x, std::int64_t k) {
  for (std::int64_t i = 0; i < k; ++i)
    for (std::int64_t r = i + 1; r < k; ++r) {
      const double factor = a[r * k + i] / a[i * k + i];
      for (std::int64_t c = i; c < k; ++c) a[r * k + c] -= factor * a[i * k + c];
      x[r] -= factor * x[i];
    }
  for (std::int64_t i = k - 1; i >= 0; --i) {
    for (std::int64_t c = i + 1; c < k; ++c) x[i] -= a[i * k + c] * x[c];
    x[i] /= a[i * k + i];
  }
}

}  // namespace keel::learned
