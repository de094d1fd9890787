// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <immintrin.h>

#include "engine/kernels/warp.h"

namespace keel {

/// warp_project() and warp_step() of eight segments of a row at once, the first of which begins at output pixel `first_x`: all of 64 pixels.
struct WarpSegmentsAvx2 {
  __m256i x, y;            ///< where each segment begins
  __m256i step_x, step_y;  ///< advance per output pixel

  template <class Sample>
  WarpSegmentsAvx2(const WarpPlane<Sample>& p, const WarpRow& row, int first_x) {
    const __m256i begin = _mm256_add_epi32(_mm256_setr_epi32(0, 8, 16, 24, 32, 40, 48, 56), _mm256_set1_epi32(first_x));
    project(p, row, begin, x, y);
    __m256i end_x, end_y;
    project(p, row, _mm256_add_epi32(begin, _mm256_set1_epi32(kWarpSegment)), end_x, end_y);
    step_x = step(x, end_x);
    step_y = step(y, end_y);
  }

  /// Position `kIndex` pixels into each segment.
  template <int kIndex>
  [[nodiscard]] static __m256i along(__m256i begin, __m256i step) {
    return _mm256_add_epi32(begin, _mm256_mullo_epi32(step, _mm256_set1_epi32(kIndex)));
  }

 private:
  template <class Sample>
  static void project(const WarpPlane<Sample>& p, const WarpRow& row, __m256i dst_x, __m256i& out_x, __m256i& out_y) {
    const __m256 dx = _mm256_cvtepi32_ps(dst_x);
    const auto linear = [&](float k, float c) { return _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(k), dx), _mm256_set1_ps(c)); };
    const __m256 inv = _mm256_div_ps(_mm256_set1_ps(1.0f), linear(p.h[6], row.w));
    const auto held = [](__m256 v, float most) { return _mm256_min_ps(_mm256_max_ps(v, _mm256_set1_ps(-most)), _mm256_set1_ps(most)); };
    const __m256 x = _mm256_mul_ps(linear(p.h[0], row.x), inv), y = _mm256_mul_ps(linear(p.h[3], row.y), inv);
    const __m256 place = held(_mm256_add_ps(_mm256_mul_ps(y, _mm256_set1_ps(p.row_scale)), _mm256_set1_ps(p.row_offset)), 1.0f);
    const auto bend = [&](const float (&powers)[5]) {
      __m256 sum = _mm256_set1_ps(powers[4]);
      for (int i = 3; i >= 0; --i) sum = _mm256_add_ps(_mm256_mul_ps(sum, place), _mm256_set1_ps(powers[i]));
      return sum;
    };
    const auto fixed = [&](__m256 s) {
      const __m256 c = held(s, kWarpReach);
      const __m256i q = _mm256_cvtps_epi32(_mm256_mul_ps(c, _mm256_set1_ps(static_cast<float>(1 << kWarpPositionBits))));
      return _mm256_add_epi32(q, _mm256_set1_epi32(kWarpHalfFraction));
    };
    out_x = fixed(_mm256_add_ps(x, bend(p.bend_x)));
    out_y = fixed(_mm256_add_ps(y, bend(p.bend_y)));
  }
  static __m256i step(__m256i begin, __m256i end) {
    return _mm256_srai_epi32(_mm256_add_epi32(_mm256_sub_epi32(end, begin), _mm256_set1_epi32(kWarpSegment / 2)), 3);
  }
};

/// cubic_weights() or linear_weights() of sixteen fractions in 16-bit lanes.
template <int kTaps>
inline void warp_weights_avx2(__m256i fraction, __m256i (&w)[kTaps]) {
  const __m256i unit = _mm256_set1_epi16(16384);
  if constexpr (kTaps == 4) {
    const __m256i two = _mm256_set1_epi16(2), t = _mm256_slli_epi16(fraction, 7), t2 = _mm256_mulhrs_epi16(t, t), t3 = _mm256_mulhrs_epi16(t2, t);
    const __m256i u = _mm256_sub_epi16(t2, t3), u2 = _mm256_add_epi16(u, two);
    w[0] = _mm256_srai_epi16(_mm256_add_epi16(u2, _mm256_sub_epi16(t2, t)), 2);
    w[1] = _mm256_sub_epi16(_mm256_sub_epi16(unit, _mm256_srai_epi16(t2, 1)), _mm256_srai_epi16(_mm256_add_epi16(u2, _mm256_add_epi16(u, u)), 2));
    w[3] = _mm256_sub_epi16(_mm256_setzero_si256(), _mm256_srai_epi16(u2, 2));
    w[2] = _mm256_sub_epi16(_mm256_sub_epi16(unit, w[0]), _mm256_add_epi16(w[1], w[3]));
  } else {
    w[1] = _mm256_slli_epi16(fraction, kWarpWeightBits - kWarpFractionBits);
    w[0] = _mm256_sub_epi16(unit, w[1]);
  }
}

/// All ones in the 32-bit lanes where 0 <= v <= top: one unsigned comparison.
inline __m256i within_avx2(__m256i v, int top) { return _mm256_cmpeq_epi32(_mm256_min_epu32(v, _mm256_set1_epi32(top)), v); }

}  // namespace keel
