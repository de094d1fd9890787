// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/result.h"
#include "engine/kernels/fast_variants.h"

#if defined(__AVX2__)
#include <immintrin.h>

namespace keel {
namespace {

inline __m256i load_u8_as_i16(const std::uint8_t* p) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

inline std::int64_t sum_i32(__m256i v) {
  const __m256i wide = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)), _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
  const __m128i half = _mm_add_epi64(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  return _mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1);
}

/// Bilinear rows of 16 samples in 1/128 gray, walking down; keeps the lower source row for the next step.
class RowSampler {
 public:
  RowSampler(const std::uint8_t* top, int stride, const LkWindowPosition& at)
      : line_(top), stride_(stride), wy0_(_mm256_set1_epi16(static_cast<short>(128 - at.fy))), wy1_(_mm256_set1_epi16(static_cast<short>(at.fy))),
        wx_(_mm256_set1_epi16(static_cast<short>(at.fx << 8))), upper0_(load_u8_as_i16(top)), upper1_(load_u8_as_i16(top + 1)) {}

  __m256i next() {
    line_ += stride_;
    const __m256i lower0 = load_u8_as_i16(line_), lower1 = load_u8_as_i16(line_ + 1);
    const __m256i v0 = _mm256_add_epi16(_mm256_mullo_epi16(upper0_, wy0_), _mm256_mullo_epi16(lower0, wy1_));
    const __m256i v1 = _mm256_add_epi16(_mm256_mullo_epi16(upper1_, wy0_), _mm256_mullo_epi16(lower1, wy1_));
    upper0_ = lower0;
    upper1_ = lower1;
    return _mm256_add_epi16(v0, _mm256_mulhrs_epi16(_mm256_sub_epi16(v1, v0), wx_));
  }

 private:
  const std::uint8_t* line_;
  int stride_;
  __m256i wy0_, wy1_, wx_, upper0_, upper1_;
};

inline __m256 low_as_float(__m256i v) { return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm256_castsi256_si128(v))); }
inline __m256 high_as_float(__m256i v) { return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm256_extracti128_si256(v, 1))); }

inline __m256i project(__m256i g, __m256 t_low, __m256 t_high, float mean_g, float slope) {
  const __m256 mean = _mm256_set1_ps(mean_g), k = _mm256_set1_ps(slope);
  const __m256i low = _mm256_cvtps_epi32(_mm256_sub_ps(_mm256_sub_ps(low_as_float(g), mean), _mm256_mul_ps(k, t_low)));
  const __m256i high = _mm256_cvtps_epi32(_mm256_sub_ps(_mm256_sub_ps(high_as_float(g), mean), _mm256_mul_ps(k, t_high)));
  return _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
}

