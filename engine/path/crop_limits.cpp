// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/crop_limits.h"

namespace keel {
namespace {

/// Source positions (normalised) of the crop window's corners under a correction.
std::array<double, CropLimits::kRows> corner_positions(const PathPoint& correction, double half_width, double half_height) {
  PathPoint back;
  for (std::size_t c = 0; c < kPathChannels; ++c) back[c] = -correction[c];
  const Mat3 src_from_virtual = exp_path_point(back);
  std::array<double, CropLimits::kRows> out{};
  for (int corner = 0; corner < 4; ++corner) {
    const Point p = apply(src_from_virtual, {(corner & 1) ? half_width : -half_width, (corner & 2) ? half_height : -half_height});
    out[static_cast<std::size_t>(2 * corner)] = p.x;
    out[static_cast<std::size_t>(2 * corner + 1)] = p.y;
  }
  return out;
}

}  // namespace

CropLimits linearize_crop(const PathPoint& correction, const PathFrame& frame, double crop, double inset) {
  const double half_x = 0.5 * (frame.size.width - 1) / frame.unit_px(), half_y = 0.5 * (frame.size.height - 1) / frame.unit_px();
  const auto at = corner_positions(correction, crop * half_x, crop * half_y);
  CropLimits limits{};
  // A hundredth of a pixel of a 4K picture: far above rounding, far below curvature.
  constexpr double kStep = 1e-5;
  for (int c = 0; c < kLimitedChannels; ++c) {
    PathPoint moved = correction;
    moved[static_cast<std::size_t>(c)] += kStep;
    const auto shifted = corner_positions(moved, crop * half_x, crop * half_y);
    for (std::size_t r = 0; r < CropLimits::kRows; ++r) limits.slope[r][static_cast<std::size_t>(c)] = (shifted[r] - at[r]) / kStep;
  }
  for (std::size_t r = 0; r < CropLimits::kRows; ++r) {
    double offset = at[r];
    for (std::size_t c = 0; c < kLimitedChannels; ++c) offset -= limits.slope[r][c] * correction[c];
    const double half = r % 2 == 0 ? half_x : half_y;
    limits.lower[r] = -half + inset - offset;
    limits.upper[r] = half - inset - offset;
  }
  return limits;
}

}  // namespace keel
