// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/orientation.h"

extern "C" {
#include <libavutil/display.h>
}

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "engine/media/transpose_block.h"

namespace keel::av {
namespace {

/// Rows of a tile stay in the first-level cache while its columns are walked.
constexpr int kTile = 64;
static_assert(kTile % kBlock == 0);

template <class Sample>
void copy_rows(const PlaneView& source, FrameBuffer& target, int plane, Orientation orientation) {
  for (int y = 0; y < source.height; ++y) {
    const Sample* from = source.row<Sample>(orientation.flip_y ? source.height - 1 - y : y);
    Sample* to = target.row<Sample>(plane, y);
    if (orientation.flip_x)
      std::reverse_copy(from, from + source.width, to);
    else
      std::copy_n(from, source.width, to);
  }
}

/// Rows and columns of the target that one call fills.
struct Area {
  int left, top, right, bottom;
};

/// Where target sample (x, y) comes from: row x and column y of the source, counted from the far end where mirrored.
template <class Sample>
const std::byte* origin(const PlaneView& source, const PlaneView& target, Orientation orientation, int x, int y) {
  const int row = orientation.flip_x ? target.width - 1 - x : x;
  const int column = orientation.flip_y ? target.height - 1 - y : y;
  return source.data + row * source.stride_bytes + column * static_cast<std::ptrdiff_t>(sizeof(Sample));
}

template <class Sample>
void transpose_singly(const PlaneView& source, FrameBuffer& target, int plane, Orientation orientation, Area area) {
  const std::ptrdiff_t step = orientation.flip_x ? -source.stride_bytes : source.stride_bytes;
  for (int y = area.top; y < area.bottom; ++y) {
    Sample* to = target.row<Sample>(plane, y);
    const std::byte* from = origin<Sample>(source, target.plane(plane), orientation, area.left, y);
    for (int x = area.left; x < area.right; ++x, from += step) to[x] = *reinterpret_cast<const Sample*>(from);
  }
}

/// `area` is a whole number of blocks. A block's source square starts at its leftmost column, which is the last target row where mirrored.
template <class Sample>
void transpose_blocks(const PlaneView& source, FrameBuffer& target, int plane, Orientation orientation, Area area) {
  const PlaneView& view = target.plane(plane);
  const std::ptrdiff_t from_step = orientation.flip_x ? -source.stride_bytes : source.stride_bytes;
  const std::ptrdiff_t to_step = orientation.flip_y ? -view.stride_bytes : view.stride_bytes;
  for (int y = area.top; y < area.bottom; y += kBlock) {
    const int first_row = orientation.flip_y ? y + kBlock - 1 : y;
    auto* to = reinterpret_cast<std::byte*>(target.row<Sample>(plane, first_row) + area.left);
    for (int x = area.left; x < area.right; x += kBlock, to += kBlock * sizeof(Sample))
      transpose_block<Sample>(origin<Sample>(source, view, orientation, x, first_row), from_step, to, to_step);
  }
}

template <class Sample>
void copy_plane(const PlaneView& source, FrameBuffer& target, int plane, Orientation orientation) {
  if (!orientation.transpose) {
    copy_rows<Sample>(source, target, plane, orientation);
    return;
  }
  const PlaneView view = target.plane(plane);
  const int right = view.width / kBlock * kBlock;
  const int bottom = view.height / kBlock * kBlock;
  for (int y = 0; y < bottom; y += kTile)
    for (int x = 0; x < right; x += kTile)
      transpose_blocks<Sample>(source, target, plane, orientation, {x, y, std::min(x + kTile, right), std::min(y + kTile, bottom)});
  transpose_singly<Sample>(source, target, plane, orientation, {right, 0, view.width, bottom});
  transpose_singly<Sample>(source, target, plane, orientation, {0, bottom, view.width, view.height});
}

}  // namespace

Orientation Orientation::inverse() const { return transpose ? Orientation{true, flip_y, flip_x} : *this; }

int Orientation::rotation_deg() const {
  if (transpose) return flip_x ? 90 : 270;
  return flip_x && flip_y ? 180 : 0;
}

PixelFormat Orientation::apply(PixelFormat format) const {
  if (transpose) std::swap(format.chroma_shift_x, format.chroma_shift_y);
  return format;
}

const std::int32_t* display_matrix(const AVStream& stream) {
  std::size_t bytes = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  return data != nullptr && bytes >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(data) : nullptr;
}

std::optional<Orientation> orientation_of(const AVStream& stream) {
  const std::int32_t* matrix = display_matrix(stream);
  if (matrix == nullptr) return Orientation{};
  // shown_x = a p + c q, shown_y = b p + d q (ISO 14496-12, 6.2.2), y down; the scale of the matrix does not matter.
  const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  constexpr double kTiny = 0.01;  // about half a degree: phones write exact multiples, editors round
  const double size = std::max({std::abs(a), std::abs(b), std::abs(c), std::abs(d)});
  if (size == 0) return Orientation{};
  const bool upright = std::abs(b) <= kTiny * size && std::abs(c) <= kTiny * size && a != 0 && d != 0;
  const bool turned = std::abs(a) <= kTiny * size && std::abs(d) <= kTiny * size && b != 0 && c != 0;
  if (upright) return Orientation{false, a < 0, d < 0};
  if (turned) return Orientation{true, c < 0, b < 0};
  return std::nullopt;
}

Frame reorient(const Frame& source, Orientation orientation) {
  if (orientation.identity()) return source;
  FrameBuffer target(orientation.apply(source.size()), orientation.apply(source.format()), source.color());
  for (int p = 0; p < source.plane_count(); ++p) {
    if (source.format().bytes_per_sample() == 1)
      copy_plane<std::uint8_t>(source.plane(p), target, p, orientation);
    else
      copy_plane<std::uint16_t>(source.plane(p), target, p, orientation);
  }
  return std::move(target).freeze();
}

}  // namespace keel::av
