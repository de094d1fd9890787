// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/kernels/search_parts.h"

namespace keel {

/// The search of fit_motion() (engine/math) as one body in phases, each sum in the host's order, so that it finds the same bits. The host goes from one hypothesis to
/// the next and refits one that leads; here all are made and scored at once. That is the same search, because a refit depends on its hypothesis alone, and because only one whose
/// score exceeds all before it can lead: those few are refitted, and the choice then walks through them as the host does. Parity: P0.

/// The search among one pair's tracks. Sums are a thread each.
struct MotionSearchBody {
  const LkMatch* tracks = nullptr;
  int track_count = 0;  ///< at least 1
  TrackRules rules{};
  fit::UnitFrame frame;
  fit::PixelFrame pixels;
  const std::uint64_t* draws = nullptr;  ///< fit::Draws, in their order
  int similarities = 0;                  ///< hypotheses; they come first
  int hypotheses = 0;                    ///< of both kinds
  double threshold_px = 1;
  FitMatches matches{};
  float* residuals = nullptr;
  MatchWeights weights{};        ///< room for as many candidates as there are hypotheses
  Candidates made{}, refitted{};  ///< refitted candidate l comes from hypothesis leaders[l]
  int* leaders = nullptr;
  int* leader_count = nullptr;
  double* terms = nullptr;       ///< term t of candidate l is at t * made.stride + l
  SearchAnswer* answer = nullptr;

  [[nodiscard]] KEEL_HD SearchStep step(int phase) const {
    constexpr int kOpening = static_cast<int>(SearchStep::kScale);  // phases up to the first scale, in the order of the enumerators
    if (phase < kOpening) return static_cast<SearchStep>(phase + 1);
    const int of_round = (phase - kOpening) % 5;
    if (phase == phases() - 1) return SearchStep::kToPixels;
    return of_round == 0 ? SearchStep::kWeights : of_round == 1 ? SearchStep::kTerms : of_round == 2 ? SearchStep::kSolve : of_round == 3 ? SearchStep::kResiduals : SearchStep::kScale;
  }
  [[nodiscard]] KEEL_HD int phases() const { return static_cast<int>(SearchStep::kScale) + 5 * kRefitRounds + 1; }

  [[nodiscard]] KEEL_HD int width(int phase) const {
    switch (step(phase)) {
      case SearchStep::kGather: return track_count;
      case SearchStep::kHypothesise: return hypotheses;
      case SearchStep::kLeaderWeights: return refits() * *matches.count;
      case SearchStep::kLeaderTerms: return refits() * fit::kNormalTerms;
      case SearchStep::kLeaderSolve: return refits();
      case SearchStep::kResiduals:
      case SearchStep::kWeights: return *matches.count;
      // The first thread answers where there are no matches.
      case SearchStep::kScale: return *matches.count > 0 ? *matches.count : 1;
      case SearchStep::kTerms: return fit::kNormalTerms;
      case SearchStep::kLeaders:
      case SearchStep::kSelect:
      case SearchStep::kSolve:
      case SearchStep::kToPixels: break;
    }
    return 1;
  }

  KEEL_HD void operator()(int phase, int x) const {
    double* winner = answer->found.params;
    switch (step(phase)) {
      case SearchStep::kGather: return gather(x);
      case SearchStep::kHypothesise: return hypothesise(x);
      case SearchStep::kLeaders: return list_leaders();
      case SearchStep::kLeaderWeights: {
        const int n = *matches.count, l = x / n, i = x % n;
        const double* params = made.params + leaders[l];
        const float squared = fit::squared_residual(fit::FloatParams(params, made.stride), matches.at(i), unit_px2());
        return weigh(l, i, squared, fit::inverse_square(fit::leader_cutoff_px(threshold_px)), params[6 * made.stride], params[7 * made.stride]);
      }
      case SearchStep::kLeaderTerms: return sum_term(x / fit::kNormalTerms, x % fit::kNormalTerms);
      case SearchStep::kLeaderSolve: return refit_leader(x);
      case SearchStep::kSelect: return select();
      case SearchStep::kResiduals: residuals[x] = fit::squared_residual(fit::FloatParams(winner), matches.at(x), unit_px2()); return;
      case SearchStep::kScale: return measure_scale(x);
      case SearchStep::kWeights: return weigh(0, x, residuals[x], fit::inverse_square(fit::refit_cutoff_px(answer->found.scale_px)), winner[6], winner[7]);
      case SearchStep::kTerms: return sum_term(0, x);
      case SearchStep::kSolve: return refit_winner();
      case SearchStep::kToPixels: return pixels.to_pixels(winner, answer->cur_from_prev);
    }
  }

