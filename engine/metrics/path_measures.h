// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <vector>

#include "engine/math/mat3.h"

namespace keel::metrics {

/// A clip's measured motion, pair by pair, scaled to a picture 640 px wide.
struct PairSeries {
  Size size;                        ///< of that picture
  std::vector<Mat3> cur_from_prev;  ///< similarity per pair of neighbours
  std::vector<bool> usable;         ///< false: cut or not measured; the path is interrupted there
};

/// Unsteadiness of a path, px at 640 px width. The path is the sum of the displacements of the four corners of the picture under the
/// pair motions (no products of matrices); runs between unusable pairs are taken apart.
struct PathFigures {
  double jitter_px = 0;             ///< RMS over frames and corners of the second difference of the path
  double peak_acceleration_px = 0;  ///< largest second difference of a frame (RMS over its corners)
  double shake_px = 0;              ///< RMS of the path minus its Gaussian low-pass (sigma 0.25 s), runs of 8 frames and more
  int accelerations = 0;            ///< second differences that were counted
  int shake_frames = 0;
};

[[nodiscard]] PathFigures path_figures(const PairSeries& series, double frame_rate_hz);

/// Stability scores of the output's motion, 0 to 1, higher is steadier; unusable pairs add no motion.
struct StabilityScores {
  double fusta = 1;    ///< mean of t = sqrt(tx^2+ty^2) and theta = atan2(H10, H00) of the product of the pair motions; bins 1-5
  double bundled = 1;  ///< minimum over the summed x, y and turn of the centre; bins 1-5 ("2nd to 6th, excluding DC")
  double gimbal = 1;   ///< min(mean(x, y), turn) of the same sums; bins 1-6 of an rfft
};

/// A channel that moves by less than the tracker can tell (0.3 px RMS, or the turn that moves a corner by as much) counts as still.
[[nodiscard]] StabilityScores stability_scores(const PairSeries& series);

}  // namespace keel::metrics
