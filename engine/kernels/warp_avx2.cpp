// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/result.h"
#include "engine/kernels/fast_variants.h"

#if defined(__AVX2__)
#include <immintrin.h>

namespace keel {
namespace {

/// Eight output pixels at a time, in two lanes of four. Neighbouring output pixels read neighbouring source pixels, so each lane's
/// taps of one source row lie in one 16-byte load, from which a byte shuffle picks them; no gather. Where that does not hold (picture border, strong
/// shrinking, steep rotation) the plain body does the group. Sums are the plain body's integers.
template <class Sample, int kTaps>
class GroupWarper {
 public:
  explicit GroupWarper(const WarpPlane<Sample>& plane, int y) : p_(plane), y_(y), row_(plane, y), shift_(_mm_cvtsi32_si128(warp_shift(plane.bit_depth))) {}

  void run() {
    const WarpBody<Sample, kTaps> body{p_};
    int x = 0;
    // Deeper samples do not fit the 16-bit multiplications.
    if (p_.bit_depth <= 12) {
      for (; x + 8 <= p_.dst_width; x += 8)
        if (!group(x))
          for (int i = x; i < x + 8; ++i) body(i, y_);
    }
    for (; x < p_.dst_width; ++x) body(x, y_);
  }

 private:
  static constexpr int kFirst = kTaps == 4 ? -1 : 0;
  static constexpr int kLoad = 16 / static_cast<int>(sizeof(Sample));  ///< samples in a load

  struct Positions {
    __m256i x, y, fx, fy;
  };

  Positions positions(int x) const {
    const __m256 dx = _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(x), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
    const auto linear = [&](float k, float c) { return _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(k), dx), _mm256_set1_ps(c)); };
    const __m256 inv = _mm256_div_ps(_mm256_set1_ps(1.0f), linear(p_.h[6], row_.w));
    const auto quantised = [&](__m256 s, int size) {
      const __m256 c = _mm256_min_ps(_mm256_max_ps(_mm256_mul_ps(s, inv), _mm256_set1_ps(-3.0f)), _mm256_set1_ps(static_cast<float>(size + 2)));
      return _mm256_cvttps_epi32(_mm256_floor_ps(_mm256_add_ps(_mm256_mul_ps(c, _mm256_set1_ps(256.0f)), _mm256_set1_ps(0.5f))));
    };
    const __m256i qx = quantised(linear(p_.h[0], row_.x), p_.src_width), qy = quantised(linear(p_.h[3], row_.y), p_.src_height);
    const __m256i mask = _mm256_set1_epi32(255);
    return {_mm256_srai_epi32(qx, 8), _mm256_srai_epi32(qy, 8), _mm256_and_si256(qx, mask), _mm256_and_si256(qy, mask)};
  }

  static __m256i pair16(__m256i low, __m256i high) { return _mm256_blend_epi16(low, _mm256_slli_epi32(high, 16), 0xAA); }

  static void weights(__m256i fraction, __m256i w[kTaps]) {
    if constexpr (kTaps == 4) {
      const __m256 t = _mm256_mul_ps(_mm256_cvtepi32_ps(fraction), _mm256_set1_ps(1.0f / 256)), unit = _mm256_set1_ps(16384.0f);
      const auto k = [](float v) { return _mm256_set1_ps(v); };
      const auto mul = [](__m256 a, __m256 b) { return _mm256_mul_ps(a, b); };
      const __m256 w0 = mul(mul(_mm256_sub_ps(mul(_mm256_add_ps(mul(k(-0.5f), t), k(1.0f)), t), k(0.5f)), t), unit);
      const __m256 w1 = mul(_mm256_add_ps(mul(mul(_mm256_sub_ps(mul(k(1.5f), t), k(2.5f)), t), t), k(1.0f)), unit);
      const __m256 w3 = mul(mul(mul(_mm256_sub_ps(mul(k(0.5f), t), k(0.5f)), t), t), unit);
      w[0] = _mm256_cvtps_epi32(w0);
      w[1] = _mm256_cvtps_epi32(w1);
      w[3] = _mm256_cvtps_epi32(w3);
      w[2] = _mm256_sub_epi32(_mm256_set1_epi32(16384), _mm256_add_epi32(_mm256_add_epi32(w[0], w[1]), w[3]));
    } else {
      w[1] = _mm256_slli_epi32(fraction, kWarpWeightBits - kWarpFractionBits);
      w[0] = _mm256_sub_epi32(_mm256_set1_epi32(16384), w[1]);
    }
  }

