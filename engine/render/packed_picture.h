// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>

#include "engine/image/frame.h"

namespace keel {

/// Length in bytes of a row in a block, with the gap behind it: a multiple of four times the device's widest load.
[[nodiscard]] constexpr std::size_t aligned_row(std::size_t bytes) {
  constexpr std::size_t kRowAlignment = 64;
  return (bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
}

/// Where the planes of a picture lie in one block of memory.
struct PackedPicture {
  struct Plane {
    std::size_t offset = 0;         ///< in bytes
    std::ptrdiff_t stride_bytes = 0;
    int width = 0, height = 0;
  };
  std::array<Plane, 4> planes{};
  std::size_t bytes = 0;
};
[[nodiscard]] PackedPicture packed_picture(const PixelFormat& format, Size size);

/// Bytes of a row's samples, without the gap to the next row.
[[nodiscard]] inline std::size_t row_bytes(const PackedPicture::Plane& plane, const PixelFormat& format) {
  return static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(format.bytes_per_sample());
}

/// Planes as their format has them, of the host or of a device.
using PicturePlanes = std::array<PlaneView, 4>;
/// Those of the picture in a block.
[[nodiscard]] PicturePlanes planes_in(const PackedPicture& layout, const std::byte* block);

}  // namespace keel
