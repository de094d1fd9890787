// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/result.h"
#include "engine/kernels/fast_variants.h"

#if defined(__AVX2__)
#include "engine/kernels/warp_segments_avx2.h"

namespace keel {
namespace {

/// Samples of 9 to 12 bits, eight output pixels (a segment) at a time in two lanes of four. Each lane's taps of one source row lie in one
/// 16-byte load, from which a byte shuffle picks them; no gather. Where that does not hold (picture border, strong shrinking, steep rotation)
/// the plain body does the segment. Sums are the plain body's integers, in 32 bits.
template <int kTaps>
class DeepRowWarper {
 public:
  using Sample = std::uint16_t;
  DeepRowWarper(const WarpPlane<Sample>& plane, int y) : p_(plane), y_(y), shift_(warp_shift(plane.bit_depth)), row_(plane, y) {}

  __attribute__((flatten)) void run() const {
    const WarpBody<Sample, kTaps> body{p_};
    int x = 0;
    // Deeper samples do not fit the 16-bit multiplications, and a tiny plane no whole load.
    if (p_.bit_depth <= 12 && p_.src_width >= kLoad && p_.src_height > kTaps) {
      while (x + kWarpSegment <= p_.dst_width) {
        const WarpSegmentsAvx2 segments(p_, row_, x);
        alignas(32) int begin_x[8], begin_y[8], step_x[8], step_y[8];
        const auto store = [](int* to, __m256i v) { _mm256_store_si256(reinterpret_cast<__m256i*>(to), v); };
        store(begin_x, segments.x);
        store(begin_y, segments.y);
        store(step_x, segments.step_x);
        store(step_y, segments.step_y);
        for (int i = 0; i < 8 && x + kWarpSegment <= p_.dst_width; ++i, x += kWarpSegment)
          if (!segment(x, positions(begin_x[i], step_x[i]), positions(begin_y[i], step_y[i])))
            for (int k = x; k < x + kWarpSegment; ++k) body(k, y_);
      }
    }
    for (; x < p_.dst_width; ++x) body(x, y_);
  }

 private:
  static constexpr int kFirst = kTaps == 4 ? -1 : 0;
  static constexpr int kLoad = 8;  ///< samples in a load

