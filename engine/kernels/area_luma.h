// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/backend/launch.h"

namespace keel {

/// Fixed-point span of source pixels that one output pixel covers: sources [first, first + count) with weights in 1/256.
/// Positions are source_size / dest_size apart, computed in integers so that every execution gets the same weights.
struct AreaSpan {
  int first = 0;
  int count = 0;
  int first_weight = 256;  ///< 1 to 256; all between first and last weigh 256
  int last_weight = 256;

  KEEL_HD int weight(int i) const { return i == 0 ? first_weight : (i == count - 1 ? last_weight : 256); }
  KEEL_HD int total() const { return count == 1 ? first_weight : first_weight + last_weight + 256 * (count - 2); }
};

KEEL_HD inline AreaSpan area_span(int index, int source_size, int dest_size) {
  const std::int64_t begin = static_cast<std::int64_t>(index) * source_size * 256 / dest_size;
  const std::int64_t end = static_cast<std::int64_t>(index + 1) * source_size * 256 / dest_size;
  AreaSpan span;
  span.first = static_cast<int>(begin >> 8);
  const int last = static_cast<int>((end - 1) >> 8);
  span.count = last - span.first + 1;
  if (span.count == 1) {
    span.first_weight = span.last_weight = static_cast<int>(end - begin);
  } else {
    span.first_weight = 256 - static_cast<int>(begin & 255);
    span.last_weight = static_cast<int>(end - (static_cast<std::int64_t>(last) << 8));
  }
  return span;
}

/// One pixel of the 8-bit working luma: area average of the source's luma plane, rounded once. Only shrinks. Parity: P0 (integers).
template <class Sample>
struct AreaLumaBody {
  const Sample* src = nullptr;
  std::ptrdiff_t src_stride = 0;  ///< in samples
  int src_width = 0, src_height = 0;
  int depth_shift = 0;            ///< bit depth of the source minus 8
  std::uint8_t* dst = nullptr;
  int dst_stride = 0;
  int dst_width = 0, dst_height = 0;

  [[nodiscard]] Extent extent() const { return {dst_width, dst_height}; }

  KEEL_HD void operator()(int x, int y) const {
    const AreaSpan sx = area_span(x, src_width, dst_width), sy = area_span(y, src_height, dst_height);
    std::uint64_t sum = 0;
    for (int j = 0; j < sy.count; ++j) {
      const Sample* line = src + (sy.first + j) * src_stride + sx.first;
      std::uint64_t row = 0;
      for (int i = 0; i < sx.count; ++i) row += static_cast<std::uint64_t>(sx.weight(i)) * line[i];
      sum += row * static_cast<std::uint64_t>(sy.weight(j));
    }
    const std::uint64_t norm = (static_cast<std::uint64_t>(sx.total()) * static_cast<std::uint64_t>(sy.total())) << depth_shift;
    const std::uint64_t value = (sum + norm / 2) / norm;
    dst[static_cast<std::ptrdiff_t>(y) * dst_stride + x] = static_cast<std::uint8_t>(value > 255 ? 255 : value);
  }
};

}  // namespace keel
