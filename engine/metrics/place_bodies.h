// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/metrics/block_math.h"
#include "engine/metrics/flat_extent.h"

namespace keel::metrics {

// The search for an output's place without a guess, as kernel bodies: the bits of coarse_search's loops, in integers. Parity: P0.

/// One output sample and its offset in the source thumbnail from where the output's centre falls.
struct Probe {
  int dx = 0, dy = 0;
  int value = 0;
};

/// A zoom and a turn: its probes in the list of all, and the grid of centres that are tried, every other pixel.
struct PlaceLayer {
  int first_probe = 0, probes = 0;
  int left = 0, top = 0, columns = 0, rows = 0;
};

/// A centre and its correlation. The first of equals stays.
struct CoarseSpot {
  int x = 0, y = 0;
  double score = -1;
  KEEL_HD void offer(int at_x, int at_y, double found) {
    if (found <= score) return;
    x = at_x;
    y = at_y;
    score = found;
  }
};

/// Correlation from the sums over the `n` of `probes` samples that lie inside: -1 where those are too few or flat.
KEEL_HD inline double place_score(int n, int probes, std::int64_t so, std::int64_t ss, std::int64_t soo, std::int64_t sss, std::int64_t sso) {
  if (n < kSmallestOverlap * static_cast<double>(probes)) return -1;
  const double vo = static_cast<double>(n) * static_cast<double>(soo) - static_cast<double>(so) * static_cast<double>(so);
  const double vs = static_cast<double>(n) * static_cast<double>(sss) - static_cast<double>(ss) * static_cast<double>(ss);
  if (vo <= 0 || vs <= 0) return -1;
  return (static_cast<double>(n) * static_cast<double>(sso) - static_cast<double>(so) * static_cast<double>(ss)) / sqrt(vo * vs);
}

struct PlaceView {
  const std::int16_t* source = nullptr;
  int width = 0, height = 0;
  const Probe* probes = nullptr;
  int all_probes = 0;
  const PlaceLayer* layers = nullptr;
  int count = 0;

  KEEL_HD double score(const PlaceLayer& layer, int cx, int cy) const {
    int n = 0;
    std::int64_t so = 0, ss = 0, soo = 0, sss = 0, sso = 0;
    for (int i = layer.first_probe; i < layer.first_probe + layer.probes; ++i) {
      const Probe& p = probes[i];
      const int x = cx + p.dx, y = cy + p.dy;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const int v = source[y * width + x];
      ++n;
      so += p.value;
      ss += v;
      soo += p.value * p.value;
      sss += v * v;
      sso += p.value * v;
    }
    return place_score(n, layer.probes, so, ss, soo, sss, sso);
  }
};

/// Every centre of every layer.
struct PlaceScoresBody {
  PlaceView view;
  int most = 0;  ///< centres of the layer that has most
  double* scores = nullptr;
  [[nodiscard]] Extent extent() const { return {most, view.count}; }
  KEEL_HD void operator()(int k, int l) const {
    const PlaceLayer& layer = view.layers[l];
    if (k >= layer.columns * layer.rows) return;
    scores[l * most + k] = view.score(layer, layer.left + 2 * (k % layer.columns), layer.top + 2 * (k / layer.columns));
  }
};

/// The best of each layer.
struct RoughPlaceBody {
  PlaceView view;
  int most = 0;
  const double* scores = nullptr;
  CoarseSpot* spots = nullptr;
  [[nodiscard]] Extent extent() const { return flat_extent(view.count); }
  KEEL_HD void operator()(int x, int y) const {
    const int l = flat_index(x, y);
    if (l >= view.count) return;
    const PlaceLayer& layer = view.layers[l];
    CoarseSpot spot;
    for (int k = 0; k < layer.columns * layer.rows; ++k)
      spot.offer(layer.left + 2 * (k % layer.columns), layer.top + 2 * (k / layer.columns), scores[l * most + k]);
    spots[l] = spot;
  }
};

/// The nine centres around each of those, in rows.
struct NearPlacesBody {
  PlaceView view;
  const CoarseSpot* spots = nullptr;
  double* scores = nullptr;  ///< nine for each layer
  [[nodiscard]] Extent extent() const { return flat_extent(9 * view.count); }
  KEEL_HD void operator()(int x, int y) const {
    const int index = flat_index(x, y), l = index / 9, k = index % 9;
    if (l >= view.count) return;
    scores[index] = view.score(view.layers[l], spots[l].x + k % 3 - 1, spots[l].y + k / 3 - 1);
  }
};

}  // namespace keel::metrics
