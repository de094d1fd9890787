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

  [[nodiscard]] Extent extent() const { return {(src.width + 1) / 2, (src.height + 1) / 2}; }

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

/// One pixel of an image's padding: the nearest pixel of the border. Invoked for the whole padded image, whose pixel (0, 0) is the corner of the padding; what
/// lies inside stays. Gives what GrayImage::replicate_border() gives. Parity: P0 (copies).
struct ReplicateBorderBody {
  std::uint8_t* pixels = nullptr;  ///< pixel (0, 0) of the image
  int stride = 0;
  int width = 0, height = 0;

  [[nodiscard]] Extent extent() const { return {width + 2 * kGrayPadding, height + 2 * kGrayPadding}; }

  KEEL_HD void operator()(int padded_x, int padded_y) const {
    const int x = padded_x - kGrayPadding, y = padded_y - kGrayPadding;
    const int from_x = x < 0 ? 0 : (x < width ? x : width - 1), from_y = y < 0 ? 0 : (y < height ? y : height - 1);
    if (from_x == x && from_y == y) return;
    pixels[static_cast<std::ptrdiff_t>(y) * stride + x] = pixels[static_cast<std::ptrdiff_t>(from_y) * stride + from_x];
  }
};

}  // namespace keel