  static __m256i lane_min(__m256i v) {
    v = _mm256_min_epi32(v, _mm256_shuffle_epi32(v, 0x4E));
    return _mm256_min_epi32(v, _mm256_shuffle_epi32(v, 0xB1));
  }
  static __m256i lane_max(__m256i v) {
    v = _mm256_max_epi32(v, _mm256_shuffle_epi32(v, 0x4E));
    return _mm256_max_epi32(v, _mm256_shuffle_epi32(v, 0xB1));
  }
  static bool any(__m256i mask) { return _mm256_movemask_epi8(mask) != 0; }

  bool group(int x) {
    const Positions at = positions(x);
    const __m256i min_x = lane_min(at.x), min_y = lane_min(at.y);
    const __m256i rows_down = _mm256_sub_epi32(lane_max(at.y), min_y);
    const bool two_rows = any(_mm256_cmpgt_epi32(rows_down, _mm256_setzero_si256()));
    const auto above = [](__m256i v, int limit) { return _mm256_cmpgt_epi32(v, _mm256_set1_epi32(limit)); };
    const auto below = [](__m256i v, int limit) { return _mm256_cmpgt_epi32(_mm256_set1_epi32(limit), v); };
    __m256i bad = above(_mm256_sub_epi32(lane_max(at.x), min_x), kLoad - kTaps);
    bad = _mm256_or_si256(bad, above(rows_down, 1));
    bad = _mm256_or_si256(bad, _mm256_or_si256(below(min_x, -kFirst), above(min_x, p_.src_width - kLoad - kFirst)));
    bad = _mm256_or_si256(bad, _mm256_or_si256(below(min_y, -kFirst), above(min_y, p_.src_height - kTaps - kFirst - (two_rows ? 1 : 0))));
    if (any(bad)) return false;

    const Sample* a = source(_mm256_extract_epi32(min_x, 0), _mm256_extract_epi32(min_y, 0));
    const Sample* b = source(_mm256_extract_epi32(min_x, 4), _mm256_extract_epi32(min_y, 4));
    __m256i wx[kTaps], wy[kTaps];
    weights(at.fx, wx);
    weights(at.fy, wy);
    const __m256i offset = _mm256_sub_epi32(at.x, min_x);
    prepare_picks(offset, wx);
    const __m256i sum = two_rows ? sum_rows_split(a, b, wy, _mm256_cmpeq_epi32(at.y, min_y)) : sum_rows(a, b, wy);
    store(x, sum);
    return true;
  }

  const Sample* source(int x, int y) const { return p_.src + (y + kFirst) * p_.src_stride + x + kFirst; }

  /// Shuffle controls that bring taps (0, 1) and (2, 3) of each pixel into its 32 bits as two 16-bit numbers.
  void prepare_picks(__m256i offset, const __m256i wx[kTaps]) {
    if constexpr (sizeof(Sample) == 1) {
      pick01_ = _mm256_add_epi32(_mm256_mullo_epi32(offset, _mm256_set1_epi32(0x00010001)), _mm256_set1_epi32(static_cast<int>(0x80018000u)));
      pick23_ = _mm256_add_epi32(pick01_, _mm256_set1_epi32(0x00020002));
    } else {
      pick01_ = _mm256_add_epi32(_mm256_mullo_epi32(offset, _mm256_set1_epi32(0x02020202)), _mm256_set1_epi32(0x03020100));
      pick23_ = _mm256_add_epi32(pick01_, _mm256_set1_epi32(0x04040404));
    }
    wx01_ = pair16(wx[0], wx[1]);
    if constexpr (kTaps == 4) wx23_ = pair16(wx[2], wx[3]);
  }

