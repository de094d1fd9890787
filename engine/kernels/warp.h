// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/backend/launch.h"

namespace keel {

/// One plane's warp: where to read, where to write, and `src_from_dst` in the plane's own pixels (row major). A projection is displaced by polynomials of its row, of which
/// `row_scale * y + row_offset` is the place, held between -1 and 1; coefficients of its powers, in the plane's pixels. All zero: not at all.
template <class Sample>
struct WarpPlane {
  const Sample* src = nullptr;
  std::ptrdiff_t src_stride = 0;  ///< in samples
  int src_width = 0, src_height = 0;
  Sample* dst = nullptr;
  std::ptrdiff_t dst_stride = 0;  ///< in samples
  int dst_width = 0, dst_height = 0;
  float h[9] = {};
  int bit_depth = 8;
  float bend_x[5] = {}, bend_y[5] = {};
  float row_scale = 0, row_offset = 0;
};

/// Positions are projected exactly at the ends of segments of eight output pixels, in 1/4096 of a source pixel, and lie on a straight
/// line between: within 8 * |x''| + 0.001 px of the projection, where x'' = 2 * h[6] per px at a scale of 1 (0.0002 px at h[6] = 1e-5).
/// Fractions are then quantised to 1/256, weights to 1/16384; sums are integers, so all executions agree bit for bit.
inline constexpr int kWarpSegment = 8;
inline constexpr int kWarpPositionBits = 12;
inline constexpr int kWarpFractionBits = 8;
inline constexpr int kWarpWeightBits = 14;
/// Projections further out than this, in px, are taken to be there: the border sample repeats anyway, and sums of positions fit 32 bits.
inline constexpr float kWarpReach = 131072.0f;
/// Half of 1/256 px in 1/4096: cutting off a fraction then rounds it.
inline constexpr int kWarpHalfFraction = 1 << (kWarpPositionBits - kWarpFractionBits - 1);

/// Position in the source: whole pixel and fraction in 1/256.
struct WarpPosition {
  int x, y, fx, fy;
};

/// `row_*` are the parts of the projection that only depend on y.
struct WarpRow {
  float x, y, w;
  template <class Sample>
  KEEL_HD WarpRow(const WarpPlane<Sample>& p, int dst_y) {
    const float fy = static_cast<float>(dst_y);
    x = p.h[1] * fy + p.h[2];
    y = p.h[4] * fy + p.h[5];
    w = p.h[7] * fy + p.h[8];
  }
};

/// Projection of an output pixel, in 1/4096 px plus half of 1/256 px.
struct WarpPoint {
  int x, y;
};

KEEL_HD inline int warp_fixed(float s) {
  // Written so that NaN ends at the minimum.
  const float c = s > -kWarpReach ? (s < kWarpReach ? s : kWarpReach) : -kWarpReach;
  return static_cast<int>(rintf(c * static_cast<float>(1 << kWarpPositionBits))) + kWarpHalfFraction;
}

template <class Sample>
KEEL_HD inline float warp_row_place(const WarpPlane<Sample>& p, float y) {
  const float place = y * p.row_scale + p.row_offset;
  return place > -1.0f ? (place < 1.0f ? place : 1.0f) : -1.0f;
}
KEEL_HD inline float warp_bend(const float powers[5], float place) {
  return (((powers[4] * place + powers[3]) * place + powers[2]) * place + powers[1]) * place + powers[0];
}

template <class Sample>
KEEL_HD inline WarpPoint warp_project(const WarpPlane<Sample>& p, const WarpRow& row, int dst_x) {
  const float fx = static_cast<float>(dst_x);
  const float inv = 1.0f / (p.h[6] * fx + row.w);
  const float x = (p.h[0] * fx + row.x) * inv, y = (p.h[3] * fx + row.y) * inv, place = warp_row_place(p, y);
  return {warp_fixed(x + warp_bend(p.bend_x, place)), warp_fixed(y + warp_bend(p.bend_y, place))};
}

/// Advance per output pixel on a segment of which the ends are given.
KEEL_HD inline int warp_step(int begin, int end) { return (end - begin + kWarpSegment / 2) >> 3; }

template <class Sample>
KEEL_HD inline WarpPosition warp_position(const WarpPlane<Sample>& p, const WarpRow& row, int dst_x) {
  const int within = dst_x % kWarpSegment;
  const WarpPoint a = warp_project(p, row, dst_x - within), b = warp_project(p, row, dst_x - within + kWarpSegment);
  const int qx = a.x + within * warp_step(a.x, b.x), qy = a.y + within * warp_step(a.y, b.y);
  constexpr int kDrop = kWarpPositionBits - kWarpFractionBits;
  return {qx >> kWarpPositionBits, qy >> kWarpPositionBits, (qx >> kDrop) & 255, (qy >> kDrop) & 255};
}

/// (a * b + 2^14) >> 15: one vector instruction on every CPU that matters.
KEEL_HD inline int warp_mul_q15(int a, int b) { return (a * b + (1 << 14)) >> 15; }

/// Catmull-Rom weights (cubic convolution with a = -0.5, Keys 1981) of the taps -1..2 for a fraction in 1/256, in fixed point; they sum to 16384 exactly.
KEEL_HD inline void cubic_weights(int fraction, int w[4]) {
  const int t = fraction << 7, t2 = warp_mul_q15(t, t), t3 = warp_mul_q15(t2, t), u = t2 - t3;
  w[0] = (u + t2 - t + 2) >> 2;
  w[1] = 16384 - (t2 >> 1) - ((3 * u + 2) >> 2);
  w[3] = -((u + 2) >> 2);
  w[2] = 16384 - w[0] - w[1] - w[3];
}
KEEL_HD inline void linear_weights(int fraction, int w[2]) {
  w[1] = fraction << (kWarpWeightBits - kWarpFractionBits);
  w[0] = 16384 - w[1];
}

/// Bits dropped after the horizontal sum of samples deeper than 8 bits: up to 12 bits of depth the rest fits 16 bits, as the vector variant needs.
KEEL_HD inline int warp_shift(int bit_depth) { return bit_depth <= 12 ? bit_depth : 8; }

/// 8-bit samples are centred and scaled to 16 bits, so that each product with a weight is one rounding multiplication: sums carry 7 bits
/// of fraction after the rows and 6 after the columns (within 0.05 of a gray level), and fit 16 bits as the absolute weights sum to 1.25.
inline constexpr int kWarpByteRestBits = 6;
KEEL_HD inline int warp_centred(int sample) { return (sample - 128) * 256; }
inline constexpr int kWarpByteRounding = (128 << kWarpByteRestBits) + (1 << (kWarpByteRestBits - 1));

/// One output sample of a plane. `kTaps` is 2 (bilinear) or 4 (bicubic); outside the source the border sample repeats. Parity: P0.
template <class Sample, int kTaps>
struct WarpBody {
  WarpPlane<Sample> plane;

