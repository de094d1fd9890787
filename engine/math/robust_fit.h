// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "engine/base/geometry.h"
#include "engine/math/fit_steps.h"
#include "engine/math/mat3.h"

namespace keel {

/// A point in two frames, px of the working image.
struct PointMatch {
  float prev_x = 0, prev_y = 0;
  float cur_x = 0, cur_y = 0;
  float weight = 1;  ///< how much the match is worth, 0 to 1
};

/// Families of motion, each with the degrees of freedom that the data must carry. kBetween: a homography that is no plane's, but between that of the plane that most of a
/// scene of many depths agrees with and the similarity of the whole picture.
enum class MotionModel { kTranslation = 1, kSimilarity, kBetween, kHomography };

struct RobustFitOptions {
  double threshold_px = 2.5;        ///< residual at which a match stops counting while searching
  int similarity_hypotheses = 100;  ///< from two matches each
  int homography_hypotheses = 60;   ///< from four matches each
  double max_corner_sigma_px = 0.6; ///< a model is believed only while its predicted error at the picture's corners stays below
  double clear_share = 0.65;        ///< of the matches that one plane must explain to be more than one of several: then it is answered where it is sure, and has a part in the answer where it is not
  bool average_depths = true;       ///< without the tight agreement of one plane, a similarity is the whole picture's; false: that of the winner's inliers where they are clear
  bool operator==(const RobustFitOptions&) const = default;
};

/// A motion that most matches agree on.
struct RobustFit {
  Mat3 cur_from_prev;            ///< h33 = 1, px
  MotionModel model = MotionModel::kTranslation;
  int inliers = 0;
  double inlier_share = 0;       ///< of all matches
  double scale_px = 0;           ///< robust standard deviation of the inliers' residuals
  double corner_sigma_px = 0;    ///< predicted standard error at the picture's corners (RMS)
  bool clear = false;            ///< the model explains most matches, or some of them so tightly that they are one plane
  double spread = 0;             ///< of the inliers over the picture: 1 when they cover it evenly, less when bunched
};

/// Hypothesise and verify with MSAC scores (Torr, Zisserman 2000), where each hypothesis is also weighed by how far its inliers *spread*: a person who fills the
/// middle has more matches than the background around him but covers less. The best are locally optimised (Chum 2003) and the
/// winner is refitted by iteratively re-weighted least squares with weak priors on everything beyond a similarity. A homography is answered
/// where the data carries one, else a similarity (where no plane is clear: the one that the picture follows on the whole; and between the two as more and more of the
/// matches agree with one plane loosely), else a translation; nothing when fewer than four matches agree. Deterministic. About 0.2 ms for 300 matches.
[[nodiscard]] std::optional<RobustFit> fit_motion(std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options = {});

/// The two halves of fit_motion(). What the search finds, before anything is judged by it, is what a device may compute in the host's place: the refitted
/// winner in normalised coordinates with the score that it won by, the scale of its residuals, and its information matrix (upper triangle, row by row).
struct FoundMotion {
  double score = 0;
  double params[fit::kParams] = {};
  double scale_px = 0;
  double information[fit::kMatrixTerms] = {};
  bool operator==(const FoundMotion&) const = default;
};
/// Empty for fewer than four matches, and where no hypothesis explains any.
[[nodiscard]] std::optional<FoundMotion> search_motion(std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options = {});
/// Whether a search among so many matches found anything: at least four must be there, and explained.
[[nodiscard]] bool is_found(const FoundMotion& found, std::size_t matches);
/// `matches` are those that were searched.
[[nodiscard]] std::optional<RobustFit> judge_motion(const FoundMotion& found, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options = {});

/// Rounds of the refit that ends the search.
inline constexpr int kRefitRounds = 4;

/// Refits a homography that is already right to about a pixel to more matches of the same pair; the result stays a homography.
[[nodiscard]] RobustFit refine_homography(const RobustFit& start, std::span<const PointMatch> matches, Size picture, const RobustFitOptions& options = {});

}  // namespace keel
