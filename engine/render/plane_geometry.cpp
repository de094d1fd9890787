// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

/// Where chroma sample (0, 0) lies, in luma pixels, for each siting.
Point chroma_offset(const PixelFormat& format, int location) {
  const double centre_x = 0.5 * ((1 << format.chroma_shift_x) - 1), centre_y = 0.5 * ((1 << format.chroma_shift_y) - 1);
  const double bottom = static_cast<double>((1 << format.chroma_shift_y) - 1);
  switch (location) {
    case 2: return {centre_x, centre_y};  // centre (JPEG, MPEG-1)
    case 3: return {0, 0};                // top left
    case 4: return {centre_x, 0};         // top
    case 5: return {0, bottom};           // bottom left
    case 6: return {centre_x, bottom};    // bottom
    default: return {0, centre_y};        // left: MPEG-2, H.264 and HEVC unless they say otherwise
  }
}

}  // namespace

Mat3 plane_from_luma(const PixelFormat& format, int plane, int chroma_location) {
  if (!format.is_chroma(plane)) return Mat3::identity();
  const Point offset = chroma_offset(format, chroma_location);
  return Mat3::scaling(1.0 / (1 << format.chroma_shift_x), 1.0 / (1 << format.chroma_shift_y)) * Mat3::translation(-offset.x, -offset.y);
}

int black_sample(const PixelFormat& format, const ColorTags& color, int plane) {
  if (format.alpha && plane == format.plane_count() - 1) return 0;
  if (format.is_chroma(plane)) return 1 << (format.bit_depth - 1);
  return is_full_range(format, color) ? 0 : 16 << (format.bit_depth - 8);
}

}  // namespace keel
