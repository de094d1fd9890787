// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/image/frame.h"
#include "engine/metrics/gray_image.h"

namespace keel::metrics {

/// Longer side in px of the pictures that are tracked.
inline constexpr int kWorkSide = 640;
/// Width in px that figures are stated at: a figure in work px times kFigureWidth / work width.
inline constexpr double kFigureWidth = 640.0;

/// Random access to the luma (Y, or G of RGB) of a frame on the 8-bit scale, whatever its depth. The frame must outlive it.
class LumaReader {
 public:
  explicit LumaReader(const Frame& frame);
  [[nodiscard]] int width() const { return plane_.width; }
  [[nodiscard]] int height() const { return plane_.height; }
  /// The value that stands for black: 16 in limited range, 0 in full range and RGB.
  [[nodiscard]] float black() const { return black_; }
  [[nodiscard]] float at(int x, int y) const {
    return wide_ ? scale_ * static_cast<float>(plane_.row<std::uint16_t>(y)[x]) : static_cast<float>(plane_.row<std::uint8_t>(y)[x]);
  }

 private:
  PlaneView plane_;
  bool wide_ = false;
  float scale_ = 1;
  float black_ = 16;
};

/// Size of the work picture of a frame: the longer side at most kWorkSide, never enlarged, the aspect kept to the nearest pixel.
[[nodiscard]] Size work_size(Size full);

/// Source samples under each destination sample of an area average, and their shares.
struct BoxTap {
  int first = 0;
  std::vector<float> share;
};
[[nodiscard]] std::vector<BoxTap> box_taps(int from, int to);

/// Sizes of the levels of a picture's pyramid, its own first.
[[nodiscard]] std::vector<Size> level_sizes(Size picture);

/// The luma of `frame` by area averaging to `work_size`. Cost: one pass over the luma plane.
[[nodiscard]] GrayImage luma_small(const Frame& frame);

/// Adds the integer pyramid; the last level is the first that is at most 100 px on the longer side.
[[nodiscard]] Picture make_picture(GrayImage luma);

}  // namespace keel::metrics
