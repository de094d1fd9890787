// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/side_by_side.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/base/result.h"
#include "engine/render/picture_label.h"
#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

int rounded_up(int pixels, int shift) { return ((pixels + (1 << shift) - 1) >> shift) << shift; }

Size whole_chroma(const PixelFormat& format, Size size) { return {rounded_up(size.width, format.chroma_shift_x), rounded_up(size.height, format.chroma_shift_y)}; }

/// The half that begins at column `left` of `out`, in luma pixels; a multiple of the subsampling.
template <class Sample>
void fill_half(FrameBuffer& out, int plane, const Frame& picture, int left) {
  const PixelFormat& format = out.format();
  const Size half = whole_chroma(format, picture.size());
  const int shift_x = format.is_chroma(plane) ? format.chroma_shift_x : 0, shift_y = format.is_chroma(plane) ? format.chroma_shift_y : 0;
  const PlaneView& from = picture.plane(plane);
  const int begin = left >> shift_x, width = half.width >> shift_x, height = half.height >> shift_y;
  const int top = ((out.size().height - half.height) / 2 >> format.chroma_shift_y << format.chroma_shift_y) >> shift_y;
  const auto black = static_cast<Sample>(black_sample(format, out.color(), plane));
  ThreadPool::shared().parallel_for(0, out.plane(plane).height, 64, [&](int first, int end) {
    for (int y = first; y < end; ++y) {
      Sample* to = out.row<Sample>(plane, y) + begin;
      if (y < top || y >= top + height) {
        std::fill_n(to, width, black);
        continue;
      }
      const Sample* row = from.row<Sample>(std::min(y - top, from.height - 1));
      std::copy_n(row, from.width, to);
      std::fill(to + from.width, to + width, row[from.width - 1]);
    }
  });
}

}  // namespace

Size side_by_side_size(const PixelFormat& format, Size original, Size stabilized) {
  const Size a = whole_chroma(format, original), b = whole_chroma(format, stabilized);
  return {a.width + b.width, std::max(a.height, b.height)};
}

Frame side_by_side(const Frame& original, const Frame& stabilized) {
  const PixelFormat& format = original.format();
  KEEL_CHECK(format == stabilized.format());
  FrameBuffer out(side_by_side_size(format, original.size(), stabilized.size()), format, original.color());
  const int middle = whole_chroma(format, original.size()).width;
  for (int p = 0; p < format.plane_count(); ++p)
    for (const auto& [picture, left] : {std::pair{&original, 0}, std::pair{&stabilized, middle}}) {
      if (format.bytes_per_sample() == 1) fill_half<std::uint8_t>(out, p, *picture, left);
      else fill_half<std::uint16_t>(out, p, *picture, left);
    }
  // Both in the same place and of the same size, whatever the pictures' sizes are.
  const int half = std::min(middle, out.size().width - middle);
  draw_label(out, {0, 0, {half, out.size().height}}, "Original");
  draw_label(out, {middle, 0, {half, out.size().height}}, "Stabilized");
  return std::move(out).freeze();
}

}  // namespace keel
