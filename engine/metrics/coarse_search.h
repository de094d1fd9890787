// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/math/mat3.h"
#include "engine/metrics/gray_image.h"
#include "engine/metrics/pixels.h"
#include "engine/metrics/place_bodies.h"

namespace keel::metrics {

/// Where an output picture may lie in its source, found on thumbnails without any earlier knowledge.
struct CoarsePlace {
  Mat3 source_from_output;  ///< similarity, work px of both
  double score = -1;        ///< correlation of the thumbnails
};

/// Searches zooms of 0.9 to 2.2 in steps of 7 %, turns of -6 to 6 degrees in steps of 3, and all shifts that keep 70 % of the output inside
/// the source. Returns the best place of each zoom, best first, at most three. Cost: about a tenth of a second.
[[nodiscard]] std::vector<CoarsePlace> find_places(const Picture& source, const Picture& output, const Pixels& pixels = Pixels::cpu());

/// The zooms and turns that are searched.
struct PlaceSearch {
  std::vector<Probe> probes;
  std::vector<PlaceLayer> layers;
};

/// The best centre of each layer on the CPU: of the grid's, and of those beside its best.
[[nodiscard]] std::vector<CoarseSpot> search_places(const IntImage& source, const PlaceSearch& search);

}  // namespace keel::metrics
