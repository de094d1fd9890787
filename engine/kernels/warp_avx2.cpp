// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/result.h"
#include "engine/kernels/fast_variants.h"

#if defined(__AVX2__)
#include <algorithm>
#include <cstring>

#include "engine/kernels/warp_segments_avx2.h"

namespace keel {
namespace {

/// 8-bit samples, sixteen output pixels at a time in two lanes of one segment each. Neighbouring output pixels read neighbouring source pixels, so a
/// segment's taps of one source row lie in one 16-byte load, from which byte shuffles pick them; no gather. Where that does not hold (picture border,
/// strong shrinking, steep rotation) the plain body does the pixels. Sums are the plain body's 16-bit integers.
template <int kTaps>
class ByteRowWarper {
 public:
  ByteRowWarper(const WarpPlane<std::uint8_t>& plane, int y)
      : p_(plane), y_(y), row_(plane, y), large_enough_(plane.src_width >= kLoad && plane.src_height >= kTaps) {}

  __attribute__((flatten)) void run() const {
    for (int x = 0; x < p_.dst_width; x += kBatch) run_batch(x, std::min(x + kBatch, p_.dst_width));
  }

 private:
  static constexpr int kFirst = kTaps == 4 ? -1 : 0;
  static constexpr int kLoad = 16;   ///< samples in a load
  static constexpr int kBlock = 16;  ///< output pixels at a time
  static constexpr int kBatch = 64;  ///< output pixels of which the positions are prepared at once

  /// What the blocks need of eight segments.
  struct Batch {
    alignas(32) std::int32_t source[8];  ///< where the segment's loads begin: index into the plane
    alignas(32) std::uint32_t start[8];  ///< first position from there in 1/4096 px (mod 16 px, which is all they span): x low, y high half
    alignas(32) std::uint32_t step[8];   ///< advance per pixel, likewise
    unsigned fits = 0;                   ///< bit per segment: all taps lie in the picture and in one load a row
    unsigned two_rows = 0;               ///< bit per segment: its pixels start on two neighbouring rows
    unsigned row_below = 0;              ///< bit per segment: one row more than its first pixel needs lies in the picture, too
  };

  Batch prepare(int x) const {
    const WarpSegmentsAvx2 s(p_, row_, x);
    const __m256i last_x = s.along<kWarpSegment - 1>(s.x, s.step_x), last_y = s.along<kWarpSegment - 1>(s.y, s.step_y);
    const auto whole = [](__m256i q) { return _mm256_srai_epi32(q, kWarpPositionBits); };
    const __m256i min_x = whole(_mm256_min_epi32(s.x, last_x)), min_y = whole(_mm256_min_epi32(s.y, last_y));
    const __m256i span_x = _mm256_sub_epi32(whole(_mm256_max_epi32(s.x, last_x)), min_x), span_y = _mm256_sub_epi32(whole(_mm256_max_epi32(s.y, last_y)), min_y);
    const __m256i first = _mm256_set1_epi32(kFirst), base_x = _mm256_add_epi32(min_x, first), base_y = _mm256_add_epi32(min_y, first);
    const __m256i fits_x = _mm256_and_si256(within_avx2(span_x, kLoad - kTaps), within_avx2(base_x, p_.src_width - kLoad));
    const auto row_fits = [&](__m256i y) { return within_avx2(y, p_.src_height - kTaps); };
    const __m256i fits_y = _mm256_and_si256(row_fits(base_y), row_fits(_mm256_add_epi32(base_y, span_y)));
    const __m256i fits = _mm256_and_si256(_mm256_and_si256(fits_x, fits_y), within_avx2(span_y, 1));
    const __m256i one = _mm256_set1_epi32(1);

    const auto from = [](__m256i q, __m256i min) { return _mm256_sub_epi32(q, _mm256_slli_epi32(min, kWarpPositionBits)); };
    const auto halves = [](__m256i low, __m256i high) { return _mm256_blend_epi16(low, _mm256_slli_epi32(high, 16), 0xAA); };
    const auto store = [](void* to, __m256i v) { _mm256_store_si256(static_cast<__m256i*>(to), v); };
    Batch b;
    store(b.source, _mm256_add_epi32(_mm256_mullo_epi32(base_y, _mm256_set1_epi32(static_cast<int>(p_.src_stride))), base_x));
    store(b.start, halves(from(s.x, min_x), from(s.y, min_y)));
    store(b.step, halves(s.step_x, s.step_y));
    const auto bits = [](__m256i mask) { return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(mask))); };
    b.fits = bits(fits);
    b.two_rows = bits(_mm256_cmpeq_epi32(span_y, one));
    b.row_below = bits(row_fits(_mm256_add_epi32(base_y, one)));
    return b;
  }

