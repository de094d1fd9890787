// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/backend/launch.h"
#include "engine/image/gray_image.h"

namespace keel {

/// Window of the tracker: 16 x 16 samples around the point, in 1/128 px steps.
inline constexpr int kLkWindow = 16;
inline constexpr float kLkHalf = 7.5f;
inline constexpr int kMaxPyramidLevels = 6;

struct PyramidView {
  GrayView level[kMaxPyramidLevels];
  int levels = 0;
};

/// Where a point went. `tracked` is false when it left the picture, had no texture or did not converge.
struct LkTrack {
  float x = 0;
  float y = 0;
  float min_eigen = 0;  ///< texture of the window at full size, (gray/px)^2
  bool tracked = false;
};

/// Per-level state of one template window, whose gradients have the window's mean and contrast projected out, so that neither
/// an offset nor (to first order) a gain of the brightness moves the solution.
struct LkTemplateSums {
  float inv_xx = 0, inv_xy = 0, inv_yy = 0;  ///< inverse of the 2x2 Hessian, px per correlation unit
  std::int64_t dot_tx = 0, dot_ty = 0;       ///< sum of gradient * template: what a perfect match correlates to
  std::int64_t sum_gx = 0, sum_gy = 0;       ///< what rounding left of the projected mean
  std::int64_t sum_t = 0;
  float min_eigen = 0;                       ///< mean squared gradient along the weaker direction, (gray/px)^2
};
struct LkTemplate : LkTemplateSums {
  std::int16_t gx[kLkWindow * kLkWindow];
  std::int16_t gy[kLkWindow * kLkWindow];
};

/// Sums of one window of the current image against a template's gradients.
struct LkSums {
  std::int64_t dot_x = 0, dot_y = 0, sum = 0;
};

/// A window position in 1/128 px, split into whole pixels and a fraction.
struct LkWindowPosition {
  int x0, y0, fx, fy;
  KEEL_HD LkWindowPosition(float cx, float cy) {
    const int qx = static_cast<int>(floorf((cx - kLkHalf) * 128.0f + 0.5f)), qy = static_cast<int>(floorf((cy - kLkHalf) * 128.0f + 0.5f));
    x0 = qx >> 7;
    y0 = qy >> 7;
    fx = qx & 127;
    fy = qy & 127;
  }
  /// Centre of the window that is really sampled.
  KEEL_HD float centre_x() const { return static_cast<float>(x0) + static_cast<float>(fx) * (1.0f / 128) + kLkHalf; }
  KEEL_HD float centre_y() const { return static_cast<float>(y0) + static_cast<float>(fy) * (1.0f / 128) + kLkHalf; }
  /// True when the window, one pixel around it for gradients and a whole-vector read stay inside the padded image.
  KEEL_HD bool readable(const GrayView& image) const {
    return x0 >= -kGrayPadding + 2 && y0 >= -kGrayPadding + 2 && x0 + kLkWindow + 6 <= image.width + kGrayPadding &&
           y0 + kLkWindow + 3 <= image.height + kGrayPadding;
  }
};

/// (a * b + 2^14) >> 15, the rounding of the vector instruction that the fast variant uses.
KEEL_HD inline int mul_round_q15(int a, int b) { return (a * b + (1 << 14)) >> 15; }

/// Bilinear sample in 1/128 gray levels; (fx, fy) in 1/128 px.
KEEL_HD inline int lk_sample(const std::uint8_t* p, int stride, int fx, int fy) {
  const int v0 = p[0] * (128 - fy) + p[stride] * fy, v1 = p[1] * (128 - fy) + p[stride + 1] * fy;
  return v0 + mul_round_q15(v1 - v0, fx << 8);
}

/// Finishes a template from its raw samples and gradients (both row major 16x16): sums, projection, Hessian. Shared by every variant.
struct LkMoments {
  std::int64_t t = 0, tt = 0, gx = 0, gy = 0, tgx = 0, tgy = 0;
};
struct LkProjection {
  float mean_gx, mean_gy, mean_t, slope_x, slope_y;
  KEEL_HD explicit LkProjection(const LkMoments& m) {
    constexpr float kCount = kLkWindow * kLkWindow;
    mean_gx = static_cast<float>(m.gx) / kCount;
    mean_gy = static_cast<float>(m.gy) / kCount;
    mean_t = static_cast<float>(m.t) / kCount;
    const float var_t = static_cast<float>(m.tt) - mean_t * static_cast<float>(m.t);
    const float inv = var_t > 1.0f ? 1.0f / var_t : 0.0f;
    slope_x = (static_cast<float>(m.tgx) - mean_gx * static_cast<float>(m.t)) * inv;
    slope_y = (static_cast<float>(m.tgy) - mean_gy * static_cast<float>(m.t)) * inv;
  }
};
KEEL_HD inline int lk_project(int g, int t, float mean_g, float mean_t, float slope) {
  return static_cast<int>(rintf((static_cast<float>(g) - mean_g) - slope * (static_cast<float>(t) - mean_t)));
}

/// Units: samples are 1/128 gray, gradients 1/8 gray per px, so a shift of d px changes a sample by 16 * gradient * d.
inline constexpr float kLkUnit = 16.0f;

KEEL_HD inline void lk_finish_template(LkTemplateSums& out, std::int64_t xx, std::int64_t xy, std::int64_t yy) {
  const float a = static_cast<float>(xx) * kLkUnit, b = static_cast<float>(xy) * kLkUnit, c = static_cast<float>(yy) * kLkUnit;
  const float det = a * c - b * b;
  const float half_trace = 0.5f * (a + c), diff = 0.5f * (a - c);
  const float smaller = half_trace - sqrtf(diff * diff + b * b);
  out.min_eigen = smaller / (kLkUnit * 64.0f * kLkWindow * kLkWindow);
  const float inv = det > 0.0f ? 1.0f / det : 0.0f;
  out.inv_xx = c * inv;
  out.inv_xy = -b * inv;
  out.inv_yy = a * inv;
}

/// The plain variant: one sample after the other. The oracle of the vector one.
struct LkScalarOps {
  using Template = LkTemplate;
  KEEL_HD static void make_template(const GrayView& image, const LkWindowPosition& at, LkTemplate& out) {
    constexpr int kSide = kLkWindow + 2;
    std::int16_t s[kSide * kSide];
    for (int j = 0; j < kSide; ++j)
      for (int i = 0; i < kSide; ++i)
        s[j * kSide + i] = static_cast<std::int16_t>(
            lk_sample(image.data + static_cast<std::ptrdiff_t>(at.y0 + j - 1) * image.stride + at.x0 + i - 1, image.stride, at.fx, at.fy));
    LkMoments m;
    for (int j = 0; j < kLkWindow; ++j)
      for (int i = 0; i < kLkWindow; ++i) {
        const std::int16_t* c = s + (j + 1) * kSide + i + 1;
        const int t = c[0], gx = (c[1] - c[-1]) >> 5, gy = (c[kSide] - c[-kSide]) >> 5;
        out.gx[j * kLkWindow + i] = static_cast<std::int16_t>(gx);
        out.gy[j * kLkWindow + i] = static_cast<std::int16_t>(gy);
        m.t += t;
        m.tt += t * t;
        m.gx += gx;
        m.gy += gy;
        m.tgx += t * gx;
        m.tgy += t * gy;
      }
    const LkProjection p(m);
    std::int64_t xx = 0, xy = 0, yy = 0;
    out.dot_tx = out.dot_ty = out.sum_gx = out.sum_gy = 0;
    out.sum_t = m.t;
    for (int j = 0; j < kLkWindow; ++j)
      for (int i = 0; i < kLkWindow; ++i) {
        const int k = j * kLkWindow + i, t = s[(j + 1) * kSide + i + 1];
        const int gx = lk_project(out.gx[k], t, p.mean_gx, p.mean_t, p.slope_x), gy = lk_project(out.gy[k], t, p.mean_gy, p.mean_t, p.slope_y);
        out.gx[k] = static_cast<std::int16_t>(gx);
        out.gy[k] = static_cast<std::int16_t>(gy);
        xx += gx * gx;
        xy += gx * gy;
        yy += gy * gy;
        out.sum_gx += gx;
        out.sum_gy += gy;
        out.dot_tx += gx * t;
        out.dot_ty += gy * t;
      }
    lk_finish_template(out, xx, xy, yy);
  }

