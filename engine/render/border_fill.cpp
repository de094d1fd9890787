// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/border_fill.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/backend/thread_pool.h"
#include "engine/render/plane_geometry.h"

namespace keel {
namespace {

/// The widest chroma subsampling there is.
constexpr int kMarginStep = 4;
/// Pixels that bicubic taps read beyond a position, and one for rounding.
constexpr int kTapReach = 3;

/// Index of the pixel that stands at `i`, mirrored at the edge pixels (which are not repeated).
int mirrored(int i, int size) {
  if (size == 1) return 0;
  const int period = 2 * (size - 1), k = ((i % period) + period) % period;
  return k < size ? k : period - k;
}

int whole_steps(double px) { return static_cast<int>(std::ceil(px / kMarginStep)) * kMarginStep; }

template <class Sample>
void extend_plane(const Frame& source, FrameBuffer& out, int plane, int margin_x, int margin_y, BorderFill fill) {
  const PlaneView& in = source.plane(plane);
  const int width = out.plane(plane).width, black = black_sample(source, plane);
  std::vector<int> column(static_cast<std::size_t>(width));
  for (int x = 0; x < width; ++x) column[static_cast<std::size_t>(x)] = mirrored(x - margin_x, in.width);
  ThreadPool::shared().parallel_for(0, out.plane(plane).height, 64, [&](int begin, int end) {
    for (int y = begin; y < end; ++y) {
      Sample* to = out.row<Sample>(plane, y);
      const int v = y - margin_y;
      const bool outside = v < 0 || v >= in.height;
      if (outside && fill == BorderFill::kBlack) {
        std::fill_n(to, width, static_cast<Sample>(black));
        continue;
      }
      const Sample* from = in.row<Sample>(mirrored(v, in.height));
      if (fill == BorderFill::kBlack) {
        std::fill_n(to, width, static_cast<Sample>(black));
        std::copy_n(from, in.width, to + margin_x);
      } else {
        for (int x = 0; x < width; ++x) to[x] = from[column[static_cast<std::size_t>(x)]];
      }
    }
  });
}

}  // namespace

Frame extend_border(const Frame& source, int margin_px, BorderFill fill) {
  const PixelFormat& format = source.format();
  FrameBuffer out({source.size().width + 2 * margin_px, source.size().height + 2 * margin_px}, format, source.color());
  for (int p = 0; p < format.plane_count(); ++p) {
    const int margin_x = format.is_chroma(p) ? margin_px >> format.chroma_shift_x : margin_px;
    const int margin_y = format.is_chroma(p) ? margin_px >> format.chroma_shift_y : margin_px;
    if (format.bytes_per_sample() == 1) extend_plane<std::uint8_t>(source, out, p, margin_x, margin_y, fill);
    else extend_plane<std::uint16_t>(source, out, p, margin_x, margin_y, fill);
  }
  return std::move(out).freeze();
}

int filled_margin_px(const WarpPlan& plan) {
  if (plan.borders.smallest_margin_px >= 0) return 0;
  // More than the picture's own size shows nothing that a margin could add to.
  const double needed = std::min<double>(kTapReach - plan.borders.smallest_margin_px, std::max(plan.output.width, plan.output.height));
  return whole_steps(needed);
}

int scaled_margin_px(int margin_px, double scale) { return scale < 1 ? whole_steps(margin_px * scale + kTapReach) : margin_px; }

FrameWarp warp_from_extended(const FrameWarp& warp, int margin_px) { return {Mat3::translation(margin_px, margin_px) * warp.src_from_dst, warp.bend.in_pixels(1, 1, margin_px)}; }

std::span<const BorderFillInfo> border_fills() {
  static const std::vector<BorderFillInfo> list{
      {BorderFill::kMirror, "mirror", "Mirrored picture", "The picture is continued as its mirror image."},
      {BorderFill::kBlack, "black", "Black", "What the movement leaves empty is black."},
      {BorderFill::kNeighbours, "neighbours", "From other frames", "Shows there what earlier and later frames saw; while playing, and in a difference, the view mirrors the picture instead."},
  };
  return list;
}

}  // namespace keel