  void run_batch(int begin, int end) const {
    const Batch b = prepare(begin);
    int segment = 0;
    for (int x = begin; x < end; x += kBlock, segment += 2) {
      const int count = std::min(kBlock, end - x);
      // Both segments of a block are summed alike: where one needs another row, the other must be able to read it.
      const bool split = ((b.two_rows >> segment) & 3u) != 0;
      const unsigned needed = split ? b.fits & b.row_below : b.fits;
      if (!large_enough_ || ((needed >> segment) & 3u) != 3u) {
        const WarpBody<std::uint8_t, kTaps> body{p_};
        for (int i = x; i < x + count; ++i) body(i, y_);
        continue;
      }
      const __m128i out = split ? block<true>(b, segment) : block<false>(b, segment);
      std::uint8_t* to = p_.dst + y_ * p_.dst_stride + x;
      if (count == kBlock) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), out);
      } else {
        alignas(16) std::uint8_t samples[kBlock];
        _mm_store_si128(reinterpret_cast<__m128i*>(samples), out);
        std::memcpy(to, samples, static_cast<std::size_t>(count));
      }
    }
  }

  /// Controls of a byte shuffle that repeats the 16 bits at byte `at` of the first segment's four in the low lane, of the second's in the high lane.
  static __m256i repeat(int at) {
    const auto word = [](int byte) { return static_cast<short>(byte | (byte + 1) << 8); };
    return _mm256_set_m128i(_mm_set1_epi16(word(at + 4)), _mm_set1_epi16(word(at)));
  }

  /// `kSplit`: some pixel starts a row below another of its segment; one more source row is summed and each pixel takes its own.
  template <bool kSplit>
  __m128i block(const Batch& b, int segment) const {
    const auto both = [&](const std::uint32_t* values) {
      std::int64_t pair;
      std::memcpy(&pair, values + segment, sizeof pair);
      return _mm256_set1_epi64x(pair);
    };
    const __m256i start = both(b.start), step = both(b.step), index = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
    const auto position = [&](int at) {
      return _mm256_add_epi16(_mm256_shuffle_epi8(start, repeat(at)), _mm256_mullo_epi16(_mm256_shuffle_epi8(step, repeat(at)), index));
    };
    const __m256i qx = position(0), qy = position(2);
    constexpr int kDrop = kWarpPositionBits - kWarpFractionBits;
    const __m256i x = _mm256_srli_epi16(qx, kDrop), low = _mm256_set1_epi16(255);
    __m256i wx[kTaps], wy[kTaps];
    warp_weights_avx2(_mm256_and_si256(x, low), wx);
    warp_weights_avx2(_mm256_and_si256(_mm256_srli_epi16(qy, kDrop), low), wy);
    // The whole pixel stands in the high byte already; 0x80 in the low one clears that byte of the picked sample.
    const __m256i pick = _mm256_or_si256(_mm256_andnot_si256(low, x), _mm256_set1_epi16(0x80));

    const std::uint8_t *left = p_.src + b.source[segment], *right = p_.src + b.source[segment + 1];
    const auto row_sum = [&](int row) {
      const auto load = [&](const std::uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + row * p_.src_stride)); };
      const __m256i centred = _mm256_xor_si256(_mm256_set_m128i(load(right), load(left)), _mm256_set1_epi8(static_cast<char>(0x80)));
      __m256i sum = _mm256_mulhrs_epi16(_mm256_shuffle_epi8(centred, pick), wx[0]);
      for (int i = 1; i < kTaps; ++i) {
        const __m256i taps = _mm256_shuffle_epi8(centred, _mm256_add_epi16(pick, _mm256_set1_epi16(static_cast<short>(i << 8))));
        sum = _mm256_add_epi16(sum, _mm256_mulhrs_epi16(taps, wx[i]));
      }
      return sum;
    };

    // A pixel's own row is 0 or 1: bit 12 of its position, brought to the sign.
    const __m256i starts_low = _mm256_srai_epi16(_mm256_slli_epi16(qy, 15 - kWarpPositionBits), 15);
    __m256i sum = _mm256_set1_epi16(kWarpByteRounding), upper = row_sum(0);
    for (int j = 0; j < kTaps; ++j) {
      __m256i own = upper;
      if (kSplit || j + 1 < kTaps) {
        const __m256i lower = row_sum(j + 1);
        if constexpr (kSplit) own = _mm256_blendv_epi8(upper, lower, starts_low);
        upper = lower;
      }
      sum = _mm256_add_epi16(sum, _mm256_mulhrs_epi16(own, wy[j]));
    }
    const __m256i words = _mm256_srai_epi16(sum, kWarpByteRestBits);
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  }

  // A copy: stores of bytes may alias anything that is reached through a pointer, and would force every member to be read again.
  const WarpPlane<std::uint8_t> p_;
  const int y_;
  const WarpRow row_;
  const bool large_enough_;
};

}  // namespace

void warp_row_bicubic_avx2(const WarpPlane<std::uint8_t>& plane, int y) { ByteRowWarper<4>(plane, y).run(); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint8_t>& plane, int y) { ByteRowWarper<2>(plane, y).run(); }

}  // namespace keel
#else
namespace keel {
void warp_row_bicubic_avx2(const WarpPlane<std::uint8_t>&, int) { KEEL_CHECK(false); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint8_t>&, int) { KEEL_CHECK(false); }
}  // namespace keel
#endif