  KEEL_HD static LkSums correlate(const GrayView& image, const LkWindowPosition& at, const LkTemplate& t) {
    LkSums sums;
    for (int j = 0; j < kLkWindow; ++j) {
      const std::uint8_t* line = image.data + static_cast<std::ptrdiff_t>(at.y0 + j) * image.stride + at.x0;
      for (int i = 0; i < kLkWindow; ++i) {
        const int v = lk_sample(line + i, image.stride, at.fx, at.fy), k = j * kLkWindow + i;
        sums.dot_x += v * t.gx[k];
        sums.dot_y += v * t.gy[k];
        sums.sum += v;
      }
    }
    return sums;
  }
};

/// What the tracker does at most and when it stops.
struct LkParams {
  int fine_iterations = 8;
  int coarse_iterations = 5;
  float fine_epsilon_px = 0.02f;
  float coarse_epsilon_px = 0.08f;
  float min_eigen = 0.3f;    ///< (gray/px)^2; below it a window has no texture to hold on to
  bool operator==(const LkParams&) const = default;
};

/// Inverse compositional pyramidal Lucas-Kanade of one point (Baker, Matthews: Lucas-Kanade 20 years on, IJCV 2004), coarse to fine from
/// a starting guess. `Ops` says how windows are summed; every variant gives the same bits.
template <class Ops>
KEEL_HD inline LkTrack lk_track(const PyramidView& prev, const PyramidView& cur, float px, float py, float guess_x, float guess_y, const LkParams& params) {
  float dx = guess_x - px, dy = guess_y - py;
  LkTrack track;
  typename Ops::Template t;
  for (int l = prev.levels - 1; l >= 0; --l) {
    const float scale = 1.0f / static_cast<float>(1 << l);
    const GrayView& a = prev.level[l];
    const GrayView& b = cur.level[l];
    const LkWindowPosition from(px * scale, py * scale);
    if (!from.readable(a)) return track;
    Ops::make_template(a, from, t);
    if (t.min_eigen < params.min_eigen) {
      if (l == 0) return track;
      continue;
    }
    float x = from.centre_x() + dx * scale, y = from.centre_y() + dy * scale;
    const int iterations = l == 0 ? params.fine_iterations : params.coarse_iterations;
    const float epsilon = l == 0 ? params.fine_epsilon_px : params.coarse_epsilon_px;
    bool converged = false;
    for (int it = 0; it < iterations && !converged; ++it) {
      if (!(x > -8.0f && y > -8.0f && x < static_cast<float>(b.width) + 8.0f && y < static_cast<float>(b.height) + 8.0f)) return track;
      const LkWindowPosition at(x, y);
      const LkSums sums = Ops::correlate(b, at, t);
      const float mean_change = static_cast<float>(sums.sum - t.sum_t) / (kLkWindow * kLkWindow);
      const float bx = static_cast<float>(sums.dot_x - t.dot_tx) - static_cast<float>(t.sum_gx) * mean_change;
      const float by = static_cast<float>(sums.dot_y - t.dot_ty) - static_cast<float>(t.sum_gy) * mean_change;
      const float step_x = t.inv_xx * bx + t.inv_xy * by, step_y = t.inv_xy * bx + t.inv_yy * by;
      x = at.centre_x() - step_x;
      y = at.centre_y() - step_y;
      converged = step_x * step_x + step_y * step_y < epsilon * epsilon;
    }
    dx = (x - from.centre_x()) / scale;
    dy = (y - from.centre_y()) / scale;
    if (l == 0) {
      track.tracked = converged;
      track.min_eigen = t.min_eigen;
    }
  }
  track.x = px + dx;
  track.y = py + dy;
  track.tracked = track.tracked && track.x > 0 && track.y > 0 && track.x < static_cast<float>(cur.level[0].width - 1) &&
                  track.y < static_cast<float>(cur.level[0].height - 1);
  return track;
}

/// A point and what tracking says of it. `cur` holds the starting guess before and the result after.
struct LkMatch {
  float prev_x = 0, prev_y = 0;
  float cur_x = 0, cur_y = 0;
  float round_trip_px = 0;  ///< distance between the point and where backward tracking returns to
  float min_eigen = 0;      ///< texture of the window, (gray/px)^2
  bool tracked = false;
};

/// Tracks point `x` forward and, with `round_trip`, the result backward from the opposite guess. Parity: P0 (sums are integers, the few float operations correctly rounded).
template <class Ops>
struct LkBody {
  PyramidView prev, cur;
  LkMatch* matches = nullptr;
  bool round_trip = true;
  LkParams params;

  KEEL_HD void operator()(int x, int) const { matches[x] = followed(matches[x]); }

  /// What becomes of a point and its guess.
  [[nodiscard]] KEEL_HD LkMatch followed(LkMatch m) const {
    const float guess_dx = m.cur_x - m.prev_x, guess_dy = m.cur_y - m.prev_y;
    const LkTrack there = lk_track<Ops>(prev, cur, m.prev_x, m.prev_y, m.cur_x, m.cur_y, params);
    m.tracked = false;
    if (!there.tracked) return m;
    m.cur_x = there.x;
    m.cur_y = there.y;
    m.min_eigen = there.min_eigen;
    m.round_trip_px = 0;
    m.tracked = true;
    if (!round_trip) return m;
    const LkTrack back = lk_track<Ops>(cur, prev, there.x, there.y, there.x - guess_dx, there.y - guess_dy, params);
    const float ex = back.x - m.prev_x, ey = back.y - m.prev_y;
    m.round_trip_px = sqrtf(ex * ex + ey * ey);
    m.tracked = back.tracked;
    return m;
  }
};

}  // namespace keel
