// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/working_picture.h"

#include <algorithm>
#include <cmath>

namespace keel {

Size working_size(Size source, int longer_px) {
  const double shrink = std::min(1.0, static_cast<double>(longer_px) / std::max(source.width, source.height));
  return {std::max(1, static_cast<int>(std::lround(source.width * shrink))), std::max(1, static_cast<int>(std::lround(source.height * shrink)))};
}

Mat3 at_source_size(const Mat3& working, Size working_picture, Size source) {
  const double sx = static_cast<double>(source.width) / working_picture.width, sy = static_cast<double>(source.height) / working_picture.height;
  const Mat3 source_from_working{{sx, 0, 0.5 * sx - 0.5, 0, sy, 0.5 * sy - 0.5, 0, 0, 1}};
  const Mat3 working_from_source{{1 / sx, 0, 0.5 / sx - 0.5, 0, 1 / sy, 0.5 / sy - 0.5, 0, 0, 1}};
  return normalized(source_from_working * working * working_from_source).value_or(Mat3::identity());
}

RowBend at_source_size(const RowBend& working, Size working_picture, Size source) {
  const double sx = static_cast<double>(source.width) / working_picture.width, sy = static_cast<double>(source.height) / working_picture.height;
  RowBend out = working.in_pixels(sx, sy, 0.5 * sy - 0.5);
  // The same rows without the products' rounding.
  out.middle_px = RowBend::over(source.height).middle_px;
  out.half_px = RowBend::over(source.height).half_px;
  return out;
}

}  // namespace keel
