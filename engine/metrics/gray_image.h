// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/geometry.h"

namespace keel::metrics {

/// Luma in floating point on the scale of 8 bits (0 to 255), rows packed.
struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<float> px;

  [[nodiscard]] const float* row(int y) const { return px.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
  [[nodiscard]] float* row(int y) { return px.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
  [[nodiscard]] Size size() const { return {width, height}; }
};

/// Luma in quarter steps of the 8-bit scale (0 to 1020): sums of products over a 24x24 block then fit 32 bits exactly.
struct IntImage {
  int width = 0;
  int height = 0;
  std::vector<std::int16_t> px;

  [[nodiscard]] const std::int16_t* at(int x, int y) const {
    return px.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
  }
};

class DevicePicture;
struct PictureOrigin;

/// A picture as the tracker sees it: at most 640 px on the longer side. `levels[0]` is `luma` in integers; each further one is
/// the 2x2 mean of the one before. A point p of level l lies at p * 2^l + (2^l - 1) / 2 of level 0.
struct Picture {
  GrayImage luma;
  std::vector<IntImage> levels;
  std::shared_ptr<const DevicePicture> device;  ///< the same on a device, where it was made there
  /// Set where a device alone has some of the samples, whose `px` above are then empty: the luma's, of a picture drawn in another geometry the levels' too.
  std::shared_ptr<const PictureOrigin> origin;
};

}  // namespace keel::metrics
