// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "engine/image/frame.h"

namespace keel::ui {

/// What turns plane samples into display RGB, for the shader and the QPainter view alike. Samples are taken as stored (0 to
/// 2^bit_depth - 1) divided by 2^bit_depth - 1; then rgb = matrix * (sample - offset), to be clamped to 0..1.
struct ColorConversion {
  std::array<float, 9> rgb_from_planes{};  ///< row major; columns are planes 0, 1, 2
  std::array<float, 3> offset{};
  /// Position of the chroma sample that belongs to luma position p (pixel centres at integers): p * scale + shift.
  std::array<float, 2> chroma_scale{1, 1};
  std::array<float, 2> chroma_shift{0, 0};
  bool operator==(const ColorConversion&) const = default;
};

/// Follows the tags; what is unspecified is guessed as players do: BT.709 from 720 lines on and BT.601 below, limited range for YUV and full range
/// for gray and RGB, chroma sited on the left. Transfer functions are not touched: the display is taken to be like the one the clip was made for.
[[nodiscard]] ColorConversion make_color_conversion(const PixelFormat& format, const ColorTags& tags, Size size);

}  // namespace keel::ui
