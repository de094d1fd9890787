// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/block_sums.h"

#include "engine/backend/device.h"
#include "engine/metrics/block_math.h"

namespace keel::metrics {
namespace {

template <int N>
BlockSums sums_of(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b) {
  BlockSums s;
  for (int y = 0; y < N; ++y, a += stride_a, b += stride_b) {
    int ab = 0, sum = 0, bb = 0;
    for (int x = 0; x < N; ++x) {
      ab += a[x] * b[x];
      sum += b[x];
      bb += b[x] * b[x];
    }
    s.ab += ab;
    s.b += sum;
    s.bb += bb;
  }
  return s;
}

template <int N>
int product_of(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b) {
  int sum = 0;
  for (int y = 0; y < N; ++y, a += stride_a, b += stride_b)
    for (int x = 0; x < N; ++x) sum += a[x] * b[x];
  return sum;
}

BlockSums sums(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int side) {
  return side == kFineBlock ? sums_of<kFineBlock>(a, stride_a, b, stride_b) : sums_of<kCoarseBlock>(a, stride_a, b, stride_b);
}

void products(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int side, int count, int* out) {
  for (int i = 0; i < count; ++i)
    out[i] = side == kFineBlock ? product_of<kFineBlock>(a, stride_a, b + i, stride_b) : product_of<kCoarseBlock>(a, stride_a, b + i, stride_b);
}

}  // namespace

const BlockLoops& plain_block_loops() {
  static constexpr BlockLoops kPlain{sums, products};
  return kPlain;
}

const BlockLoops& block_loops() {
  static const BlockLoops& best = simd_avx2_enabled() && avx2_block_loops() != nullptr ? *avx2_block_loops() : plain_block_loops();
  return best;
}

}  // namespace keel::metrics
