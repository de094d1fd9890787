// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

#include "engine/image/frame.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/renderer.h"

namespace keel {

/// Decoded frames in time order: `frames[i]` is frame `first + i` of the clip.
struct FrameWindow {
  std::span<const Frame> frames;
  std::int64_t first = 0;
};

/// Where an output picture's pixels come from, as shares of its area, 0 to 1. What is missing to 1 is the frame itself.
struct FilledPixels {
  double neighbours = 0;  ///< earlier and later frames, the feathered rim of the frame's own picture included
  double mirrored = 0;    ///< no frame within reach shows what is there
};

struct NeighbourFilled {
  Frame frame;
  FilledPixels pixels;
};

/// How many frames on either side of a frame may fill its borders: a second's worth of them, fewer where that many pictures would take more than 512 MB.
[[nodiscard]] int neighbour_reach(Size picture, const PixelFormat& format);

/// Renders frame `index` by its warp and fills what it leaves empty with what its neighbours show there, the nearest first, each brought into place by the chain of
/// measured pair motions between the two frames (WarpPlan::cur_from_prev: exact homographies over a bounded window; never across a cut or a pair that was not
/// measured), matched in brightness, and blended into the next over a rim of some pixels. What is left is the frame, mirrored. Every frame that the
/// window holds may be used. The bytes do not depend on the number of threads. Cost: warps of the strips along the border, about ten for each. After a `stop` whatever is laid by then
/// comes back.
[[nodiscard]] NeighbourFilled fill_from_neighbours(const WarpPlan& plan, const FrameWindow& window, std::int64_t index,
                                                   Interpolation interpolation = Interpolation::kBicubic, const std::stop_token& stop = {});

}  // namespace keel
