// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/backend/launch.h"
#include "engine/kernels/lucas_kanade.h"
#include "engine/math/robust_fit.h"

namespace keel {

/// The search of fit_motion() (engine/math) as kernel bodies, each sum in the host's order, so that it finds the same bits. The host goes from one hypothesis to
/// the next and refits one that leads; here all are made and scored at once. That is the same search, because a refit depends on its hypothesis alone, and because only one whose
/// score exceeds all before it can lead: those few are refitted, and select_best() then walks through the scores as the host does. Parity of all bodies: P0.

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

/// The believed tracks in their order. Each one counts those before it: a few hundred reads, where a prefix sum would be several launches.
struct GatherMatchesBody {
  const LkMatch* tracks = nullptr;
  int track_count = 0;
  TrackRules rules;
  fit::UnitFrame frame;
  FitMatches out;

  [[nodiscard]] Extent extent() const { return {track_count, 1}; }

  KEEL_HD void operator()(int i, int) const {
    const LkMatch& t = tracks[i];
    const bool believed = rules.believed(t), last = i == track_count - 1;
    if (!believed && !last) return;
    int before = 0;
    for (int j = 0; j < i; ++j) before += rules.believed(tracks[j]) ? 1 : 0;
    if (last) *out.count = before + (believed ? 1 : 0);
    if (!believed) return;
    const fit::UnitMatch unit = frame.from_px(rules.scale * t.prev_x, rules.scale * t.prev_y, rules.scale * t.cur_x, rules.scale * t.cur_y);
    out.x[before] = unit.x;
    out.y[before] = unit.y;
    out.u[before] = unit.u;
    out.v[before] = unit.v;
    out.worth[before] = rules.worth(t);
  }
};

/// Motions that compete, entry after entry of all of them, so that neighbouring threads read neighbouring numbers: parameter i of motion k is at i * count + k.
struct Candidates {
  double* params = nullptr;
  double* scores = nullptr;  ///< negative: there is none
  int count = 0;
};

inline constexpr double kNoScore = -1;

/// A motion from each minimal sample; similarities come first.
struct HypothesisBody {
  FitMatches matches;
  const std::uint64_t* draws = nullptr;  ///< fit::Draws, in their order
  int similarities = 0;
  Candidates out;

  [[nodiscard]] Extent extent() const { return {out.count, 1}; }

  KEEL_HD void operator()(int k, int) const {
    using fit::Draws;
    const int n = *matches.count;
    out.scores[k] = kNoScore;
    if (n < 1) return;
    bool made = false;
    if (k < similarities) {
      const std::uint64_t* draw = draws + Draws::kOfSimilarity * k;
      made = fit::similarity_through(matches.at(Draws::below(draw[0], n)), matches.at(Draws::below(draw[1], n)), out.params + k, out.count);
    } else if (n >= fit::kHomographyMatches) {
      const std::uint64_t* draw = draws + Draws::kOfSimilarity * similarities + Draws::kOfHomography * (k - similarities);
      const int a = Draws::below(draw[0], n), b = Draws::below(draw[1], n), c = Draws::below(draw[2], n), d = Draws::below(draw[3], n);
      made = Draws::all_different(a, b, c, d) && fit::homography_through(matches.at(a), matches.at(b), matches.at(c), matches.at(d), out.params + k, out.count);
    }
    if (made) out.scores[k] = 0;
  }
};

/// Scores each candidate over all matches.
struct ScoreBody {
  FitMatches matches;
  Candidates candidates;
  float unit_px2 = 1;
  float inverse_threshold2 = 1;

  [[nodiscard]] Extent extent() const { return {candidates.count, 1}; }

  KEEL_HD void operator()(int k, int) const {
    if (candidates.scores[k] < 0) return;
    const fit::FloatParams p(candidates.params + k, candidates.count);
    fit::ScoreSums sums;
    const int n = *matches.count;
    for (int i = 0; i < n; ++i) {
      const fit::UnitMatch m = matches.at(i);
      sums.add(fit::squared_residual(p, m, unit_px2), inverse_threshold2, matches.worth[i], m.x, m.y);
    }
    candidates.scores[k] = sums.score();
  }
};

/// Whether a candidate may lead the search when its turn comes, and is refitted then.
KEEL_HD inline bool may_lead(const Candidates& c, int k, int matches) {
  if (matches < fit::kHomographyMatches || !(c.scores[k] > 0)) return false;
  for (int j = 0; j < k; ++j)
    if (c.scores[j] >= c.scores[k]) return false;
  return true;
}

/// One term (x) of the normal equations around one candidate (y) a thread, over the matches in their order. Without scores every candidate counts.
struct NormalTermsBody {
  FitMatches matches;
  Candidates around;
  float unit_px2 = 1;
  const double* scale_px = nullptr;  ///< of the residuals; null: `cutoff_px` holds
  double cutoff_px = 1;              ///< residual at which a match stops counting
  double* terms = nullptr;           ///< term t of candidate k is at t * around.count + k

  [[nodiscard]] Extent extent() const { return {fit::kNormalTerms, around.count}; }