  /// Horizontal sums of one source row for all eight pixels, rounded to 16 bits.
  __m256i row_sum(const Sample* a, const Sample* b, int row) const {
    const auto load = [&](const Sample* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + row * p_.src_stride)); };
    const __m256i v = _mm256_set_m128i(load(b), load(a));
    __m256i sum = _mm256_madd_epi16(_mm256_shuffle_epi8(v, pick01_), wx01_);
    if constexpr (kTaps == 4) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_shuffle_epi8(v, pick23_), wx23_));
    const __m256i half = _mm256_set1_epi32(1 << (warp_shift(p_.bit_depth) - 1));
    return _mm256_sra_epi32(_mm256_add_epi32(sum, half), shift_);
  }

  __m256i sum_rows(const Sample* a, const Sample* b, const __m256i wy[kTaps]) const {
    __m256i sum = _mm256_madd_epi16(pair16(row_sum(a, b, 0), row_sum(a, b, 1)), pair16(wy[0], wy[1]));
    if constexpr (kTaps == 4) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pair16(row_sum(a, b, 2), row_sum(a, b, 3)), pair16(wy[2], wy[3])));
    return sum;
  }

  /// When a lane's pixels start on two neighbouring rows: one row more, with the weights moved down by one where the pixel starts lower.
  __m256i sum_rows_split(const Sample* a, const Sample* b, const __m256i wy[kTaps], __m256i starts_high) const {
    __m256i w[kTaps + 2];
    w[0] = _mm256_and_si256(wy[0], starts_high);
    for (int i = 1; i < kTaps; ++i) w[i] = _mm256_blendv_epi8(wy[i - 1], wy[i], starts_high);
    w[kTaps] = _mm256_andnot_si256(starts_high, wy[kTaps - 1]);
    w[kTaps + 1] = _mm256_setzero_si256();
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i < kTaps; i += 2)
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pair16(row_sum(a, b, i), row_sum(a, b, i + 1)), pair16(w[i], w[i + 1])));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(row_sum(a, b, kTaps), pair16(w[kTaps], w[kTaps + 1])));
  }

  void store(int x, __m256i sum) const {
    const int rest = 2 * kWarpWeightBits - warp_shift(p_.bit_depth);
    const __m256i value = _mm256_sra_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (rest - 1))), _mm_cvtsi32_si128(rest));
    const __m256i top = _mm256_set1_epi32((1 << p_.bit_depth) - 1);
    const __m256i clamped = _mm256_min_epi32(_mm256_max_epi32(value, _mm256_setzero_si256()), top);
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(clamped, clamped), 0xD8);
    Sample* out = p_.dst + y_ * p_.dst_stride + x;
    const __m128i words = _mm256_castsi256_si128(packed);
    if constexpr (sizeof(Sample) == 2) _mm_storeu_si128(reinterpret_cast<__m128i*>(out), words);
    else _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(words, words));
  }

  const WarpPlane<Sample>& p_;
  const int y_;
  const WarpRow row_;
  const __m128i shift_;
  __m256i pick01_{}, pick23_{}, wx01_{}, wx23_{};
};

}  // namespace

void warp_row_bicubic_avx2(const WarpPlane<std::uint8_t>& plane, int y) { GroupWarper<std::uint8_t, 4>(plane, y).run(); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint8_t>& plane, int y) { GroupWarper<std::uint8_t, 2>(plane, y).run(); }
void warp_row_bicubic_avx2(const WarpPlane<std::uint16_t>& plane, int y) { GroupWarper<std::uint16_t, 4>(plane, y).run(); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint16_t>& plane, int y) { GroupWarper<std::uint16_t, 2>(plane, y).run(); }

}  // namespace keel
#else
namespace keel {
void warp_row_bicubic_avx2(const WarpPlane<std::uint8_t>&, int) { KEEL_CHECK(false); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint8_t>&, int) { KEEL_CHECK(false); }
void warp_row_bicubic_avx2(const WarpPlane<std::uint16_t>&, int) { KEEL_CHECK(false); }
void warp_row_bilinear_avx2(const WarpPlane<std::uint16_t>&, int) { KEEL_CHECK(false); }
}  // namespace keel
#endif
