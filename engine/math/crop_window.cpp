// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/math/crop_window.h"

#include <algorithm>

namespace keel {

double largest_crop(const Mat3& h, Size picture, double inset_px) {
  // Below this denominator (1 at the centre of an unperspective map) the window would be magnified fivefold at its edge.
  constexpr double kLeastDenominator = 0.2;
  const double cx = 0.5 * (picture.width - 1), cy = 0.5 * (picture.height - 1);
  const double left = inset_px, top = inset_px, right = picture.width - 1 - inset_px, bottom = picture.height - 1 - inset_px;
  const double x0 = h(0, 0) * cx + h(0, 1) * cy + h(0, 2), y0 = h(1, 0) * cx + h(1, 1) * cy + h(1, 2), d0 = h(2, 0) * cx + h(2, 1) * cy + h(2, 2);
  double k = 1;
  bool inside = d0 > kLeastDenominator;
  for (int corner = 0; corner < 4; ++corner) {
    const double vx = (corner & 1) ? cx : -cx, vy = (corner & 2) ? cy : -cy;
    const double x1 = h(0, 0) * vx + h(0, 1) * vy, y1 = h(1, 0) * vx + h(1, 1) * vy, d1 = h(2, 0) * vx + h(2, 1) * vy;
    // Each condition reads a + k b >= 0.
    const double a[5] = {x0 - left * d0, right * d0 - x0, y0 - top * d0, bottom * d0 - y0, d0 - kLeastDenominator};
    const double b[5] = {x1 - left * d1, right * d1 - x1, y1 - top * d1, bottom * d1 - y1, d1};
    for (int i = 0; i < 5; ++i) {
      inside = inside && a[i] >= 0;
      if (b[i] < 0) k = std::min(k, -a[i] / b[i]);
    }
  }
  return inside ? std::max(k, 0.0) : 0.0;
}

}  // namespace keel
