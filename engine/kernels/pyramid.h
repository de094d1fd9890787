// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/backend/launch.h"
#include "engine/image/gray_image.h"

namespace keel {

/// One pixel of the next coarser level: the 5x5 binomial filter around (2x, 2y), rounded once. Level sizes round up; pixel (x, y) of
/// level l lies at (x << l, y << l) of level 0. Parity: P0 (integers).
struct PyramidDownBody {
  GrayView src;
  std::uint8_t* dst = nullptr;
  int dst_stride = 0;

  KEEL_HD void operator()(int x, int y) const {
    constexpr int kWeights[5] = {1, 4, 6, 4, 1};
    int sum = 0;
    for (int j = 0; j < 5; ++j) {
      const std::uint8_t* line = src.data + static_cast<std::ptrdiff_t>(2 * y + j - 2) * src.stride + 2 * x - 2;
      sum += kWeights[j] * (line[0] + 4 * line[1] + 6 * line[2] + 4 * line[3] + line[4]);
    }
    dst[static_cast<std::ptrdiff_t>(y) * dst_stride + x] = static_cast<std::uint8_t>((sum + 128) >> 8);
  }
};

}  // namespace keel
