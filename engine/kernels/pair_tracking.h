// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/kernels/lucas_kanade_warp.h"
#include "engine/kernels/search_parts.h"

namespace keel {

/// LkBody over a pair's points, a warp each.
struct TrackPointsBody {
  LkBody<LkWarpOps> lk;
  int points = 0;

  [[nodiscard]] KEEL_HD int width() const { return points; }
  KEEL_HD void operator()(int i, int) const { lk(i, 0); }
};

/// Points all over a picture that are followed from where a homography sends them, row by row.
struct PointGrid {
  static constexpr int kStep = 20, kMargin = 12;  ///< px: between points, and from the border, in both frames
  Size picture;

  [[nodiscard]] KEEL_HD int columns() const { return along(picture.width); }
  [[nodiscard]] KEEL_HD int count() const { return columns() * along(picture.height); }
  /// Point `i` and its guess, by a matrix in px (row by row). False where that leaves the picture: nothing to follow.
  KEEL_HD bool start(const double* cur_from_prev, int i, LkMatch& out) const {
    const double *h = cur_from_prev, x = kMargin + kStep * (i % columns()), y = kMargin + kStep * (i / columns());
    const double w = h[6] * x + h[7] * y + h[8], u = (h[0] * x + h[1] * y + h[2]) / w, v = (h[3] * x + h[4] * y + h[5]) / w;
    if (u < kMargin || v < kMargin || u > picture.width - kMargin || v > picture.height - kMargin) return false;
    out = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(u), static_cast<float>(v)};
    return true;
  }

 private:
  KEEL_HD static int along(int pixels) { return pixels > 2 * kMargin ? (pixels - 2 * kMargin + kStep - 1) / kStep : 0; }
};

/// LkBody over the grid's points, a warp each, from where a search's answer sends them; not tracked where that is nowhere, and where nothing was found. Parity: P0.
struct TrackGridBody {
  LkBody<LkWarpOps> lk;  ///< its matches, one for each point of the grid, are written only
  PointGrid grid;
  const SearchAnswer* answer = nullptr;

  [[nodiscard]] KEEL_HD int width() const { return grid.count(); }
  KEEL_HD void operator()(int i, int) const {
    LkMatch match;
    if (answer->found.score > 0 && grid.start(answer->cur_from_prev, i, match)) match = lk.followed(match);
    lk.matches[i] = match;
  }
};

}  // namespace keel
