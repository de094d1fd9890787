// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/crop_limits.h"

#include <algorithm>
#include <cmath>

#include "engine/math/crop_window.h"

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

/// Distance in source px between the kept window's border and the picture's, in the tighter direction, without any correction.
double room_px(Size picture, double crop) { return 0.5 * (1 - crop) * (std::min(picture.width, picture.height) - 1); }

}  // namespace

double border_inset_px(Size picture, double crop) { return std::clamp(0.5 * room_px(picture, crop), 0.0, 1.0); }

double most_bend_px(Size picture, double crop) { return 0.1 * std::max(0.0, room_px(picture, crop)); }

CropTest::CropTest(const PathLimits& limits)
    : limits_(limits), to_(PathFrame{limits.picture}.normalized_from_pixel()), from_(PathFrame{limits.picture}.pixel_from_normalized()),
      inset_px_(border_inset_px(limits)),
      // No point of the frame moves further than 1.5 times the sum of the channels while that is small; most frames need no closer look.
      surely_(std::min(0.1, (room_px(limits.picture, limits.crop) - inset_px_) / PathFrame{limits.picture}.unit_px() / 1.5)) {}

bool CropTest::allows(const PathPoint& correction) const {
  PathPoint back;
  double reach = 0;
  for (std::size_t c = 0; c < kPathChannels; ++c) {
    back[c] = -correction[c];
    reach += std::abs(correction[c]);
  }
  return reach < surely_ || largest_crop(from_ * exp_path_point(back) * to_, limits_.picture, inset_px_) >= limits_.crop;
}

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
    for (std::size_t r = 0; r < CropLimits::kRows; ++r) limits.slope[static_cast<std::size_t>(c)][r] = (shifted[r] - at[r]) / kStep;
  }
  for (std::size_t r = 0; r < CropLimits::kRows; ++r) {
    const std::size_t corner = r / 2, axis = r % 2;
    const double outward = (corner & (axis == 0 ? 1u : 2u)) != 0 ? 1 : -1;
    double offset = at[r];
    for (std::size_t c = 0; c < kLimitedChannels; ++c) {
      offset -= limits.slope[c][r] * correction[c];
      limits.slope[c][r] *= outward;
    }
    limits.bound[r] = (axis == 0 ? half_x : half_y) - inset - outward * offset;
  }
  return limits;
}

}  // namespace keel
