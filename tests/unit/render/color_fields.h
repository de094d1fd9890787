// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>

#include "engine/image/frame.h"

namespace keel::test {

/// Smooth colour fields given in luma pixels, sampled where the format's chroma lies. `meant` tells which place of the fields a place of the picture shows.
template <class Sample, class Meant>
Frame color_fields(Size size, const PixelFormat& format, const ColorTags& tags, const Meant& meant) {
  FrameBuffer out(size, format, tags);
  const double top = (1 << format.bit_depth) - 1, step_x = 1 << format.chroma_shift_x, step_y = 1 << format.chroma_shift_y;
  for (int p = 0; p < format.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) {
        Point at{static_cast<double>(x), static_cast<double>(y)};
        if (format.is_chroma(p)) at = {x * step_x + (tags.chroma_location == 2 ? 0.5 * (step_x - 1) : 0), y * step_y + 0.5 * (step_y - 1)};
        const Point shown = meant(at);
        const double v = 0.5 + 0.3 * std::sin(0.05 * shown.x + p) * std::cos(0.04 * shown.y);
        out.template row<Sample>(p, y)[x] = static_cast<Sample>(std::lround(v * top));
      }
  return std::move(out).freeze();
}

/// Over all planes without their outermost eight samples.
template <class Sample>
double largest_inner_difference(const Frame& a, const Frame& b) {
  double worst = 0;
  for (int p = 0; p < a.plane_count(); ++p)
    for (int y = 8; y < a.plane(p).height - 8; ++y)
      for (int x = 8; x < a.plane(p).width - 8; ++x)
        worst = std::max(worst, std::abs(static_cast<double>(a.plane(p).template row<Sample>(y)[x]) - b.plane(p).template row<Sample>(y)[x]));
  return worst;
}

}  // namespace keel::test
