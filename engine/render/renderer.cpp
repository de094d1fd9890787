// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/renderer.h"

#include <utility>

#include "engine/backend/thread_pool.h"
#include "engine/kernels/kernels_cpu.h"
#include "engine/render/plane_warp.h"

namespace keel {
namespace {

template <class Sample>
void warp_one(const WarpPlane<Sample>& w, Interpolation interpolation) {
  ThreadPool::shared().parallel_for(0, w.dst_height, 16, [&](int begin, int end) { warp_rows(w, tap_count(interpolation), begin, end); });
}

}  // namespace

Frame render(const Frame& source, const FrameWarp& warp, Size output, Interpolation interpolation) {
  const PixelFormat& format = source.format();
  FrameBuffer out(output, format, source.color());
  for (int p = 0; p < format.plane_count(); ++p) {
    const PlaneView& dst = out.plane(p);
    const PlaneTarget target{out.data(p), dst.stride_bytes, dst.width, dst.height};
    if (format.bytes_per_sample() == 1) warp_one(plane_warp<std::uint8_t>(format, source.color(), p, warp, source.plane(p), target), interpolation);
    else warp_one(plane_warp<std::uint16_t>(format, source.color(), p, warp, source.plane(p), target), interpolation);
  }
  return std::move(out).freeze();
}

}  // namespace keel
