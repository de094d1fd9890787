// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "engine/path/camera_path.h"

namespace keel {

/// What the smooth path may do, for smoothers that plan with it. A smoother without limits of its own may exceed them; the
/// plan then reduces the correction, so a violated limit costs smoothness and never a border.
struct PathLimits {
  Size picture;         ///< source pixels
  double crop = 0.8;    ///< linear share of the picture that must be kept; corrections should leave such a centred window inside
  double log_zoom = 0;  ///< by which the window is larger in any case, because smoothing the zoom enlarges a frame of another shot by as much
  double bend_px = 0;   ///< by which rows are displaced beyond the correction, at most
};

/// Distance in source px that windows keep from the outermost pixel centres: 1, so that resampling never reads past the picture's edge and rounding has room,
/// but never more than half of the room that a share of `crop` leaves. Smoothers and the plan use the same.
[[nodiscard]] double border_inset_px(Size picture, double crop);
/// With what the rows need beyond that.
[[nodiscard]] inline double border_inset_px(const PathLimits& limits) { return border_inset_px(limits.picture, limits.crop) + limits.bend_px; }
/// How much of the room that a share of `crop` leaves rows may be displaced by: a tenth, source px.
[[nodiscard]] double most_bend_px(Size picture, double crop);

/// Whether corrections (smooth minus raw) leave the window of `limits`, inset included, inside the picture.
class CropTest {
 public:
  explicit CropTest(const PathLimits& limits);
  [[nodiscard]] bool allows(const PathPoint& correction) const;

 private:
  const PathLimits limits_;
  const Mat3 to_, from_;
  const double inset_px_, surely_;
};

/// Channels that limits act on: shift and rotation. Not zoom: an optimiser would enlarge the picture to fit a shaking window into it, and so show less
/// of it than was promised.
inline constexpr int kLimitedChannels = 3;

/// The crop window's eight corner coordinates in the source against the border that each can cross (a left corner the left one, and so on: no correction
/// of sense turns the window by a right angle), linear around a given correction: slope * d <= bound, for the first three channels of d (the rest is held).
struct CropLimits {
  static constexpr int kRows = 8;
  std::array<std::array<double, kRows>, kLimitedChannels> slope;
  std::array<double, kRows> bound;
};

/// Linearises around `correction`. Units are the normalised frame's. `inset` is subtracted from every bound.
[[nodiscard]] CropLimits linearize_crop(const PathPoint& correction, const PathFrame& frame, double crop, double inset);

}  // namespace keel
