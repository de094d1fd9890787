// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace keel {

/// A symmetric positive definite band matrix of order n: element (i, j) is stored for i - width <= j <= i, column after column and with
/// `width` columns of zeros behind them, so that the innermost loops are contiguous and all alike.
class SymmetricBand {
 public:
  SymmetricBand(int order, int width) : order_(order), width_(width), values_(static_cast<std::size_t>(order + width) * (width + 1), 0.0) {}

  [[nodiscard]] int order() const { return order_; }
  [[nodiscard]] int width() const { return width_; }
  /// Requires i - width() <= j <= i.
  [[nodiscard]] double& at(int i, int j) { return values_[static_cast<std::size_t>(j) * (width_ + 1) + (i - j)]; }
  [[nodiscard]] double at(int i, int j) const { return values_[static_cast<std::size_t>(j) * (width_ + 1) + (i - j)]; }

  /// All zeros again, in the same memory.
  void clear() { std::fill(values_.begin(), values_.end(), 0.0); }

  /// Replaces the matrix by its Cholesky factor L (A = L L'). False when it is not positive definite. n width^2 / 2 multiplications.
  [[nodiscard]] bool factorize();
  /// out += A v, of a matrix that is not factorised, for `columns` vectors at once, laid out as in solve().
  template <int kColumns>
  void add_product(std::span<const double> v, std::span<double> out) const;
  /// Solves A x = b in place with the factor for `columns` right-hand sides at once: b holds order() rows of `columns` values.
  /// 2 n width multiplications a column; several columns share the loads and vectorise.
  template <int kColumns>
  void solve(std::span<double> b) const;

 private:
  int order_, width_;
  std::vector<double> values_;
};

}  // namespace keel
