// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/banded_cholesky.h"

#include <algorithm>
#include <cmath>

namespace keel {

namespace {

/// Row after row; `kWidth` is the band's width where it is known to the compiler, else 0.
template <int kWidth>
bool factorize_rows(double* values, int order, int any_width) {
  const int width = kWidth > 0 ? kWidth : any_width, stride = width + 1;
  for (int i = 0; i < order; ++i) {
    double* row = values + static_cast<std::size_t>(i) * stride;
    const int first = std::max(0, i - width);
    for (int j = first; j < i; ++j) {
      const double* other = values + static_cast<std::size_t>(j) * stride;
      double sum = row[j - i + width];
      for (int k = std::max(first, j - width); k < j; ++k) sum -= row[k - i + width] * other[k - j + width];
      row[j - i + width] = sum / other[width];
    }
    double diagonal = row[width];
    for (int k = first; k < i; ++k) diagonal -= row[k - i + width] * row[k - i + width];
    if (!(diagonal > 0)) return false;
    row[width] = std::sqrt(diagonal);
  }
  return true;
}

}  // namespace

bool SymmetricBand::factorize() {
  // The path's own systems are this narrow, and a slider waits for them.
  return width_ == 3 ? factorize_rows<3>(values_.data(), order_, width_) : factorize_rows<0>(values_.data(), order_, width_);
}

template <int kColumns>
void SymmetricBand::solve(std::span<double> b) const {
  const int stride = width_ + 1;
  for (int i = 0; i < order_; ++i) {
    const double* row = values_.data() + static_cast<std::size_t>(i) * stride;
    double sum[kColumns];
    double* here = b.data() + static_cast<std::size_t>(i) * kColumns;
    for (int c = 0; c < kColumns; ++c) sum[c] = here[c];
    for (int k = std::max(0, i - width_); k < i; ++k) {
      const double factor = row[k - i + width_];
      const double* other = b.data() + static_cast<std::size_t>(k) * kColumns;
      for (int c = 0; c < kColumns; ++c) sum[c] -= factor * other[c];
    }
    const double inverse = 1 / row[width_];
    for (int c = 0; c < kColumns; ++c) here[c] = sum[c] * inverse;
  }
  for (int i = order_ - 1; i >= 0; --i) {
    const double* row = values_.data() + static_cast<std::size_t>(i) * stride;
    const double inverse = 1 / row[width_];
    double* here = b.data() + static_cast<std::size_t>(i) * kColumns;
    for (int c = 0; c < kColumns; ++c) here[c] *= inverse;
    for (int k = std::max(0, i - width_); k < i; ++k) {
      const double factor = row[k - i + width_];
      double* other = b.data() + static_cast<std::size_t>(k) * kColumns;
      for (int c = 0; c < kColumns; ++c) other[c] -= factor * here[c];
    }
  }
}

template void SymmetricBand::solve<1>(std::span<double>) const;
template void SymmetricBand::solve<8>(std::span<double>) const;

}  // namespace keel
