// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/metrics/block_math.h"
#include "engine/metrics/flat_extent.h"

namespace keel::metrics {

// The metrics' pixel work as kernel bodies: the bits of the host's loops, which are their oracles. Parity: P0, each sum in the host's order.

/// A level of two pictures and the blocks of the first that are looked for in the second.
struct SearchView {
  const std::int16_t *a = nullptr, *b = nullptr;
  int a_width = 0, a_height = 0, b_width = 0, b_height = 0;
  int side = kCoarseBlock;
  const BlockRequest* requests = nullptr;
  int count = 0;

  /// As BlockSearch::score().
  KEEL_HD double score(const BlockRequest& r, int dx, int dy) const {
    const int x = r.x + dx, y = r.y + dy;
    if (x < 0 || y < 0 || x + side > b_width || y + side > b_height) return -1;
    const std::int16_t *pa = a + r.y * a_width + r.x, *pb = b + y * b_width + x;
    int ab = 0, sum = 0, squares = 0;
    for (int j = 0; j < side; ++j, pa += a_width, pb += b_width)
      for (int i = 0; i < side; ++i) {
        ab += pa[i] * pb[i];
        sum += pb[i];
        squares += pb[i] * pb[i];
      }
    return correlation_of(side * side, ab, sum, squares, r.sum, r.energy);
  }
};

/// How far around a request's displacements scores are taken; the second window follows the first.
struct Windows {
  int first = 0;    ///< px each way
  int second = -1;  ///< the same around the second displacement; -1: there is none
  [[nodiscard]] KEEL_HD int side(int radius) const { return 2 * radius + 1; }
  [[nodiscard]] KEEL_HD int first_scores() const { return side(first) * side(first); }
  [[nodiscard]] KEEL_HD int scores() const { return first_scores() + (second < 0 ? 0 : side(second) * side(second)); }
};

/// Every score that a search may ask for, each by a thread.
struct ScoresBody {
  SearchView search;
  Windows windows;
  double* scores = nullptr;  ///< windows.scores() for each request
  [[nodiscard]] Extent extent() const { return {windows.scores(), search.count}; }
  KEEL_HD void operator()(int k, int request) const {
    const BlockRequest& r = search.requests[request];
    const bool second = k >= windows.first_scores();
    if (second && r.has_second == 0) return;
    const int radius = second ? windows.second : windows.first, at = second ? k - windows.first_scores() : k, side = windows.side(radius);
    const int dx = (second ? r.second_dx : r.dx) + at % side - radius, dy = (second ? r.second_dy : r.dy) + at / side - radius;
    scores[static_cast<std::ptrdiff_t>(request) * windows.scores() + k] = search.score(r, dx, dy);
  }
};

/// Walks through the scores as BlockSearch::full() or, where there is a second window, as BlockSearch::climb() does.
struct PickBody {
  const BlockRequest* requests = nullptr;
  int count = 0;
  Windows windows;
  const double* scores = nullptr;
  BlockHit* hits = nullptr;
  [[nodiscard]] Extent extent() const { return flat_extent(count); }
  KEEL_HD void operator()(int x, int y) const {
    const int request = flat_index(x, y);
    if (request >= count) return;
    const BlockRequest& r = requests[request];
    const double* own = scores + static_cast<std::ptrdiff_t>(request) * windows.scores();
    if (windows.second < 0) {
      hits[request] = best_of(own, r);
      return;
    }
    BlockHit hit = climb(own, windows.first, r.dx, r.dy);
    if (r.has_second != 0) {
      const BlockHit other = climb(own + windows.first_scores(), windows.second, r.second_dx, r.second_dy);
      if (other.score > hit.score) hit = other;
    }
    hits[request] = hit;
  }
  KEEL_HD BlockHit best_of(const double* own, const BlockRequest& r) const {
    BlockHit best;
    const int side = windows.side(windows.first);
    for (int v = 0; v < side; ++v)
      for (int u = 0; u < side; ++u)
        if (own[v * side + u] > best.score) best = {r.dx + u - windows.first, r.dy + v - windows.first, own[v * side + u]};
    return best;
  }
  /// A climb of as many steps as the window is px wide each way never needs more than the window.
  KEEL_HD BlockHit climb(const double* own, int radius, int dx, int dy) const {
    const int side = windows.side(radius);
    int at = radius * side + radius;
    for (int step = 0; step < radius; ++step) {
      int next = at;
      for (int v = -1; v <= 1; ++v)
        for (int u = -1; u <= 1; ++u)
          if (own[at + v * side + u] > own[next]) next = at + v * side + u;
      if (next == at) break;
      at = next;
    }
    return {dx + at % side - radius, dy + at / side - radius, own[at]};
  }
};

/// Scores left, right, above and below of each hit.
struct AroundBody {
  SearchView search;
  const BlockHit* hits = nullptr;
  double* around = nullptr;  ///< four for each request
  [[nodiscard]] Extent extent() const { return flat_extent(4 * search.count); }
  KEEL_HD void operator()(int x, int y) const {
    const int index = flat_index(x, y);
    if (index >= 4 * search.count) return;
    const int k = index % 4, step = k % 2 == 0 ? -1 : 1;
    const BlockHit& hit = hits[index / 4];
    around[index] = search.score(search.requests[index / 4], hit.dx + (k < 2 ? step : 0), hit.dy + (k < 2 ? 0 : step));
  }
};

}  // namespace keel::metrics
