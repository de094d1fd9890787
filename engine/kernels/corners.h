// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/backend/launch.h"
#include "engine/image/gray_image.h"

namespace keel {

/// Half-size of the window over which corner response sums gradients.
inline constexpr int kCornerRadius = 3;

/// Smaller eigenvalue of the 2x2 structure tensor from its exact integer sums (gradients in gray levels per 2 px).
KEEL_HD inline float min_eigenvalue(int gxx, int gxy, int gyy) {
  const float a = 0.5f * static_cast<float>(gxx + gyy), d = 0.5f * static_cast<float>(gxx - gyy), b = static_cast<float>(gxy);
  return a - sqrtf(d * d + b * b);
}

/// Shi-Tomasi response at one pixel: smaller eigenvalue over a 7x7 window of central differences. (Shi, Tomasi: Good features to track,
/// CVPR 1994.) Parity: P0 (integer sums, correctly rounded float operations).
struct CornerResponseBody {
  GrayView src;
  float* dst = nullptr;
  int dst_stride = 0;

  [[nodiscard]] Extent extent() const { return {src.width, src.height}; }

  KEEL_HD void operator()(int x, int y) const {
    int gxx = 0, gxy = 0, gyy = 0;
    for (int j = -kCornerRadius; j <= kCornerRadius; ++j) {
      const std::uint8_t* line = src.data + static_cast<std::ptrdiff_t>(y + j) * src.stride + x;
      for (int i = -kCornerRadius; i <= kCornerRadius; ++i) {
        const int gx = line[i + 1] - line[i - 1], gy = line[i + src.stride] - line[i - src.stride];
        gxx += gx * gx;
        gxy += gx * gy;
        gyy += gy * gy;
      }
    }
    dst[static_cast<std::ptrdiff_t>(y) * dst_stride + x] = min_eigenvalue(gxx, gxy, gyy);
  }
};

/// Largest response of one row; `row` is the invocation's x, so that neighbouring threads take neighbouring rows. The strongest of a picture is the largest
/// of these. Parity: P0.
struct RowMaximumBody {
  const float* response = nullptr;
  int stride = 0;
  int width = 0;
  float* out = nullptr;  ///< one per row
  int rows = 0;

  [[nodiscard]] Extent extent() const { return {rows, 1}; }

  KEEL_HD void operator()(int row, int) const {
    const float* line = response + static_cast<std::ptrdiff_t>(row) * stride;
    float largest = line[0];
    for (int x = 1; x < width; ++x) largest = line[x] > largest ? line[x] : largest;
    out[row] = largest;
  }
};

/// A corner candidate; response 0 means none.
struct Corner {
  float x = 0;
  float y = 0;
  float response = 0;
};

/// Best corners of one cell of a grid over the response image: the strongest pixel and the strongest at least `min_distance` (in x or y) from it.
/// Cells give corners spread over the picture, and no cell waits for another. Ties go to the first in row order. Parity: P0.
struct CellCornersBody {
  const float* response = nullptr;
  int stride = 0;
  int width = 0, height = 0;
  int cell = 16;
  int margin = 4;  ///< no corners closer to the border
  int min_distance = 5;
  float threshold = 0;
  Corner* out = nullptr;  ///< kCornersPerCell per cell, cells in row order
  int cells_x = 0;

  static constexpr int kCornersPerCell = 2;

  [[nodiscard]] Extent extent() const { return {cells_x, (height + cell - 1) / cell}; }

  KEEL_HD void operator()(int cx, int cy) const {
    const int x0 = cx * cell < margin ? margin : cx * cell, y0 = cy * cell < margin ? margin : cy * cell;
    const int x1 = (cx + 1) * cell < width - margin ? (cx + 1) * cell : width - margin;
    const int y1 = (cy + 1) * cell < height - margin ? (cy + 1) * cell : height - margin;
    Corner* result = out + kCornersPerCell * (cy * cells_x + cx);
    result[0] = result[1] = Corner{};
    for (int pass = 0; pass < kCornersPerCell; ++pass) {
      Corner best;
      best.response = threshold;
      bool found = false;
      for (int y = y0; y < y1; ++y) {
        const float* line = response + static_cast<std::ptrdiff_t>(y) * stride;
        for (int x = x0; x < x1; ++x) {
          if (line[x] <= best.response) continue;
          if (pass == 1 && fabsf(static_cast<float>(x) - result[0].x) < static_cast<float>(min_distance) &&
              fabsf(static_cast<float>(y) - result[0].y) < static_cast<float>(min_distance))
            continue;
          best = {static_cast<float>(x), static_cast<float>(y), line[x]};
          found = true;
        }
      }
      if (!found) return;
      result[pass] = best;
    }
  }
};

}  // namespace keel
