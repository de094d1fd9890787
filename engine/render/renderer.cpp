// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/renderer.h"

#include <cmath>
#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/kernels/kernels_cpu.h"
#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

template <class Sample>
void warp_one(const PlaneView& src, FrameBuffer& out, int plane, const Mat3& src_from_dst, int bit_depth, Interpolation interpolation) {
  WarpPlane<Sample> w;
  w.src = src.row<Sample>(0);
  w.src_stride = src.stride_bytes / static_cast<std::ptrdiff_t>(sizeof(Sample));
  w.src_width = src.width;
  w.src_height = src.height;
  w.dst = out.row<Sample>(plane, 0);
  w.dst_stride = out.plane(plane).stride_bytes / static_cast<std::ptrdiff_t>(sizeof(Sample));
  w.dst_width = out.plane(plane).width;
  w.dst_height = out.plane(plane).height;
  w.bit_depth = bit_depth;
  for (std::size_t i = 0; i < 9; ++i) w.h[i] = static_cast<float>(src_from_dst.m[i] / src_from_dst.m[8]);
  const int taps = interpolation == Interpolation::kBicubic ? 4 : 2;
  ThreadPool::shared().parallel_for(0, w.dst_height, 16, [&](int begin, int end) { warp_rows(w, taps, begin, end); });
}

}  // namespace

Frame render(const Frame& source, const FrameWarp& warp, Size output, Interpolation interpolation) {
  const PixelFormat& format = source.format();
  FrameBuffer out(output, format, source.color());
  for (int p = 0; p < format.plane_count(); ++p) {
    const Mat3 plane_luma = plane_from_luma(format, p, source.color().chroma_location);
    const Mat3 src_from_dst = plane_luma * warp.src_from_dst * inverse(plane_luma).value_or(Mat3::identity());
    if (format.bytes_per_sample() == 1) warp_one<std::uint8_t>(source.plane(p), out, p, src_from_dst, format.bit_depth, interpolation);
    else warp_one<std::uint16_t>(source.plane(p), out, p, src_from_dst, format.bit_depth, interpolation);
  }
  return std::move(out).freeze();
}

}  // namespace keel
