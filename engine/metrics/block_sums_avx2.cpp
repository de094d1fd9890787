// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/block_sums.h"

#if defined(__AVX2__)
#include <immintrin.h>

#include "engine/metrics/block_math.h"

namespace keel::metrics {
namespace {

__m256i load(const std::int16_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
/// The last eight samples of a row of 24; the upper half counts nothing.
__m256i load_half(const std::int16_t* p) { return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }

int total(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1)));
}

/// Three sums that grow by sixteen samples at a time; a product of two samples twice fits 32 bits.
struct Running {
  __m256i ab = _mm256_setzero_si256(), b = _mm256_setzero_si256(), bb = _mm256_setzero_si256();
  void add(__m256i pa, __m256i pb) {
    ab = _mm256_add_epi32(ab, _mm256_madd_epi16(pa, pb));
    b = _mm256_add_epi32(b, _mm256_madd_epi16(pb, _mm256_set1_epi16(1)));
    bb = _mm256_add_epi32(bb, _mm256_madd_epi16(pb, pb));
  }
};

BlockSums sums(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int side) {
  Running s;
  if (side == kFineBlock) {
    for (int y = 0; y < kFineBlock; ++y, a += stride_a, b += stride_b) {
      s.add(load(a), load(b));
      s.add(load_half(a + 16), load_half(b + 16));
    }
  } else {
    for (int y = 0; y < kCoarseBlock; ++y, a += stride_a, b += stride_b) s.add(load(a), load(b));
  }
  return {total(s.ab), total(s.b), total(s.bb)};
}

/// Four neighbouring blocks share the loads of `a`.
template <int N>
void four_products(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int* out) {
  __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
  for (int y = 0; y < N; ++y, a += stride_a, b += stride_b) {
    const __m256i pa = load(a);
    s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(pa, load(b)));
    s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(pa, load(b + 1)));
    s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(pa, load(b + 2)));
    s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(pa, load(b + 3)));
    if constexpr (N == kFineBlock) {
      const __m256i rest = load_half(a + 16);
      s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(rest, load_half(b + 16)));
      s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(rest, load_half(b + 17)));
      s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(rest, load_half(b + 18)));
      s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(rest, load_half(b + 19)));
    }
  }
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(s0, s1), _mm256_hadd_epi32(s2, s3));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
}

void products(const std::int16_t* a, std::ptrdiff_t stride_a, const std::int16_t* b, std::ptrdiff_t stride_b, int side, int count, int* out) {
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    if (side == kFineBlock) four_products<kFineBlock>(a, stride_a, b + i, stride_b, out + i);
    else four_products<kCoarseBlock>(a, stride_a, b + i, stride_b, out + i);
  }
  for (; i < count; ++i) out[i] = sums(a, stride_a, b + i, stride_b, side).ab;
}

}  // namespace

const BlockLoops* avx2_block_loops() {
  static constexpr BlockLoops kAvx2{sums, products};
  return &kAvx2;
}

}  // namespace keel::metrics
#else
namespace keel::metrics {
const BlockLoops* avx2_block_loops() { return nullptr; }
}  // namespace keel::metrics
#endif
