// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/backend/launch.h"
#include "engine/kernels/lucas_kanade.h"
#include "engine/math/robust_fit.h"

namespace keel {

/// What the search for a pair's motion (motion_search.h) reads and leaves.

/// Matches in normalised coordinates, as many as `*count` says; room for all tracks.
struct FitMatches {
  float *x = nullptr, *y = nullptr, *u = nullptr, *v = nullptr, *worth = nullptr;
  int* count = nullptr;
  [[nodiscard]] KEEL_HD fit::UnitMatch at(int i) const { return {x[i], y[i], u[i], v[i]}; }
};

/// What of a track is believed, and how much it is worth: half at the texture that noise leaves on a flat wall.
struct TrackRules {
  float scale = 1;  ///< px of the picture per px of the tracks
  float max_round_trip_px = 0;
  float faint_texture = 1;  ///< (gray/px)^2
  [[nodiscard]] KEEL_HD bool believed(const LkMatch& t) const { return t.tracked && t.round_trip_px <= max_round_trip_px; }
  [[nodiscard]] KEEL_HD float worth(const LkMatch& t) const { return t.min_eigen / (t.min_eigen + faint_texture); }
};

/// Motions that compete, entry after entry of all of them, so that neighbouring threads read neighbouring numbers: parameter i of motion k is at i * stride + k.
struct Candidates {
  double* params = nullptr;
  double* scores = nullptr;  ///< kNoScore: there is none
  int stride = 0;
};
inline constexpr double kNoScore = -1;

/// Where the weights of matches are kept between two phases, those of candidate l from l * stride on.
struct MatchWeights {
  float* tukey = nullptr;       ///< what fit::tukey_weight() says
  double* geometric = nullptr;  ///< what fit::geometric_weight() makes of it; unset where that is 0
  int stride = 0;
};

enum class SearchStep {
  kGather = 1,      ///< the believed tracks become matches, in their order
  kHypothesise,     ///< a motion from each minimal sample, and its score over all matches
  kLeaders,         ///< those whose score exceeds all before them
  kLeaderWeights,   ///< each of these is refitted: weights, sums, solution and its score
  kLeaderTerms,
  kLeaderSolve,
  kSelect,          ///< the winner, found as the host does, one leader after the other
  kResiduals,       ///< of the winner: residuals and their robust scale, before and after each round of its refit
  kScale,
  kWeights,
  kTerms,
  kSolve,
  kToPixels         ///< the winner as a matrix
};

/// What is found of a pair's motion, as a device leaves it.
struct SearchAnswer {
  FoundMotion found;  ///< score 0 where nothing was found
  int matches = 0;    ///< how many of the tracks were believed
  double cur_from_prev[fit::kMatrix] = {};  ///< `found` in px of the picture, row by row
};

}  // namespace keel