  KEEL_HD void operator()(int x, int y) const {
    const WarpPosition at = warp_position(plane, WarpRow(plane, y), x);
    int wx[kTaps], wy[kTaps];
    if constexpr (kTaps == 4) {
      cubic_weights(at.fx, wx);
      cubic_weights(at.fy, wy);
    } else {
      linear_weights(at.fx, wx);
      linear_weights(at.fy, wy);
    }
    Sample& out = plane.dst[y * plane.dst_stride + x];
    if constexpr (sizeof(Sample) == 1) out = byte_sum(at, wx, wy);
    else out = deep_sum(at, wx, wy);
  }

 private:
  static constexpr int kFirst = kTaps == 4 ? -1 : 0;

  KEEL_HD Sample byte_sum(const WarpPosition& at, const int* wx, const int* wy) const {
    int sum = 0;
    for (int j = 0; j < kTaps; ++j) {
      const Sample* line = source_row(at.y + kFirst + j);
      int row = 0;
      for (int i = 0; i < kTaps; ++i) row += warp_mul_q15(warp_centred(line[clamp_index(at.x + kFirst + i, plane.src_width)]), wx[i]);
      sum += warp_mul_q15(row, wy[j]);
    }
    const int value = (sum + kWarpByteRounding) >> kWarpByteRestBits;
    return static_cast<Sample>(value < 0 ? 0 : (value > 255 ? 255 : value));
  }

  KEEL_HD Sample deep_sum(const WarpPosition& at, const int* wx, const int* wy) const {
    const int shift = warp_shift(plane.bit_depth);
    std::int64_t sum = 0;
    for (int j = 0; j < kTaps; ++j) {
      const Sample* line = source_row(at.y + kFirst + j);
      std::int64_t row = 0;
      for (int i = 0; i < kTaps; ++i) row += static_cast<std::int64_t>(wx[i]) * line[clamp_index(at.x + kFirst + i, plane.src_width)];
      sum += ((row + (std::int64_t{1} << (shift - 1))) >> shift) * wy[j];
    }
    const int rest = 2 * kWarpWeightBits - shift;
    const std::int64_t value = (sum + (std::int64_t{1} << (rest - 1))) >> rest;
    const std::int64_t top = (std::int64_t{1} << plane.bit_depth) - 1;
    return static_cast<Sample>(value < 0 ? 0 : (value > top ? top : value));
  }

  KEEL_HD const Sample* source_row(int y) const { return plane.src + clamp_index(y, plane.src_height) * plane.src_stride; }
  KEEL_HD static std::ptrdiff_t clamp_index(int i, int size) { return i < 0 ? 0 : (i < size ? i : size - 1); }
};

}  // namespace keel
