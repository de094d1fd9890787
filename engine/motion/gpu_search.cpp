// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/gpu_search.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace keel {
namespace {

/// Parts of a block begin at multiples of this: what a device reads at once.
constexpr std::size_t kAlignment = 256;
std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Arrays of floats, one number a track each: x, y, u, v, worth, residuals.
constexpr std::size_t kTrackArrays = 6;

}  // namespace

SearchLayout::SearchLayout(std::size_t track_count, const RobustFitOptions& options)
    : track_count_(track_count),
      similarities_(static_cast<std::size_t>(options.similarity_hypotheses)),
      hypotheses_(similarities_ + static_cast<std::size_t>(options.homography_hypotheses)),
      draw_count_(fit::Draws::kOfSimilarity * similarities_ + fit::Draws::kOfHomography * (hypotheses_ - similarities_)) {
  tracks = aligned(sizeof(SearchAnswer));
  draws = aligned(tracks + track_count * sizeof(LkMatch));
  sent_end = draws + draw_count_ * sizeof(std::uint64_t);
  matches_ = aligned(sent_end);
  // Hypotheses, then the refitted ones.
  params_ = matches_ + kTrackArrays * aligned(track_count * sizeof(float));
  scores_ = params_ + 2 * aligned(fit::kParams * hypotheses_ * sizeof(double));
  terms_ = scores_ + 2 * aligned(hypotheses_ * sizeof(double));
  device_bytes = terms_ + fit::kNormalTerms * hypotheses_ * sizeof(double);
}

void SearchLayout::write_draws(std::byte* to) const {
  fit::Draws sequence;
  for (std::size_t i = 0; i < draw_count_; ++i) {
    const std::uint64_t draw = sequence.next();
    std::memcpy(to + i * sizeof(draw), &draw, sizeof(draw));
  }
}

int SearchLayout::queue(const GpuKernels& kernels, const SearchRules& rules, std::byte* block, GpuStream stream) const {
  auto* answer = reinterpret_cast<SearchAnswer*>(block);
  const std::size_t array = aligned(track_count_ * sizeof(float));
  const auto floats = [&](std::size_t i) { return reinterpret_cast<float*>(block + matches_ + i * array); };
  const FitMatches matches{floats(0), floats(1), floats(2), floats(3), floats(4), &answer->matches};
  float* residuals = floats(5);
  const auto candidates = [&](std::size_t i) {
    return Candidates{reinterpret_cast<double*>(block + params_ + i * aligned(fit::kParams * hypotheses_ * sizeof(double))),
                      reinterpret_cast<double*>(block + scores_ + i * aligned(hypotheses_ * sizeof(double))), static_cast<int>(hypotheses_)};
  };
  const Candidates made = candidates(0), refitted = candidates(1), winner{answer->found.params, nullptr, 1};
  auto* terms = reinterpret_cast<double*>(block + terms_);
  const fit::UnitFrame frame(rules.picture);
  const double threshold = rules.fit.threshold_px;
  const float unit_px2 = frame.unit_px2(), inverse_threshold2 = fit::inverse_square(threshold);
  const int tracks_here = static_cast<int>(track_count_);

  // The first code that is not 0 is the answer; what would come after it is not queued.
  int code = 0;
  const auto step = [&](auto call) {
    if (code == 0) code = call();
  };
  step([&] { return kernels.gather_matches({reinterpret_cast<const LkMatch*>(block + tracks), tracks_here, rules.tracks, frame, matches}, stream); });
  step([&] { return kernels.hypothesise({matches, reinterpret_cast<const std::uint64_t*>(block + draws), static_cast<int>(similarities_), made}, stream); });
  step([&] { return kernels.score({matches, made, unit_px2, inverse_threshold2}, stream); });
  step([&] { return kernels.normal_terms({matches, made, unit_px2, nullptr, fit::leader_cutoff_px(threshold), terms}, stream); });
  step([&] { return kernels.solve_terms({matches.count, made, refitted, nullptr, frame.unit_px, fit::leader_variance(threshold, frame.unit_px), terms, nullptr}, stream); });
  step([&] { return kernels.score({matches, refitted, unit_px2, inverse_threshold2}, stream); });
  step([&] { return kernels.select_best({made, refitted, &answer->found}, stream); });

  double* scale = &answer->found.scale_px;
  const auto measure = [&] {
    step([&] { return kernels.residuals({matches, winner.params, unit_px2, residuals, tracks_here}, stream); });
    step([&] { return kernels.robust_scale({matches.count, residuals, threshold, scale, tracks_here}, stream); });
  };
  measure();
  for (int round = 0; round < kRefitRounds; ++round) {
    step([&] { return kernels.normal_terms({matches, winner, unit_px2, scale, 0, terms}, stream); });
    step([&] { return kernels.solve_terms({matches.count, winner, winner, scale, frame.unit_px, 0, terms, answer->found.information}, stream); });
    measure();
  }
  return code;
}

}  // namespace keel
