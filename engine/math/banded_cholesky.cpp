// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/banded_cholesky.h"

#include <algorithm>
#include <cmath>

namespace keel {

namespace {

/// Column after column, each taken out of the `width` ones behind it; `kWidth` is the band's width where it is known to the compiler, else 0.
template <int kWidth>
bool factorize_columns(double* values, int order, int any_width) {
  const int width = kWidth > 0 ? kWidth : any_width, stride = width + 1;
  for (int j = 0; j < order; ++j) {
    double* column = values + static_cast<std::size_t>(j) * stride;
    if (!(column[0] > 0)) return false;
    const double diagonal = std::sqrt(column[0]), inverse = 1 / diagonal;
    column[0] = diagonal;
    for (int k = 1; k <= width; ++k) column[k] *= inverse;
    for (int m = 1; m <= width; ++m) {
      double* behind = column + static_cast<std::ptrdiff_t>(m) * stride;
      const double factor = column[m];
      for (int k = 0; k <= width - m; ++k) behind[k] -= factor * column[m + k];
    }
  }
  return true;
}

template <int kWidth, int kColumns>
void solve_columns(const double* values, int order, int any_width, double* b) {
  const int width = kWidth > 0 ? kWidth : any_width, stride = width + 1;
  for (int j = 0; j < order; ++j) {
    const double* column = values + static_cast<std::size_t>(j) * stride;
    double* here = b + static_cast<std::size_t>(j) * kColumns;
    const double inverse = 1 / column[0];
    for (int c = 0; c < kColumns; ++c) here[c] *= inverse;
    const int last = std::min(width, order - 1 - j);
    for (int m = 1; m <= last; ++m)
      for (int c = 0; c < kColumns; ++c) here[m * kColumns + c] -= column[m] * here[c];
  }
  for (int j = order - 1; j >= 0; --j) {
    const double* column = values + static_cast<std::size_t>(j) * stride;
    double* here = b + static_cast<std::size_t>(j) * kColumns;
    double sum[kColumns];
    for (int c = 0; c < kColumns; ++c) sum[c] = here[c];
    // The nearest row last: it is the one that has just been solved, and the others need not wait for it.
    for (int m = std::min(width, order - 1 - j); m >= 1; --m)
      for (int c = 0; c < kColumns; ++c) sum[c] -= column[m] * here[m * kColumns + c];
    const double inverse = 1 / column[0];
    for (int c = 0; c < kColumns; ++c) here[c] = sum[c] * inverse;
  }
}

// The widths of the paths' own systems: three differences of one channel, and of the three channels that crop limits couple.
constexpr int kOneChannel = 3, kThreeChannels = 11;

}  // namespace

bool SymmetricBand::factorize() {
  switch (width_) {
    case kOneChannel:
      return factorize_columns<kOneChannel>(values_.data(), order_, width_);
    case kThreeChannels:
      return factorize_columns<kThreeChannels>(values_.data(), order_, width_);
    default:
      return factorize_columns<0>(values_.data(), order_, width_);
  }
}

template <int kColumns>
void SymmetricBand::add_product(std::span<const double> v, std::span<double> out) const {
  for (int i = 0; i < order_; ++i)
    for (int j = std::max(0, i - width_); j <= i; ++j) {
      const double element = at(i, j);
      for (int c = 0; c < kColumns; ++c) {
        const auto a = static_cast<std::size_t>(i) * kColumns + static_cast<std::size_t>(c), b = static_cast<std::size_t>(j) * kColumns + static_cast<std::size_t>(c);
        out[a] += element * v[b];
        if (i != j) out[b] += element * v[a];
      }
    }
}

template <int kColumns>
void SymmetricBand::solve(std::span<double> b) const {
  switch (width_) {
    case kOneChannel:
      return solve_columns<kOneChannel, kColumns>(values_.data(), order_, width_, b.data());
    case kThreeChannels:
      return solve_columns<kThreeChannels, kColumns>(values_.data(), order_, width_, b.data());
    default:
      return solve_columns<0, kColumns>(values_.data(), order_, width_, b.data());
  }
}

template void SymmetricBand::add_product<1>(std::span<const double>, std::span<double>) const;
template void SymmetricBand::add_product<3>(std::span<const double>, std::span<double>) const;
template void SymmetricBand::solve<1>(std::span<double>) const;
template void SymmetricBand::solve<8>(std::span<double>) const;

}  // namespace keel
