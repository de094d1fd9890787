// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "engine/image/frame.h"

namespace keel::ui {

/// How the picture's numbers stand for light, as far as viewing has to know.
enum class ViewTransfer {
  kDisplay = 1,  ///< made for a display like this one: shown as it is
  kPq,           ///< SMPTE ST 2084, absolute light up to 10,000 cd/m2
  kHlg,          ///< ARIB STD-B67, scene light
};

/// What turns plane samples into display RGB, for the shader and the QPainter view alike. Samples are taken as stored (0 to
/// 2^bit_depth - 1) divided by 2^bit_depth - 1; then rgb = matrix * (sample - offset), to be clamped to 0..1.
struct ColorConversion {
  std::array<float, 9> rgb_from_planes{};  ///< row major; columns are planes 0, 1, 2
  std::array<float, 3> offset{};
  /// Position of the chroma sample that belongs to luma position p (pixel centres at integers): p * scale + shift.
  std::array<float, 2> chroma_scale{1, 1};
  std::array<float, 2> chroma_shift{0, 0};
  ViewTransfer transfer = ViewTransfer::kDisplay;
  /// Of linear light, row major: BT.709 primaries from the picture's; identity unless the transfer is PQ or HLG.
  std::array<float, 9> view_from_rgb{1, 0, 0, 0, 1, 0, 0, 0, 1};
  bool operator==(const ColorConversion&) const = default;
};

/// Follows the tags; what is unspecified is guessed as players do: BT.709 from 720 lines on and BT.601 below, limited range for YUV and full range
/// for gray and RGB, chroma sited on the left. PQ and HLG are to be tone-mapped by to_view(); other transfer functions are not touched: the display is taken to be like the
/// one the clip was made for.
[[nodiscard]] ColorConversion make_color_conversion(const PixelFormat& format, const ColorTags& tags, Size size);

/// Tone mapping for viewing, of rgb in 0..1 as stored: PQ or HLG (at 1000 cd/m2, BT.2100) to light, BT.2020 to BT.709 primaries, the brightest channel
/// compressed (Reinhard et al. 2002, extended: 1000 cd/m2 becomes white; unit: reference white of 203 cd/m2, BT.2408), all channels alike so that
/// hues stay, then BT.1886. The shader does the same.
[[nodiscard]] std::array<float, 3> to_view(const ColorConversion& conversion, std::array<float, 3> rgb);

}  // namespace keel::ui
