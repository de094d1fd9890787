// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/encoder_layout.h"

#include <cstdint>

#include "engine/render/packed_picture.h"

namespace keel {

EncoderLayout encoder_layout(const PixelFormat& format, Size size) {
  EncoderLayout layout;
  const bool deep = format.bit_depth > 8;
  if (!deep) {
    const PackedPicture packed = packed_picture(format, size);
    for (std::size_t p = 0; p < packed.planes.size(); ++p) layout.planes[p] = {packed.planes[p].offset, packed.planes[p].stride_bytes, 1};
    layout.bytes = packed.bytes;
    return layout;
  }
  constexpr std::size_t kWord = sizeof(std::uint16_t);
  layout.sample_shift = 16 - format.bit_depth;
  for (int p = 0; p < format.plane_count(); ++p) {
    auto& plane = layout.planes[static_cast<std::size_t>(p)];
    if (p == 2) {  // takes turns with the one before
      plane = layout.planes[1];
      plane.offset += kWord;
      continue;
    }
    const Size pixels = format.plane_size(size, p);
    plane.step = p == 1 ? 2 : 1;
    plane.offset = layout.bytes;
    const std::size_t pitch = aligned_row(static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(plane.step) * kWord);
    plane.pitch_bytes = static_cast<std::ptrdiff_t>(pitch);
    layout.bytes += pitch * static_cast<std::size_t>(pixels.height);
  }
  return layout;
}

}  // namespace keel
