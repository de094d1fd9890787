// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/image/frame.h"
#include "engine/image/gray_image.h"
#include "engine/kernels/corners.h"
#include "engine/kernels/lucas_kanade.h"
#include "engine/motion/motion_estimator.h"

namespace keel {

class DevicePyramid;

/// What the classical estimator keeps of one frame.
struct ClassicalFrame final : PreparedFrame {
  Size source;
  std::vector<GrayImage> levels;  ///< the pyramid, finest first; level 0 has the working size
  std::vector<Corner> corners;    ///< px of level 0
  std::shared_ptr<const DevicePyramid> on_device;  ///< the same levels in the memory of a GPU; null where there is none

  [[nodiscard]] PyramidView view() const;
  [[nodiscard]] Size working() const { return levels.front().size(); }
};

/// Levels [finest, finest + count) of a pyramid.
struct PyramidLevels {
  int finest = 0;
  int count = 0;
};
[[nodiscard]] PyramidView view_of(const PyramidView& pyramid, PyramidLevels levels);

/// Sizes of the pyramid over a picture of the working size, finest first; at least one, at most kMaxPyramidLevels.
[[nodiscard]] std::vector<Size> pyramid_sizes(Size working);

/// The level that corners are looked for on.
[[nodiscard]] int corner_level(std::size_t levels);
/// The search over a response image of `size`, whose rows follow each other without gaps; pointers are left to the caller. Its threshold is the least
/// that corner_threshold() can give: what a higher one would drop does not change what else a cell finds, so kept_corners() may drop it later.
[[nodiscard]] CellCornersBody corner_search(Size size);
/// Response that a corner must exceed in a picture whose strongest is `strongest`.
[[nodiscard]] float corner_threshold(float strongest);
/// The corners above the threshold, in the order of the cells, from px of `level` to px of level 0.
[[nodiscard]] std::vector<Corner> kept_corners(std::vector<Corner> cells, float threshold, int level);

/// Luma reduced to `working`, pyramid and corners, on the calling thread.
[[nodiscard]] std::shared_ptr<ClassicalFrame> prepare_on_cpu(const Frame& frame, Size working);
/// Follows points (px of the finest of the levels) from their guess, on the calling thread.
void follow_on_cpu(const ClassicalFrame& prev, const ClassicalFrame& cur, PyramidLevels levels, bool round_trip, const LkParams& params, std::span<LkMatch> matches);

}  // namespace keel
