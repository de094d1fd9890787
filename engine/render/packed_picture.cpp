// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/packed_picture.h"

namespace keel {

PackedPicture packed_picture(const PixelFormat& format, Size size) {
  PackedPicture picture;
  for (int p = 0; p < format.plane_count(); ++p) {
    auto& plane = picture.planes[static_cast<std::size_t>(p)];
    const Size pixels = format.plane_size(size, p);
    plane.width = pixels.width;
    plane.height = pixels.height;
    plane.offset = picture.bytes;
    const std::size_t stride = aligned_row(row_bytes(plane, format));
    plane.stride_bytes = static_cast<std::ptrdiff_t>(stride);
    picture.bytes += stride * static_cast<std::size_t>(pixels.height);
  }
  return picture;
}

PicturePlanes planes_in(const PackedPicture& layout, const std::byte* block) {
  PicturePlanes planes;
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const auto& plane = layout.planes[p];
    planes[p] = {block + plane.offset, plane.stride_bytes, plane.width, plane.height};
  }
  return planes;
}

}  // namespace keel
