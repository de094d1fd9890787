// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace keel::metrics {

/// Sums over the samples of two square blocks: of their products, of the second's samples and of its squares. Exact: quarter steps up to 1020 over at
/// most 24x24 samples fit 32 bits.
struct BlockSums {
  int ab = 0, b = 0, bb = 0;
};

/// The loops that take most of the metrics' time, in one execution; strides in samples, `side` is kFineBlock or kCoarseBlock.
struct BlockLoops {
  BlockSums (*sums)(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int side);
  /// out[i] is the sum of products with the block `i` samples right of `b`, for `count` of them.
  void (*products)(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int side, int count, int* out);
};

/// The fastest that this processor has. All give the same sums.
[[nodiscard]] const BlockLoops& block_loops();
/// Plain C++, which runs everywhere and is the others' oracle.
[[nodiscard]] const BlockLoops& plain_block_loops();
/// Null where this build has none; to be run only when simd_avx2_enabled().
[[nodiscard]] const BlockLoops* avx2_block_loops();

}  // namespace keel::metrics