 private:
  [[nodiscard]] KEEL_HD float unit_px2() const { return frame.unit_px2(); }
  [[nodiscard]] KEEL_HD int refits() const { return *matches.count < fit::kHomographyMatches ? 0 : *leader_count; }

  /// Each one counts those before it: a few hundred reads, where a prefix sum would be several phases.
  KEEL_HD void gather(int i) const {
    const LkMatch& t = tracks[i];
    const bool believed = rules.believed(t), last = i == track_count - 1;
    if (!believed && !last) return;
    int before = 0;
    for (int j = 0; j < i; ++j) before += rules.believed(tracks[j]) ? 1 : 0;
    if (last) *matches.count = before + (believed ? 1 : 0);
    if (!believed) return;
    const fit::UnitMatch unit = frame.from_px(rules.scale * t.prev_x, rules.scale * t.prev_y, rules.scale * t.cur_x, rules.scale * t.cur_y);
    matches.x[before] = unit.x;
    matches.y[before] = unit.y;
    matches.u[before] = unit.u;
    matches.v[before] = unit.v;
    matches.worth[before] = rules.worth(t);
  }

  [[nodiscard]] KEEL_HD double score(const double* params) const {
    const fit::FloatParams p(params, made.stride);
    const float inverse_threshold2 = fit::inverse_square(threshold_px), unit2 = unit_px2();
    fit::ScoreSums sums;
    const int n = *matches.count;
    for (int i = 0; i < n; ++i) {
      const fit::UnitMatch m = matches.at(i);
      sums.add(fit::squared_residual(p, m, unit2), inverse_threshold2, matches.worth[i], m.x, m.y);
    }
    return sums.score();
  }

  KEEL_HD void hypothesise(int k) const {
    using fit::Draws;
    const int n = *matches.count;
    bool is_made = false;
    if (n > 0 && k < similarities) {
      const std::uint64_t* draw = draws + Draws::kOfSimilarity * k;
      is_made = fit::similarity_through(matches.at(Draws::below(draw[0], n)), matches.at(Draws::below(draw[1], n)), made.params + k, made.stride);
    } else if (n >= fit::kHomographyMatches) {
      const std::uint64_t* draw = draws + Draws::kOfSimilarity * similarities + Draws::kOfHomography * (k - similarities);
      const int a = Draws::below(draw[0], n), b = Draws::below(draw[1], n), c = Draws::below(draw[2], n), d = Draws::below(draw[3], n);
      is_made = Draws::all_different(a, b, c, d) && fit::homography_through(matches.at(a), matches.at(b), matches.at(c), matches.at(d), made.params + k, made.stride);
    }
    made.scores[k] = is_made ? score(made.params + k) : kNoScore;
  }

  KEEL_HD void list_leaders() const {
    double best = 0;
    int count = 0;
    for (int k = 0; k < hypotheses; ++k) {
      if (!(made.scores[k] > best)) continue;
      best = made.scores[k];
      refitted.scores[count] = kNoScore;
      leaders[count++] = k;
    }
    *leader_count = count;
  }

