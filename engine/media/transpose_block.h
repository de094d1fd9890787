// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace keel::av {

/// Side of the square that is transposed at once.
constexpr int kBlock = 8;

/// `to[x * to_step + y] = from[y * from_step + x]` for an 8 x 8 square; steps are in bytes and may be negative, which mirrors.
/// This is the plain form; the two below do the same in registers, two to four times as fast on a whole picture.
template <class Sample>
inline void transpose_block_plain(const std::byte* from, std::ptrdiff_t from_step, std::byte* to, std::ptrdiff_t to_step) {
  for (int x = 0; x < kBlock; ++x)
    for (int y = 0; y < kBlock; ++y) reinterpret_cast<Sample*>(to + x * to_step)[y] = reinterpret_cast<const Sample*>(from + y * from_step)[x];
}

template <class Sample>
inline void transpose_block(const std::byte* from, std::ptrdiff_t from_step, std::byte* to, std::ptrdiff_t to_step) {
  transpose_block_plain<Sample>(from, from_step, to, to_step);
}

#if defined(__SSE2__)

template <>
inline void transpose_block<std::uint8_t>(const std::byte* from, std::ptrdiff_t from_step, std::byte* to, std::ptrdiff_t to_step) {
  const auto row = [&](int y) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + y * from_step)); };
  const __m128i a = _mm_unpacklo_epi8(row(0), row(1)), b = _mm_unpacklo_epi8(row(2), row(3));
  const __m128i c = _mm_unpacklo_epi8(row(4), row(5)), d = _mm_unpacklo_epi8(row(6), row(7));
  const __m128i ab_low = _mm_unpacklo_epi16(a, b), ab_high = _mm_unpackhi_epi16(a, b);
  const __m128i cd_low = _mm_unpacklo_epi16(c, d), cd_high = _mm_unpackhi_epi16(c, d);
  const auto store_two = [&](int x, __m128i columns) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + x * to_step), columns);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + (x + 1) * to_step), _mm_unpackhi_epi64(columns, columns));
  };
  store_two(0, _mm_unpacklo_epi32(ab_low, cd_low));
  store_two(2, _mm_unpackhi_epi32(ab_low, cd_low));
  store_two(4, _mm_unpacklo_epi32(ab_high, cd_high));
  store_two(6, _mm_unpackhi_epi32(ab_high, cd_high));
}

template <>
inline void transpose_block<std::uint16_t>(const std::byte* from, std::ptrdiff_t from_step, std::byte* to, std::ptrdiff_t to_step) {
  const auto row = [&](int y) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + y * from_step)); };
  const auto store = [&](int x, __m128i column) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + x * to_step), column); };
  // Columns of four rows each: `upper` of rows 0 to 3, `lower` of rows 4 to 7.
  const auto four_columns = [&](int x, __m128i upper_a, __m128i upper_b, __m128i lower_a, __m128i lower_b) {
    const __m128i u0 = _mm_unpacklo_epi32(upper_a, upper_b), u2 = _mm_unpackhi_epi32(upper_a, upper_b);
    const __m128i l0 = _mm_unpacklo_epi32(lower_a, lower_b), l2 = _mm_unpackhi_epi32(lower_a, lower_b);
    store(x, _mm_unpacklo_epi64(u0, l0));
    store(x + 1, _mm_unpackhi_epi64(u0, l0));
    store(x + 2, _mm_unpacklo_epi64(u2, l2));
    store(x + 3, _mm_unpackhi_epi64(u2, l2));
  };
  const __m128i r0 = row(0), r1 = row(1), r2 = row(2), r3 = row(3), r4 = row(4), r5 = row(5), r6 = row(6), r7 = row(7);
  four_columns(0, _mm_unpacklo_epi16(r0, r1), _mm_unpacklo_epi16(r2, r3), _mm_unpacklo_epi16(r4, r5), _mm_unpacklo_epi16(r6, r7));
  four_columns(4, _mm_unpackhi_epi16(r0, r1), _mm_unpackhi_epi16(r2, r3), _mm_unpackhi_epi16(r4, r5), _mm_unpackhi_epi16(r6, r7));
}

#endif

}  // namespace keel::av
