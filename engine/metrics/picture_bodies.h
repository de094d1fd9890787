// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/metrics/block_math.h"
#include "engine/metrics/flat_extent.h"

namespace keel::metrics {

// The metrics' pixel work as kernel bodies: the bits of the host's loops, which are their oracles. Parity: P0, each sum in the host's order.

/// A level of a picture as it is written: samples, and the same in quarter steps.
struct LevelOut {
  float* px = nullptr;
  std::int16_t* steps = nullptr;
  int width = 0, height = 0;
  KEEL_HD void set(int x, int y, float v) const {
    px[y * width + x] = v;
    steps[y * width + x] = quarter_steps(v);
  }
};

/// Source samples under each destination sample and their shares: those of sample i are share[begin[i]] to share[begin[i + 1]].
struct TapsView {
  const int* first = nullptr;
  const int* begin = nullptr;
  const float* share = nullptr;
  int shares = 0;
};

/// The luma by area averaging: rows first, as luma_small() does.
template <class Sample>
struct ShrinkBody {
  const Sample* src = nullptr;
  std::ptrdiff_t src_stride = 0;  ///< in samples
  int src_width = 0, src_height = 0;
  float scale = 1;
  TapsView across, down;
  LevelOut to;
  [[nodiscard]] Extent extent() const { return {to.width, to.height}; }
  KEEL_HD void operator()(int x, int y) const {
    const float* share = across.share + across.begin[x];
    const int taps = across.begin[x + 1] - across.begin[x];
    float sum = 0;
    for (int k = down.begin[y]; k < down.begin[y + 1]; ++k) {
      const Sample* row = src + (down.first[y] + k - down.begin[y]) * src_stride + across.first[x];
      float narrow = 0;
      for (int i = 0; i < taps; ++i) narrow += share[i] * (scale * static_cast<float>(row[i]));
      sum += down.share[k] * narrow;
    }
    to.set(x, y, sum);
  }
};

/// The next level: means of 2x2 samples.
struct HalveBody {
  const float* from = nullptr;
  int from_width = 0, from_height = 0;
  LevelOut to;
  [[nodiscard]] Extent extent() const { return {to.width, to.height}; }
  KEEL_HD void operator()(int x, int y) const {
    const float *r0 = from + 2 * y * from_width + 2 * x, *r1 = r0 + from_width;
    to.set(x, y, 0.25F * (r0[0] + r0[1] + r1[0] + r1[1]));
  }
};

/// A picture drawn in another geometry, as draw() does: a thread takes a piece of a row and first walks there by the host's additions, whose rounding
/// adds up.
struct DrawBody {
  static constexpr int kPiece = 64;
  const float* from = nullptr;
  int from_width = 0, from_height = 0;
  Map from_to{};  ///< picture drawn from, from picture drawn
  LevelOut to;
  [[nodiscard]] Extent extent() const { return {(to.width + kPiece - 1) / kPiece, to.height}; }
  KEEL_HD void operator()(int piece, int y) const {
    const double* m = from_to.m;
    const double right = from_width - 1.001, bottom = from_height - 1.001;
    double nx = m[1] * y + m[2], ny = m[4] * y + m[5], nw = m[7] * y + m[8];
    const int begin = piece * kPiece, end = begin + kPiece < to.width ? begin + kPiece : to.width;
    for (int x = 0; x < end; ++x, nx += m[0], ny += m[3], nw += m[6]) {
      if (x < begin) continue;
      const double inv = 1 / nw;
      const double sx = between(nx * inv, 0.0, right), sy = between(ny * inv, 0.0, bottom);
      const int ix = static_cast<int>(sx), iy = static_cast<int>(sy);
      const float fx = static_cast<float>(sx - ix), fy = static_cast<float>(sy - iy);
      const float *r0 = from + iy * from_width + ix, *r1 = r0 + from_width;
      const float top = r0[0] + fx * (r0[1] - r0[0]), low = r1[0] + fx * (r1[1] - r1[0]);
      to.set(x, y, top + fy * (low - top));
    }
  }
};

/// Sum of the squared differences of a row of two pictures.
struct RowSquaresBody {
  const float *a = nullptr, *b = nullptr;
  int width = 0, height = 0;
  float* out = nullptr;
  [[nodiscard]] Extent extent() const { return flat_extent(height); }
  KEEL_HD void operator()(int x, int y) const {
    const int row = flat_index(x, y);
    if (row >= height) return;
    const float *ra = a + row * width, *rb = b + row * width;
    float sum = 0;
    for (int i = 0; i < width; ++i) sum += (ra[i] - rb[i]) * (ra[i] - rb[i]);
    out[row] = sum;
  }
};

/// One pixel of the source drawn once by Lanczos-3 for the sharpness, as resample() does.
struct ResampleBody {
  const float* patch = nullptr;
  int patch_x = 0, patch_y = 0, patch_width = 0, patch_height = 0;
  Map source_from_output{};
  int x0 = 0, y0 = 0;  ///< of the window in the output
  double widen = 1;
  const float* table = nullptr;
  float* out = nullptr;
  int width = 0, height = 0;
  static constexpr int kMostTaps = 32;
  [[nodiscard]] Extent extent() const { return {width, height}; }

  KEEL_HD float weight(int tap, double at) const {
    const double distance = tap - at;
    // Nothing is divided by 1, which is what a cropped picture has.
    return lanczos(table, widen == 1 ? distance : distance / widen);
  }
  KEEL_HD void operator()(int px, int py) const {
    const double* m = source_from_output.m;
    const double ox = x0 + px, oy = y0 + py;
    const double w = m[6] * ox + m[7] * oy + m[8];
    const double x = (m[0] * ox + m[1] * oy + m[2]) / w - patch_x, y = (m[3] * ox + m[4] * oy + m[5]) / w - patch_y;
    const double reach = kLobes * widen;
    const int left = static_cast<int>(ceil(x - reach)), top = static_cast<int>(ceil(y - reach));
    int nx = static_cast<int>(floor(x + reach)) - left + 1;
    if (nx > kMostTaps) nx = kMostTaps;
    const int ny = static_cast<int>(floor(y + reach)) - top + 1;
    float wsum = 0, vsum = 0, total = 0;
    for (int i = 0; i < nx; ++i) wsum += weight(left + i, x);
    for (int j = 0; j < ny; ++j) {
      const float wy = weight(top + j, y);
      const float* row = patch + (top + j) * patch_width + left;
      float v = 0;
      for (int i = 0; i < nx; ++i) v += weight(left + i, x) * row[i];
      vsum += wy * v;
      total += wy * wsum;
    }
    out[py * width + px] = vsum / total;
  }
};

}  // namespace keel::metrics
