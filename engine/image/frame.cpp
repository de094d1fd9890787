// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/image/frame.h"

#include <new>
#include <utility>

#include "engine/base/result.h"

namespace keel {

Size PixelFormat::plane_size(Size size, int plane) const {
  if (!is_chroma(plane)) return size;
  return {(size.width + (1 << chroma_shift_x) - 1) >> chroma_shift_x, (size.height + (1 << chroma_shift_y) - 1) >> chroma_shift_y};
}

bool is_full_range(const PixelFormat& format, const ColorTags& color) { return color.range_known ? color.full_range : format.model != ColorModel::kYuv; }

FrameBuffer::FrameBuffer(Size size, PixelFormat format, ColorTags color) : size_(size), format_(format), color_(color) {
  KEEL_CHECK(size.width > 0 && size.height > 0);
  constexpr std::size_t kAlign = 64;
  // Readers that load whole vectors may touch a few bytes past the last sample of a row.
  constexpr std::size_t kTail = 64;
  std::array<std::size_t, 4> offsets{};
  std::size_t total = 0;
  for (int p = 0; p < format.plane_count(); ++p) {
    const Size plane = format.plane_size(size, p);
    const std::size_t stride =
        (static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(format.bytes_per_sample()) + kAlign - 1) / kAlign * kAlign;
    offsets[static_cast<std::size_t>(p)] = total;
    planes_[static_cast<std::size_t>(p)] = {nullptr, static_cast<std::ptrdiff_t>(stride), plane.width, plane.height};
    total += stride * static_cast<std::size_t>(plane.height) + kTail;
  }
  memory_ = std::shared_ptr<std::byte>(static_cast<std::byte*>(::operator new(total, std::align_val_t{kAlign})),
                                       [](std::byte* p) { ::operator delete(p, std::align_val_t{kAlign}); });
  for (int p = 0; p < format.plane_count(); ++p)
    planes_[static_cast<std::size_t>(p)].data = memory_.get() + offsets[static_cast<std::size_t>(p)];
}

Frame FrameBuffer::freeze() && { return Frame(size_, format_, color_, planes_, std::move(memory_)); }

}  // namespace keel
