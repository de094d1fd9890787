// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/math/mat3.h"
#include "engine/motion/motion_track.h"
#include "engine/path/camera_path.h"

namespace keel {

/// What the output frame shows of the stabilized picture.
enum class Framing {
  kFixed = 1,  ///< one window for the whole clip: the largest that every frame fills
  kAdaptive,   ///< a window that changes slowly: larger where the clip is calm
  kNone,       ///< the whole picture; what the correction leaves empty is filled
};
/// Spelled "fixed", "adaptive" and "none".
[[nodiscard]] std::string_view to_string(Framing framing);

/// How one output frame is made: output pixel (centres at integers) -> source pixel, crop and zoom folded in. The source's rows lie beside where the homography puts them by `bend`.
struct FrameWarp {
  Mat3 src_from_dst;
  RowBend bend{};
  bool operator==(const FrameWarp&) const = default;
};

/// The source position of an output pixel; the caller makes sure that the denominator is not zero.
[[nodiscard]] inline Point apply(const FrameWarp& warp, Point dst) {
  const Point p = apply(warp.src_from_dst, dst), d = warp.bend.at(p.y);
  return {p.x + d.x, p.y + d.y};
}

/// How far an output frame stays inside each edge of the source, in source px between pixel centres; negative outside. Exact where no row is bent, else less by
/// the most that one can be. Minus infinity where the denominator is not positive at a corner.
struct BorderMargins {
  double left = 0, right = 0, top = 0, bottom = 0;
};
[[nodiscard]] BorderMargins border_margins(const FrameWarp& warp, Size output, Size source);

/// Proof that no output pixel is invented: the smallest distance in source px of any output corner's pixel centre to the
/// border through the outermost source pixel centres, over all frames. Exact for homographies with a positive denominator at the corners: then
/// the output's image is the convex quadrilateral of its corners. Where rows are bent the most that they can be is taken off. Never negative unless the framing is kNone, which shows that much border; about 1 px wherever the clip moves that much and `keep` leaves 2 px of room.
struct BorderCertificate {
  double smallest_margin_px = 0;
  int frame = -1;  ///< where it is smallest; -1 for an empty plan
  bool operator==(const BorderCertificate&) const = default;
};

/// The shares of output pixels outside the source, 0 to 1: what has to be filled. All zero unless the framing is kNone.
struct FilledBorder {
  double mean_share = 0;
  double largest_share = 0;
  int frame = -1;  ///< where it is largest; -1 where nothing is filled
  bool operator==(const FilledBorder&) const = default;
};

/// Everything that rendering needs, solved from motion and settings alone.
struct WarpPlan {
  Size source;                         ///< of the pictures that it was solved for
  Size output;
  double picture_kept = 1;             ///< linear share of the source that the crop window shows, 0 to 1 (zoom is its inverse); the smallest of all frames
  std::vector<double> window;          ///< adaptive framing only: that share frame by frame
  std::vector<FrameWarp> frames;
  std::vector<float> strength;         ///< per frame: share of the correction that was applied after the limit, 0 to 1
  BorderCertificate borders;
  FilledBorder filled;
  std::vector<std::optional<Mat3>> cur_from_prev;  ///< kNone only, per frame: the measured motion of source px since the frame before; empty at cuts and where there is little trust
};

/// How large the output is.
enum class OutputSize {
  kSource = 1,  ///< as the source
  kNative,      ///< as many pixels as the smallest window has in the source, rounded down to even numbers with nearly the source's aspect: nothing is enlarged
};

/// What a person sets. Values, comparable, with the ranges in the comments.
struct StabilizeSettings {
  std::string smoother = "l2-optimal";
  OptionValues smoother_options;  ///< beyond smoothness
  double smoothness = 0.5;        ///< 0 to 1
  double keep = 0.8;              ///< 0.5 to 1: least linear share of the picture to keep
  double strength = 1.0;          ///< 0 (original motion) to 1
  bool rolling_shutter = true;    ///< straighten the rows that a rolling shutter bends (CameraPath::bends)
  Framing framing = Framing::kFixed;
  double zoom_smoothness = 0.5;   ///< 0 to 1, adaptive framing only: the zoom moves within half a second to eight
  OutputSize size = OutputSize::kSource;  ///< without framing the whole picture is shown, and both are the same
  bool operator==(const StabilizeSettings&) const = default;
  /// Error: a sentence with the value and the range.
  [[nodiscard]] Result<void> validate() const;
};

/// A solved stabilization: the plan and the paths it came from (for plots).
struct Solution {
  CameraPath raw;
  CameraPath smooth;  ///< what the output follows, after strength and limits
  WarpPlan plan;
};

/// motion -> path -> plan: no pixel is touched, 10,000 frames take milliseconds. The crop is centred, keeps the aspect ratio and is the largest
/// window that stays inside every warped frame (adaptive: that varies slowly), but never smaller than `keep`; where that is not enough the correction is
/// reduced smoothly. With kNone there is no crop, and `keep` bounds how far the picture may move: never further than a crop of `keep` would allow.
/// Errors: invalid settings, unknown smoother, kCancelled.
[[nodiscard]] Result<Solution> solve(const MotionTrack& track, const StabilizeSettings& settings, std::stop_token stop = {});

/// The same from build_camera_path(track), which does not depend on the settings: for who solves a track again and again.
[[nodiscard]] Result<Solution> solve(CameraPath raw, Size picture, const StabilizeSettings& settings, std::stop_token stop = {});

/// The even size below a window of linear share `crop` of `picture` whose aspect is nearest to the picture's; the picture's own where nothing is cropped.
[[nodiscard]] Size native_size(Size picture, double crop);

/// The certificate of any plan, computed from its matrices alone.
[[nodiscard]] BorderCertificate certify_borders(const std::vector<FrameWarp>& frames, Size output, Size source);

}  // namespace keel
