// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/banded_cholesky.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace keel {
namespace {

TEST(SymmetricBand, DiagonallyDominantSystem_ItsProductIsTheSumOfItsElementsAndSolvingUndoesIt) {
  constexpr int kOrder = 37, kWidth = 5;
  SymmetricBand a(kOrder, kWidth);
  for (int i = 0; i < kOrder; ++i)
    for (int j = std::max(0, i - kWidth); j <= i; ++j) a.at(i, j) = i == j ? 12 + 0.1 * i : std::sin(3.0 * i + j);
  SymmetricBand factor = a;
  ASSERT_TRUE(factor.factorize());
  std::vector<double> x(kOrder);
  for (int i = 0; i < kOrder; ++i) x[static_cast<std::size_t>(i)] = std::cos(i);
  std::vector<double> b(kOrder, 0.0);
  for (int i = 0; i < kOrder; ++i)
    for (int j = std::max(0, i - kWidth); j <= i; ++j) {
      b[static_cast<std::size_t>(i)] += a.at(i, j) * x[static_cast<std::size_t>(j)];
      if (j != i) b[static_cast<std::size_t>(j)] += a.at(i, j) * x[static_cast<std::size_t>(i)];
    }
  std::vector<double> product(kOrder, 1.0), three(3 * kOrder, 0.0), three_x;
  for (const double v : x) three_x.insert(three_x.end(), {v, 2 * v, -v});
  a.add_product<1>(x, product);
  a.add_product<3>(three_x, three);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(product[i], 1 + b[i], 1e-12);
    EXPECT_NEAR(three[3 * i], b[i], 1e-12);
    EXPECT_NEAR(three[3 * i + 1], 2 * b[i], 1e-12);
    EXPECT_NEAR(three[3 * i + 2], -b[i], 1e-12);
  }
  std::vector<double> eight(8 * kOrder);
  for (int i = 0; i < kOrder; ++i)
    for (int c = 0; c < 8; ++c) eight[static_cast<std::size_t>(8 * i + c)] = (c + 1) * b[static_cast<std::size_t>(i)];
  factor.solve<1>(b);
  factor.solve<8>(eight);
  for (int i = 0; i < kOrder; ++i)
    for (int c = 0; c < 8; ++c) EXPECT_NEAR(eight[static_cast<std::size_t>(8 * i + c)], (c + 1) * x[static_cast<std::size_t>(i)], 1e-11);
  for (int i = 0; i < kOrder; ++i) EXPECT_NEAR(b[static_cast<std::size_t>(i)], x[static_cast<std::size_t>(i)], 1e-12);
}

TEST(SymmetricBand, IndefiniteMatrix_IsRefused) {
  SymmetricBand a(2, 1);
  a.at(0, 0) = 1;
  a.at(1, 0) = 2;
  a.at(1, 1) = 1;
  EXPECT_FALSE(a.factorize());
}

}  // namespace
}  // namespace keel
