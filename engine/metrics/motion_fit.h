// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "engine/math/mat3.h"

namespace keel::metrics {

/// One block found in two pictures, in px of level 0.
struct BlockMatch {
  Point from;
  Point to;
  double weight = 1;  ///< trust in the block before any other is looked at, 0 to 1
  double score = 1;   ///< correlation
};

enum class FitModel { kSimilarity = 1, kAffine, kHomography };

struct MotionFit {
  Mat3 to_from_from;             ///< maps BlockMatch::from to BlockMatch::to
  std::vector<double> residual;  ///< px, per match
  double scale_px = 0;           ///< final width of the weight function
  int inliers = 0;               ///< matches within limit_px()

  /// Residual below which a match agrees: 3 `scale_px`, at least 0.75 px.
  [[nodiscard]] double limit_px() const { return std::max(0.75, 3 * scale_px); }
};

/// Where a robust fit starts: matches within about `scale_px` of `guess` count; the width then shrinks with the residuals.
struct FitStart {
  Mat3 guess;
  double scale_px = 8;
  double floor_px = 0.1;  ///< the width never falls below: the noise of the matches
};

/// Iteratively re-weighted least squares with Geman-McClure weights whose width shrinks by 0.6 a step to 2.5 robust standard
/// deviations of the matches still counted. Empty with fewer matches than the model needs twice, or a singular system.
[[nodiscard]] std::optional<MotionFit> fit_motion(FitModel model, std::span<const BlockMatch> matches, const FitStart& start);

/// The translation that most matches agree with, where two blocks may differ by `slack` px per px between them (turns and zooms):
/// each match votes for the others. Empty without matches.
[[nodiscard]] std::optional<Point> vote_translation(std::span<const BlockMatch> matches, double slack, double width_px);

}  // namespace keel::metrics
