// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/image/frame.h"
#include "engine/kernels/warp.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/plane_geometry.h"

namespace keel {

/// Where a plane is written.
struct PlaneTarget {
  std::byte* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
  int width = 0, height = 0;
};

/// A frame's warp as the kernels take it, for one plane in its own pixels. `src` and `dst` lie where the kernel will run.
template <class Sample>
[[nodiscard]] WarpPlane<Sample> plane_warp(const PixelFormat& format, const ColorTags& color, int plane, const FrameWarp& warp, const PlaneView& src, const PlaneTarget& dst) {
  const Mat3 plane_luma = plane_from_luma(format, plane, color.chroma_location);
  const Mat3 src_from_dst = plane_luma * warp.src_from_dst * inverse(plane_luma).value_or(Mat3::identity());
  constexpr auto kBytes = static_cast<std::ptrdiff_t>(sizeof(Sample));
  WarpPlane<Sample> w;
  w.src = src.row<Sample>(0);
  w.src_stride = src.stride_bytes / kBytes;
  w.src_width = src.width;
  w.src_height = src.height;
  w.dst = reinterpret_cast<Sample*>(dst.data);
  w.dst_stride = dst.stride_bytes / kBytes;
  w.dst_width = dst.width;
  w.dst_height = dst.height;
  w.bit_depth = format.bit_depth;
  for (std::size_t i = 0; i < 9; ++i) w.h[i] = static_cast<float>(src_from_dst.m[i] / src_from_dst.m[8]);
  const RowBend bend = warp.bend.in_pixels(plane_luma(0, 0), plane_luma(1, 1), plane_luma(1, 2));
  w.row_scale = static_cast<float>(1 / bend.half_px);
  w.row_offset = static_cast<float>(-bend.middle_px / bend.half_px);
  const auto to_floats = [](const RowBend::Powers& from, float* to) { std::transform(from.begin(), from.end(), to, [](double v) { return static_cast<float>(v); }); };
  to_floats(RowBend::powers(bend.x), w.bend_x);
  to_floats(RowBend::powers(bend.y), w.bend_y);
  return w;
}

}  // namespace keel
