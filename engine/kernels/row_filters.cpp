// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/kernels/row_filters.h"

#include "engine/kernels/corners.h"

// One baseline and one AVX2 version of each loop, chosen when the program is loaded. Sanitizers do not survive the loader's
// early call, so they get the baseline.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KEEL_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define KEEL_CLONES
#endif

namespace keel {

KEEL_CLONES void add_weighted_row(std::uint32_t* __restrict sum, const std::uint8_t* __restrict line, std::uint32_t weight, int count) {
  for (int i = 0; i < count; ++i) sum[i] += weight * line[i];
}

KEEL_CLONES void add_weighted_row(std::uint32_t* __restrict sum, const std::uint16_t* __restrict line, std::uint32_t weight, int count) {
  for (int i = 0; i < count; ++i) sum[i] += weight * line[i];
}

KEEL_CLONES void binomial_column(std::uint16_t* __restrict out, const std::uint8_t* const rows[5], int count) {
  const std::uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3], *e = rows[4];
  for (int i = 0; i < count; ++i) out[i] = static_cast<std::uint16_t>(a[i] + e[i] + 4 * (b[i] + d[i]) + 6 * c[i]);
}

KEEL_CLONES void binomial_row_half(std::uint8_t* __restrict out, const std::uint16_t* __restrict in, int count) {
  for (int x = 0; x < count; ++x) {
    const std::uint16_t* p = in + 2 * x;
    out[x] = static_cast<std::uint8_t>((p[-2] + p[2] + 4 * (p[-1] + p[1]) + 6 * p[0] + 128) >> 8);
  }
}

KEEL_CLONES void accumulate_gradient_products(std::int32_t* __restrict gxx, std::int32_t* __restrict gxy, std::int32_t* __restrict gyy,
                                              const std::uint8_t* __restrict line, std::ptrdiff_t stride, int sign, int count) {
  for (int i = 0; i < count; ++i) {
    const int gx = line[i + 1] - line[i - 1], gy = line[i + stride] - line[i - stride];
    gxx[i] += sign * (gx * gx);
    gxy[i] += sign * (gx * gy);
    gyy[i] += sign * (gy * gy);
  }
}

KEEL_CLONES void box_min_eigenvalue(float* __restrict out, const std::int32_t* __restrict gxx, const std::int32_t* __restrict gxy,
                                    const std::int32_t* __restrict gyy, int count) {
  for (int x = 0; x < count; ++x) {
    std::int32_t xx = 0, xy = 0, yy = 0;
    for (int i = 0; i <= 2 * kCornerRadius; ++i) {
      xx += gxx[x + i];
      xy += gxy[x + i];
      yy += gyy[x + i];
    }
    out[x] = min_eigenvalue(xx, xy, yy);
  }

}

}  // namespace keel
