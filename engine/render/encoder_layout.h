// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>

#include "engine/image/frame.h"

namespace keel {

/// Where the planes of a picture lie in one block of memory for encoders that take them from there: planes as they are at 8 bits, else as P010 has them.
struct EncoderLayout {
  struct Plane {
    std::size_t offset = 0;  ///< in bytes
    std::ptrdiff_t pitch_bytes = 0;
    int step = 1;  ///< words from one sample to the next
  };
  std::array<Plane, 4> planes{};
  int sample_shift = 0;
  std::size_t bytes = 0;

  /// Whether the planes lie as packed_picture() has them.
  [[nodiscard]] bool is_plain() const { return sample_shift == 0 && planes[1].step == 1; }
};
[[nodiscard]] EncoderLayout encoder_layout(const PixelFormat& format, Size size);

}  // namespace keel