  KEEL_HD void weigh(int l, int i, float squared, float inverse_cutoff2, double p6, double p7) const {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(l) * weights.stride + i;
    const float weight = fit::tukey_weight(squared, inverse_cutoff2, matches.worth[i]);
    weights.tukey[at] = weight;
    if (weight > 0) weights.geometric[at] = fit::geometric_weight(matches.at(i), weight, p6, p7);
  }

  /// One term of candidate l's normal equations, over the matches in their order.
  KEEL_HD void sum_term(int l, int term) const {
    const int n = *matches.count;
    int row = term - fit::kMatrixTerms, column = fit::kParams;
    if (term < fit::kMatrixTerms) {
      row = 0;
      column = term;
      while (column >= fit::kParams - row) column -= fit::kParams - row++;
      column += row;
    }
    const float* weight = weights.tukey + static_cast<std::ptrdiff_t>(l) * weights.stride;
    const double* geometric = weights.geometric + static_cast<std::ptrdiff_t>(l) * weights.stride;
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      if (term == fit::kTotalTerm) sum += weight[i];
      else if (weight[i] > 0) sum += fit::normal_term(matches.at(i), geometric[i], row, column);
    }
    terms[static_cast<std::ptrdiff_t>(term) * made.stride + l] = sum;
  }

  KEEL_HD void refit_leader(int l) const {
    const std::ptrdiff_t stride = made.stride;
    const double* from = made.params + leaders[l];
    double* to = refitted.params + l;
    fit::add_priors(from[2 * stride], from[5 * stride], fit::leader_variance(threshold_px, frame.unit_px), terms + l, stride);
    // Where the system has no solution a candidate stays as it was.
    for (int i = 0; i < fit::kParams; ++i) to[i * stride] = from[i * stride];
    (void)fit::solve_normal(terms + l, to, stride, stride);
    refitted.scores[l] = score(to);
  }

  /// The identity with score 0 where nothing leads.
  KEEL_HD void select() const {
    double best = 0;
    const double* winner = nullptr;
    for (int l = 0; l < *leader_count; ++l) {
      if (!(made.scores[leaders[l]] > best)) continue;
      best = made.scores[leaders[l]];
      winner = made.params + leaders[l];
      if (!(refitted.scores[l] > best)) continue;
      best = refitted.scores[l];
      winner = refitted.params + l;
    }
    answer->found.score = best;
    for (int i = 0; i < fit::kParams; ++i) answer->found.params[i] = winner != nullptr ? winner[i * made.stride] : i % 4 == 0 && i < fit::kParams - 1 ? 1 : 0;
  }

  /// The robust scale from the median residual within the threshold. The match whose rank is the middle one tells it, so that nothing is sorted; equal residuals
  /// rank in their order.
  KEEL_HD void measure_scale(int i) const {
    const int n = *matches.count;
    const double most_px2 = threshold_px * threshold_px;
    // The first one answers where none is within the threshold, and where there is none at all.
    const bool counts = i < n && residuals[i] < most_px2;
    if (!counts && i > 0) return;
    int within = 0, rank = 0;
    for (int j = 0; j < n; ++j) {
      if (!(residuals[j] < most_px2)) continue;
      ++within;
      if (counts && (residuals[j] < residuals[i] || (residuals[j] == residuals[i] && j < i))) ++rank;
    }
    if (within == 0) answer->found.scale_px = threshold_px;
    else if (counts && rank == within / 2) answer->found.scale_px = fit::scale_of_median(residuals[i], threshold_px);
  }

  KEEL_HD void refit_winner() const {
    FoundMotion& found = answer->found;
    const std::ptrdiff_t stride = made.stride;
    fit::add_priors(found.params[2], found.params[5], fit::refit_variance(found.scale_px, frame.unit_px), terms, stride);
    for (int t = 0; t < fit::kMatrixTerms; ++t) found.information[t] = terms[t * stride];
    (void)fit::solve_normal(terms, found.params, stride);
  }
};

}  // namespace keel
