// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/base/geometry.h"

namespace keel {

/// Read-only 8-bit image as kernels see it (host or device pointer). Pixels from -kGrayPadding to width - 1 + kGrayPadding
/// (and likewise in y) may be read: the border is replicated there.
struct GrayView {
  const std::uint8_t* data = nullptr;  ///< pixel (0, 0)
  int stride = 0;
  int width = 0;
  int height = 0;
};

/// Windows of 16 px whose centre lies inside the image, plus one for interpolation and one for gradients, and whole-vector reads.
inline constexpr int kGrayPadding = 32;

/// An owned 8-bit image with a replicated border; the working image of motion estimation.
class GrayImage {
 public:
  GrayImage() = default;
  explicit GrayImage(Size size)
      : size_(size), stride_(size.width + 2 * kGrayPadding), pixels_(static_cast<std::size_t>(stride_) * (size.height + 2 * kGrayPadding)) {}

  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] int stride() const { return stride_; }
  [[nodiscard]] std::uint8_t* row(int y) { return pixels_.data() + offset(y); }
  [[nodiscard]] const std::uint8_t* row(int y) const { return pixels_.data() + offset(y); }
  [[nodiscard]] GrayView view() const { return {row(0), stride_, size_.width, size_.height}; }

  /// Fills the padding from the border pixels; to be called once after the rows are written.
  void replicate_border() {
    for (int y = 0; y < size_.height; ++y) {
      std::uint8_t* line = row(y);
      std::memset(line - kGrayPadding, line[0], kGrayPadding);
      std::memset(line + size_.width, line[size_.width - 1], kGrayPadding);
    }
    for (int y = 1; y <= kGrayPadding; ++y) {
      std::memcpy(row(-y) - kGrayPadding, row(0) - kGrayPadding, static_cast<std::size_t>(stride_));
      std::memcpy(row(size_.height - 1 + y) - kGrayPadding, row(size_.height - 1) - kGrayPadding, static_cast<std::size_t>(stride_));
    }
  }

 private:
  [[nodiscard]] std::ptrdiff_t offset(int y) const { return static_cast<std::ptrdiff_t>(y + kGrayPadding) * stride_ + kGrayPadding; }

  Size size_;
  int stride_ = 0;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace keel
