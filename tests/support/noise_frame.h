// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>

#include "engine/image/frame.h"

namespace keel::test {

/// Noise over all planes and the whole range of the format: a sample in a wrong place shows. Another picture for each seed.
inline Frame noise_frame(Size size, const PixelFormat& format, int seed) {
  FrameBuffer out(size, format, {});
  std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761u + 1;
  for (int p = 0; p < format.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) {
        state = state * 1664525u + 1013904223u;
        if (format.bytes_per_sample() == 1) out.row<std::uint8_t>(p, y)[x] = static_cast<std::uint8_t>(state >> 24);
        else out.row<std::uint16_t>(p, y)[x] = static_cast<std::uint16_t>(state >> (32 - format.bit_depth));
      }
  return std::move(out).freeze();
}

}  // namespace keel::test