  static __m256i positions(int begin, int step) {
    return _mm256_add_epi32(_mm256_set1_epi32(begin), _mm256_mullo_epi32(_mm256_set1_epi32(step), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
  }

  /// Pairs of 16-bit weights in each pixel's 32 bits: taps (0, 1) and (2, 3), for x and y.
  struct Weights {
    __m256i x01, x23, y01, y23;
  };

  static Weights weights(__m256i qx, __m256i qy) {
    const auto fraction = [](__m256i q) { return _mm256_and_si256(_mm256_srai_epi32(q, kWarpPositionBits - kWarpFractionBits), _mm256_set1_epi32(255)); };
    __m256i w[kTaps];
    // Both coordinates at once, sixteen 16-bit lanes: x of the lane's four pixels, then y.
    warp_weights_avx2(_mm256_packus_epi32(fraction(qx), fraction(qy)), w);
    const __m256i x01 = _mm256_unpacklo_epi16(w[0], w[1]), y01 = _mm256_unpackhi_epi16(w[0], w[1]);
    if constexpr (kTaps == 4) return {x01, _mm256_unpacklo_epi16(w[2], w[3]), y01, _mm256_unpackhi_epi16(w[2], w[3])};
    else return {x01, _mm256_setzero_si256(), y01, _mm256_setzero_si256()};
  }

  /// Smaller of a lane's first and last value. Positions run one way along a row; should rounding ever disagree, the range check below notices.
  static __m256i lane_start(__m256i v) { return _mm256_min_epi32(_mm256_shuffle_epi32(v, 0x00), _mm256_shuffle_epi32(v, 0xFF)); }

  bool segment(int x, __m256i qx, __m256i qy) const {
    const __m256i at_x = _mm256_srai_epi32(qx, kWarpPositionBits), at_y = _mm256_srai_epi32(qy, kWarpPositionBits);
    const __m256i min_x = lane_start(at_x), min_y = lane_start(at_y);
    const __m256i offset = _mm256_sub_epi32(at_x, min_x), rows_down = _mm256_sub_epi32(at_y, min_y);
    const bool two_rows = !_mm256_testz_si256(rows_down, rows_down);
    const __m256i first = _mm256_set1_epi32(kFirst);
    const __m256i good_x = _mm256_and_si256(within_avx2(offset, kLoad - kTaps), within_avx2(_mm256_add_epi32(min_x, first), p_.src_width - kLoad));
    const __m256i good_y = _mm256_and_si256(within_avx2(rows_down, 1), within_avx2(_mm256_add_epi32(min_y, first), p_.src_height - kTaps - (two_rows ? 1 : 0)));
    if (_mm256_movemask_epi8(_mm256_and_si256(good_x, good_y)) != -1) return false;

    const Sample* a = source(_mm_cvtsi128_si32(_mm256_castsi256_si128(min_x)), _mm_cvtsi128_si32(_mm256_castsi256_si128(min_y)));
    const Sample* b = source(_mm256_extract_epi32(min_x, 4), _mm256_extract_epi32(min_y, 4));
    const Weights w = weights(qx, qy);
    const Picks picks = make_picks(offset);
    store(x, two_rows ? sum_rows_split(a, b, w, picks, _mm256_cmpeq_epi32(rows_down, _mm256_setzero_si256())) : sum_rows(a, b, w, picks));
    return true;
  }

  const Sample* source(int x, int y) const { return p_.src + (y + kFirst) * p_.src_stride + x + kFirst; }

  /// Shuffle controls that bring taps (0, 1) and (2, 3) of each pixel into its 32 bits as two 16-bit numbers.
  struct Picks {
    __m256i taps01, taps23;
  };
  static Picks make_picks(__m256i offset) {
    const __m256i taps01 = _mm256_add_epi32(_mm256_mullo_epi32(offset, _mm256_set1_epi32(0x02020202)), _mm256_set1_epi32(0x03020100));
    return {taps01, _mm256_add_epi32(taps01, _mm256_set1_epi32(0x04040404))};
  }

  /// Horizontal sums of one source row for all eight pixels, with half a unit of the coming shift added.
  __m256i row_sum(const Sample* a, const Sample* b, int row, const Weights& w, const Picks& picks) const {
    const auto load = [&](const Sample* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + row * p_.src_stride)); };
    const __m256i v = _mm256_set_m128i(load(b), load(a));
    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(v, picks.taps01), w.x01), _mm256_set1_epi32(1 << (shift_ - 1)));
    if constexpr (kTaps == 4) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_shuffle_epi8(v, picks.taps23), w.x23));
    return sum;
  }

  /// Two rows' sums, shifted to 16 bits, as pairs for the vertical multiplication.
  __m256i row_pair(__m256i upper, __m256i lower) const {
    return _mm256_blend_epi16(_mm256_srl_epi32(upper, _mm_cvtsi32_si128(shift_)), _mm256_sll_epi32(lower, _mm_cvtsi32_si128(16 - shift_)), 0xAA);
  }

  __m256i sum_rows(const Sample* a, const Sample* b, const Weights& w, const Picks& picks) const {
    __m256i sum = _mm256_madd_epi16(row_pair(row_sum(a, b, 0, w, picks), row_sum(a, b, 1, w, picks)), w.y01);
    if constexpr (kTaps == 4)
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(row_pair(row_sum(a, b, 2, w, picks), row_sum(a, b, 3, w, picks)), w.y23));
    return sum;
  }

  /// When a lane's pixels start on two neighbouring rows: one row more, with the weights moved down by one where the pixel starts lower.
  __m256i sum_rows_split(const Sample* a, const Sample* b, const Weights& w, const Picks& picks, __m256i starts_high) const {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i y01 = _mm256_blendv_epi8(_mm256_slli_epi32(w.y01, 16), w.y01, starts_high);
    __m256i sum = _mm256_madd_epi16(row_pair(row_sum(a, b, 0, w, picks), row_sum(a, b, 1, w, picks)), y01);
    __m256i carried = _mm256_srli_epi32(w.y01, 16);
    if constexpr (kTaps == 4) {
      const __m256i y23 = _mm256_blendv_epi8(_mm256_or_si256(carried, _mm256_slli_epi32(w.y23, 16)), w.y23, starts_high);
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(row_pair(row_sum(a, b, 2, w, picks), row_sum(a, b, 3, w, picks)), y23));
      carried = _mm256_srli_epi32(w.y23, 16);
    }
    const __m256i last = _mm256_andnot_si256(starts_high, carried);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(row_pair(row_sum(a, b, kTaps, w, picks), zero), last));
  }

  void store(int x, __m256i sum) const {
    const int rest = 2 * kWarpWeightBits - shift_;
    const __m256i value = _mm256_sra_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (rest - 1))), _mm_cvtsi32_si128(rest));
    Sample* out = p_.dst + y_ * p_.dst_stride + x;
    const __m256i words = _mm256_packus_epi32(_mm256_min_epi32(value, _mm256_set1_epi32((1 << p_.bit_depth) - 1)), value);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(_mm256_permute4x64_epi64(words, 0xD8)));
  }

  const WarpPlane<Sample> p_;
  const int y_;
  const int shift_;
  const WarpRow row_;
};

}  // namespace

void warp_row_bicubic_avx2(const WarpPlane<std::uint16_t>& plane, int y) { DeepRowWarper<4>(plane, y).run(); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint16_t>& plane, int y) { DeepRowWarper<2>(plane, y).run(); }

}  // namespace keel
#else
namespace keel {
void warp_row_bicubic_avx2(const WarpPlane<std::uint16_t>&, int) { KEEL_CHECK(false); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint16_t>&, int) { KEEL_CHECK(false); }
}  // namespace keel
#endif
