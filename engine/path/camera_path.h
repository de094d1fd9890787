// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "engine/math/mat3.h"
#include "engine/motion/motion_track.h"

namespace keel {

/// Number of channels of a homography's path: it has eight degrees of freedom.
inline constexpr int kPathChannels = 8;

/// One frame's position on the path, as a vector of the Lie algebra sl(3) in the normalised frame (origin at the
/// picture centre, unit = half the longer side): x, y, rotation (rad), log of the zoom, and four small ones (aspect, skew and the two
/// perspective terms). For similarities the first four are the usual shift, angle and log scale.
using PathPoint = std::array<double, kPathChannels>;

/// Index of the channels that people look at.
enum PathChannel : int { kPathX = 0, kPathY = 1, kPathRotation = 2, kPathLogZoom = 3 };

/// A camera path, as smoothers see it: `frames` points in time order. Values are accumulated motion of the *picture content*,
/// so differences of neighbouring points are pair motions and only differences mean something. `time_s` and `weight` have one entry per frame: the time of the
/// frame and the trust in it (0 to 1). Frames [shot.begin, shot.end) of one shot belong together; smoothing never crosses a border.
struct CameraPath {
  struct Shot {
    int begin = 0;
    int end = 0;
    bool operator==(const Shot&) const = default;
  };
  std::vector<PathPoint> points;
  std::vector<double> time_s;
  std::vector<double> weight;
  std::vector<Shot> shots;
  /// Frame by frame what the points lack to agree with motions that were measured over larger gaps (MotionTrack::anchors); empty where there are none. Slow, and of a few pixels: only
  /// who wants to stand still for long must add it. In a scene with depth it bends at the keyframes, so that it would unsteady what is only to be smooth.
  std::vector<PathPoint> drift;
  /// Frame by frame how far the rows lie, in source px, from where they lie on average over half a second around it: what to take out of a frame so that its rows move with the rest of the
  /// picture. Slow bends are depth and stay. Empty where the track has none.
  std::vector<RowBend> bends;

  [[nodiscard]] int frame_count() const { return static_cast<int>(points.size()); }
};

/// Maps between pixels and the normalised frame of a picture of `size`.
struct PathFrame {
  Size size;
  [[nodiscard]] double unit_px() const;
  [[nodiscard]] Mat3 normalized_from_pixel() const;
  [[nodiscard]] Mat3 pixel_from_normalized() const;
};

/// exp and log between sl(3) vectors and homographies of the normalised frame (determinant 1). `log` is meant for
/// transforms near the identity (pair motions, corrections); empty when the series does not converge.
[[nodiscard]] Mat3 exp_path_point(const PathPoint& v);
[[nodiscard]] bool log_homography(const Mat3& normalized_homography, PathPoint& out);

/// Accumulates pair motions: bridges pairs without a motion from their trusted neighbours, splits at scene cuts, and reads from the track's anchors what the sum has drifted.
/// Sums of logarithms, never a chain of whole homographies: that leaves the frame (h33 -> 0) in a pan of 70 degrees.
[[nodiscard]] CameraPath build_camera_path(const MotionTrack& track);

/// Second-order accurate correction of what a sum of logarithms leaves out (it ignores that motions do not commute): given
/// the raw path and a smooth one, returns the raw path with increments re-expressed in the smooth path's frame. One round of
/// {smooth, transport, smooth} brings the motion between output frames within some hundredths of a pixel of the smooth path's.
[[nodiscard]] CameraPath transport_path(const CameraPath& raw, const CameraPath& smooth);

}  // namespace keel
