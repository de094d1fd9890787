// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "engine/image/frame.h"
#include "engine/plan/warp_plan.h"

namespace keel {

/// What stands where a warped picture leaves the output empty.
enum class BorderFill {
  kMirror = 1,  ///< the picture, mirrored at its edge pixels
  kBlack,       ///< black (transparent where there is alpha)
  kNeighbours,  ///< what earlier and later frames show there (NeighbourFill), mirrored where none does
};

/// The picture with `margin_px` more pixels on every side, filled; a multiple of 4, so that chroma stays where it is; kNeighbours mirrors.
/// Rows are shared over the process's thread pool. O(pixels).
[[nodiscard]] Frame extend_border(const Frame& source, int margin_px, BorderFill fill);

/// The margin that every frame of a plan needs for its filled borders, bicubic taps included: a multiple of 4, 0 for plans without borders.
[[nodiscard]] int filled_margin_px(const WarpPlan& plan);

/// The margin that serves as well on the picture reduced by `scale` (at most 1): a multiple of 4.
[[nodiscard]] int scaled_margin_px(int margin_px, double scale);

/// The same warp from the extended picture.
[[nodiscard]] FrameWarp warp_from_extended(const FrameWarp& warp, int margin_px);

/// What a list tells about one way of filling.
struct BorderFillInfo {
  BorderFill fill = BorderFill::kMirror;
  std::string id;     ///< as in projects and on the command line
  std::string label;  ///< as in the window
  std::string help;   ///< one sentence
};

/// Every way there is, the default first. A new one is a row here, and the lists of the window show it.
[[nodiscard]] std::span<const BorderFillInfo> border_fills();

}  // namespace keel
