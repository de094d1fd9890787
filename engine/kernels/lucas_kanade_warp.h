// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/lanes.h"
#include "engine/kernels/lucas_kanade.h"

namespace keel {

/// The tracker with a warp for each point: half a row of the window a lane, which keeps its part of the template in registers. A thread for each point would leave
/// most of a GPU idle and go through a few hundred samples one after the other at every step. Sums are integers, so that it gives the bits of LkScalarOps.
struct LkWarpOps {
  static constexpr int kPixels = kLkWindow * kLkWindow / kLanes, kParts = kLkWindow / kPixels;  ///< of a lane; of a row

  struct Template : LkTemplateSums {
    int gx[kLanesHere][kPixels], gy[kLanesHere][kPixels];
  };

  KEEL_HD static void make_template(const GrayView& image, const LkWindowPosition& at, Template& out) {
    int samples[kLanesHere][kPixels];
    std::int64_t m[6];
    sum_over_lanes(m, [&](int lane, int here, std::int64_t (&sums)[6]) {
      const std::uint8_t* p = first_pixel(image, at, lane);
      int line[kPixels + 2];
      for (int i = 0; i < kPixels + 2; ++i) line[i] = lk_sample(p + i - 1, image.stride, at.fx, at.fy);
      for (int i = 0; i < kPixels; ++i) {
        const int above = lk_sample(p + i - image.stride, image.stride, at.fx, at.fy), below = lk_sample(p + i + image.stride, image.stride, at.fx, at.fy);
        const int t = line[i + 1], gx = (line[i + 2] - line[i]) >> 5, gy = (below - above) >> 5;
        samples[here][i] = t;
        out.gx[here][i] = gx;
        out.gy[here][i] = gy;
        sums[0] += t;
        sums[1] += t * t;
        sums[2] += gx;
        sums[3] += gy;
        sums[4] += t * gx;
        sums[5] += t * gy;
      }
    });
    const LkProjection p({m[0], m[1], m[2], m[3], m[4], m[5]});
    std::int64_t of[7];
    sum_over_lanes(of, [&](int, int here, std::int64_t (&sums)[7]) {
      for (int i = 0; i < kPixels; ++i) {
        const int t = samples[here][i];
        const int gx = lk_project(out.gx[here][i], t, p.mean_gx, p.mean_t, p.slope_x), gy = lk_project(out.gy[here][i], t, p.mean_gy, p.mean_t, p.slope_y);
        out.gx[here][i] = static_cast<std::int16_t>(gx);
        out.gy[here][i] = static_cast<std::int16_t>(gy);
        sums[0] += gx * gx;
        sums[1] += gx * gy;
        sums[2] += gy * gy;
        sums[3] += gx;
        sums[4] += gy;
        sums[5] += gx * t;
        sums[6] += gy * t;
      }
    });
    out.sum_t = m[0];
    out.sum_gx = of[3];
    out.sum_gy = of[4];
    out.dot_tx = of[5];
    out.dot_ty = of[6];
    lk_finish_template(out, of[0], of[1], of[2]);
  }

  KEEL_HD static LkSums correlate(const GrayView& image, const LkWindowPosition& at, const Template& t) {
    std::int64_t of[3];
    sum_over_lanes(of, [&](int lane, int here, std::int64_t (&sums)[3]) {
      const std::uint8_t* p = first_pixel(image, at, lane);
      for (int i = 0; i < kPixels; ++i) {
        const int v = lk_sample(p + i, image.stride, at.fx, at.fy);
        sums[0] += v * t.gx[here][i];
        sums[1] += v * t.gy[here][i];
        sums[2] += v;
      }
    });
    return {of[0], of[1], of[2]};
  }

 private:
  KEEL_HD static const std::uint8_t* first_pixel(const GrayView& image, const LkWindowPosition& at, int lane) {
    return image.data + static_cast<std::ptrdiff_t>(at.y0 + lane / kParts) * image.stride + at.x0 + lane % kParts * kPixels;
  }
};

}  // namespace keel