  KEEL_HD void operator()(int term, int k) const {
    const int n = *matches.count;
    if (around.scores != nullptr && !may_lead(around, k, n)) return;
    const double* params = around.params + k;
    const fit::FloatParams p(params, around.count);
    const double p6 = params[6 * around.count], p7 = params[7 * around.count];
    const float inverse_cutoff2 = fit::inverse_square(scale_px != nullptr ? fit::refit_cutoff_px(*scale_px) : cutoff_px);
    const bool total = term == fit::kTotalTerm;
    int row = term - fit::kMatrixTerms, column = fit::kParams;
    if (term < fit::kMatrixTerms) {
      row = 0;
      column = term;
      while (column >= fit::kParams - row) column -= fit::kParams - row++;
      column += row;
    }
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const fit::UnitMatch m = matches.at(i);
      const float weight = fit::tukey_weight(fit::squared_residual(p, m, unit_px2), inverse_cutoff2, matches.worth[i]);
      if (total) sum += weight;
      else if (weight > 0) sum += fit::normal_term(m, weight, p6, p7, row, column);
    }
    terms[static_cast<std::ptrdiff_t>(term) * around.count + k] = sum;
  }
};

/// The refitted candidates, from their terms, which are used up. Where the system has no solution a candidate stays as it was. `out` may be `around`.
struct SolveTermsBody {
  const int* matches = nullptr;
  Candidates around, out;            ///< without scores every candidate counts
  const double* scale_px = nullptr;  ///< null: `variance` holds
  double unit_px = 1;
  double variance = 1;               ///< of the residuals, normalised
  double* terms = nullptr;
  double* information = nullptr;     ///< of a single candidate; may be null

  [[nodiscard]] Extent extent() const { return {around.count, 1}; }

  KEEL_HD void operator()(int k, int) const {
    const std::ptrdiff_t stride = around.count;
    if (out.scores != nullptr) out.scores[k] = kNoScore;
    if (around.scores != nullptr && !may_lead(around, k, *matches)) return;
    fit::add_priors(around.params[2 * stride + k], around.params[5 * stride + k], scale_px != nullptr ? fit::refit_variance(*scale_px, unit_px) : variance, terms + k, stride);
    if (information != nullptr)
      for (int t = 0; t < fit::kMatrixTerms; ++t) information[t] = terms[t * stride + k];
    if (out.params != around.params)
      for (int i = 0; i < fit::kParams; ++i) out.params[i * stride + k] = around.params[i * stride + k];
    (void)fit::solve_normal(terms + k, out.params + k, stride, stride);
    if (out.scores != nullptr) out.scores[k] = 0;
  }
};

/// The winner, found as the host does, one candidate after the other; one thread. The identity with score 0 where nothing leads.
struct SelectBestBody {
  Candidates hypotheses, refitted;
  FoundMotion* found = nullptr;

  [[nodiscard]] Extent extent() const { return {1, 1}; }

  KEEL_HD void operator()(int, int) const {
    double best = 0;
    const double* winner = nullptr;
    for (int k = 0; k < hypotheses.count; ++k) {
      if (!(hypotheses.scores[k] > best)) continue;
      best = hypotheses.scores[k];
      winner = hypotheses.params + k;
      if (!(refitted.scores[k] > best)) continue;
      best = refitted.scores[k];
      winner = refitted.params + k;
    }
    found->score = best;
    for (int i = 0; i < fit::kParams; ++i) found->params[i] = winner != nullptr ? winner[i * hypotheses.count] : i % 4 == 0 && i < fit::kParams - 1 ? 1 : 0;
  }
};

/// Squared residuals of all matches, px^2.
struct ResidualsBody {
  FitMatches matches;
  const double* params = nullptr;
  float unit_px2 = 1;
  float* out = nullptr;
  int most = 0;  ///< matches that there may be

  [[nodiscard]] Extent extent() const { return {most, 1}; }

  KEEL_HD void operator()(int i, int) const {
    if (i < *matches.count) out[i] = fit::squared_residual(fit::FloatParams(params), matches.at(i), unit_px2);
  }
};

/// The robust scale from the median residual within the threshold. The match whose rank is the middle one tells it, so that nothing is sorted; equal residuals rank in their order.
struct RobustScaleBody {
  const int* matches = nullptr;
  const float* residuals = nullptr;
  double threshold_px = 1;
  double* scale_px = nullptr;
  int most = 0;

  [[nodiscard]] Extent extent() const { return {most, 1}; }

  KEEL_HD void operator()(int i, int) const {
    const int n = *matches;
    const double most_px2 = threshold_px * threshold_px;
    // The first one answers where none is within the threshold, and where there is none at all.
    if (i >= n && i > 0) return;
    const bool counts = i < n && residuals[i] < most_px2;
    if (!counts && i > 0) return;
    int within = 0, rank = 0;
    for (int j = 0; j < n; ++j) {
      if (!(residuals[j] < most_px2)) continue;
      ++within;
      if (counts && (residuals[j] < residuals[i] || (residuals[j] == residuals[i] && j < i))) ++rank;
    }
    if (within == 0) *scale_px = threshold_px;
    else if (counts && rank == within / 2) *scale_px = fit::scale_of_median(residuals[i], threshold_px);
  }
};

}  // namespace keel