/// Same sums as LkScalarOps: everything is an exact integer, or a float operation in the same order.
struct LkAvx2Ops {
  using Template = LkTemplate;
  static void make_template(const GrayView& image, const LkWindowPosition& at, LkTemplate& out) {
    constexpr int kSide = kLkWindow + 2, kPitch = 32;
    alignas(32) std::int16_t s[kSide * kPitch];
    const std::uint8_t* top = image.data + static_cast<std::ptrdiff_t>(at.y0 - 1) * image.stride + at.x0 - 1;
    RowSampler left(top, image.stride, at), right(top + 2, image.stride, at);
    for (int j = 0; j < kSide; ++j) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(s + j * kPitch), left.next());
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(s + j * kPitch + 2), right.next());
    }
    const auto load = [&](int k) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(s + k)); };
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i t_sum = _mm256_setzero_si256(), gx_sum = t_sum, gy_sum = t_sum, tgx = t_sum, tgy = t_sum, tt = t_sum;
    for (int j = 0; j < kLkWindow; ++j) {
      const int c = (j + 1) * kPitch + 1;
      const __m256i t = load(c);
      const __m256i gx = _mm256_srai_epi16(_mm256_sub_epi16(load(c + 1), load(c - 1)), 5);
      const __m256i gy = _mm256_srai_epi16(_mm256_sub_epi16(load(c + kPitch), load(c - kPitch)), 5);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.gx + j * kLkWindow), gx);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.gy + j * kLkWindow), gy);
      t_sum = _mm256_add_epi32(t_sum, _mm256_madd_epi16(t, ones));
      gx_sum = _mm256_add_epi32(gx_sum, _mm256_madd_epi16(gx, ones));
      gy_sum = _mm256_add_epi32(gy_sum, _mm256_madd_epi16(gy, ones));
      tgx = _mm256_add_epi32(tgx, _mm256_madd_epi16(t, gx));
      tgy = _mm256_add_epi32(tgy, _mm256_madd_epi16(t, gy));
      // Squares of 15-bit samples fill 31 bits a pair: they are summed in 64.
      const __m256i sq = _mm256_madd_epi16(t, t);
      tt = _mm256_add_epi64(tt, _mm256_add_epi64(_mm256_and_si256(sq, _mm256_set1_epi64x(0xffffffff)), _mm256_srli_epi64(sq, 32)));
    }
    LkMoments m;
    m.t = sum_i32(t_sum);
    m.gx = sum_i32(gx_sum);
    m.gy = sum_i32(gy_sum);
    m.tgx = sum_i32(tgx);
    m.tgy = sum_i32(tgy);
    alignas(32) std::int64_t parts[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(parts), tt);
    m.tt = parts[0] + parts[1] + parts[2] + parts[3];
    project_template(s, kPitch, m, out);
  }

  static LkSums correlate(const GrayView& image, const LkWindowPosition& at, const LkTemplate& t) {
    RowSampler rows(image.data + static_cast<std::ptrdiff_t>(at.y0) * image.stride + at.x0, image.stride, at);
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i dot_x = _mm256_setzero_si256(), dot_y = dot_x, sum = dot_x;
    for (int j = 0; j < kLkWindow; ++j) {
      const __m256i v = rows.next();
      dot_x = _mm256_add_epi32(dot_x, _mm256_madd_epi16(v, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(t.gx + j * kLkWindow))));
      dot_y = _mm256_add_epi32(dot_y, _mm256_madd_epi16(v, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(t.gy + j * kLkWindow))));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(v, ones));
    }
    return {sum_i32(dot_x), sum_i32(dot_y), sum_i32(sum)};
  }

 private:
  static void project_template(const std::int16_t* s, int pitch, const LkMoments& m, LkTemplate& out) {
    const LkProjection p(m);
    const __m256 mean_t = _mm256_set1_ps(p.mean_t);
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i xx = _mm256_setzero_si256(), xy = xx, yy = xx, sx = xx, sy = xx, tx = xx, ty = xx;
    for (int j = 0; j < kLkWindow; ++j) {
      const __m256i t = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(s + (j + 1) * pitch + 1));
      const __m256 t_low = _mm256_sub_ps(low_as_float(t), mean_t), t_high = _mm256_sub_ps(high_as_float(t), mean_t);
      auto* gx_at = reinterpret_cast<__m256i*>(out.gx + j * kLkWindow);
      auto* gy_at = reinterpret_cast<__m256i*>(out.gy + j * kLkWindow);
      const __m256i gx = project(_mm256_loadu_si256(gx_at), t_low, t_high, p.mean_gx, p.slope_x);
      const __m256i gy = project(_mm256_loadu_si256(gy_at), t_low, t_high, p.mean_gy, p.slope_y);
      _mm256_storeu_si256(gx_at, gx);
      _mm256_storeu_si256(gy_at, gy);
      xx = _mm256_add_epi32(xx, _mm256_madd_epi16(gx, gx));
      xy = _mm256_add_epi32(xy, _mm256_madd_epi16(gx, gy));
      yy = _mm256_add_epi32(yy, _mm256_madd_epi16(gy, gy));
      sx = _mm256_add_epi32(sx, _mm256_madd_epi16(gx, ones));
      sy = _mm256_add_epi32(sy, _mm256_madd_epi16(gy, ones));
      tx = _mm256_add_epi32(tx, _mm256_madd_epi16(gx, t));
      ty = _mm256_add_epi32(ty, _mm256_madd_epi16(gy, t));
    }
    out.sum_t = m.t;
    out.sum_gx = sum_i32(sx);
    out.sum_gy = sum_i32(sy);
    out.dot_tx = sum_i32(tx);
    out.dot_ty = sum_i32(ty);
    lk_finish_template(out, sum_i32(xx), sum_i32(xy), sum_i32(yy));
  }
};

}  // namespace

void track_points_avx2(const LkBody<LkScalarOps>& body, std::span<LkMatch> matches) {
  const LkBody<LkAvx2Ops> fast{body.prev, body.cur, matches.data(), body.round_trip, body.params};
  for (int i = 0; i < static_cast<int>(matches.size()); ++i) fast(i, 0);
}

}  // namespace keel
#else
namespace keel {
void track_points_avx2(const LkBody<LkScalarOps>&, std::span<LkMatch>) { KEEL_CHECK(false); }
}  // namespace keel
#endif
