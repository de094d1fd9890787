// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/stay_inside.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/path/bounded_channels.h"

namespace keel {
namespace {

/// Limits are met to first order; the plan checks the rest, and this keeps the rest at a few hundredths of a pixel.
constexpr double kLinearizationInset = 2e-4;
constexpr int kLinearizations = 2;

double largest_log_zoom(std::span<const PathPoint> correction) {
  double largest = 0;
  for (const PathPoint& d : correction) largest = std::max(largest, d[kPathLogZoom]);
  return largest;
}

/// Bounds the channels without limits of their own to `share` of their reach. Returns the share of the picture that the window must then have: where smoothing the
/// zoom enlarges the picture, the window grows by as much for all frames, so that none shows less than is to be kept.
Result<double> bound_unlimited_channels(const PathLimits& limits, double share, const SymmetricBand& form, std::span<PathPoint> correction, std::stop_token stop) {
  PathPoint reach = unlimited_reach(limits.crop);
  for (std::size_t c = kLimitedChannels; c < kPathChannels; ++c) reach[c] *= share;
  KEEL_TRY(bound_channels(reach, form, correction, std::move(stop)));
  return limits.crop * std::exp(std::max(largest_log_zoom(correction), share * limits.log_zoom));
}

/// Bounds those channels as far as it takes for each frame to keep some of its room for shift and rotation, and linearises the limits around none of these.
/// Returns the window's share as above.
Result<double> make_room(const PathLimits& limits, double inset, const SolveInside& solve, std::vector<PathPoint>& correction, std::vector<CropLimits>& rows) {
  constexpr double kLeastRoom = 0.1, kLeastShare = 1.0 / 64;
  const PathFrame frame{limits.picture};
  const double room = 0.5 * (1 - limits.crop) * (std::min(limits.picture.width, limits.picture.height) - 1) / frame.unit_px() - inset;
  const SymmetricBand form = solve.form();
  for (double share = 1;; share = share > kLeastShare ? 0.5 * share : 0) {
    KEEL_ASSIGN(const double crop, bound_unlimited_channels(limits, share, form, correction, solve.stop));
    double least = room;
    for (std::size_t t = 0; t < correction.size(); ++t) {
      PathPoint around = correction[t];
      std::fill_n(around.begin(), kLimitedChannels, 0.0);
      rows[t] = linearize_crop(around, frame, crop, inset);
      least = std::min(least, *std::min_element(rows[t].bound.begin(), rows[t].bound.end()));
    }
    if (least >= kLeastRoom * room || share == 0) return crop;
  }
}

Result<void> solve_linearized(const PathLimits& limits, std::vector<PathPoint>& correction, const SolveInside& solve) {
  const PathFrame frame{limits.picture};
  const double inset = border_inset_px(limits) / frame.unit_px() + std::min(kLinearizationInset, 0.05 * (1 - limits.crop));
  std::vector<double> x(correction.size() * kLimitedChannels);
  std::vector<CropLimits> rows(correction.size());
  KEEL_ASSIGN(const double crop, make_room(limits, inset, solve, correction, rows));
  for (int pass = 0; pass < kLinearizations; ++pass) {
    if (pass > 0)
      for (std::size_t t = 0; t < correction.size(); ++t) rows[t] = linearize_crop(correction[t], frame, crop, inset);
    KEEL_TRY(solve.limited(rows, x, pass + 1 == kLinearizations));
    for (std::size_t t = 0; t < correction.size(); ++t) std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(t * kLimitedChannels), kLimitedChannels, correction[t].begin());
  }
  return {};
}

}  // namespace

PathPoint unlimited_reach(double crop) {
  PathPoint reach;
  reach.fill(0.25 * (1 - crop));
  std::fill_n(reach.begin(), kLimitedChannels, std::numeric_limits<double>::infinity());
  reach[kPathLogZoom] = -0.3 * std::log(crop);
  return reach;
}

double zoom_within_reach(const PathLimits& limits, std::span<const PathPoint> correction) {
  return std::min(largest_log_zoom(correction), unlimited_reach(limits.crop)[kPathLogZoom]);
}

Result<void> stay_inside(const PathLimits& limits, std::span<PathPoint> correction, const SolveInside& solve) {
  // A shot that enlarges as much itself is left to the plan, which weighs its zoom against its room.
  PathLimits shared = limits;
  if (limits.log_zoom > largest_log_zoom(correction)) shared.crop *= std::exp(limits.log_zoom);
  const CropTest test(shared);
  if (std::all_of(correction.begin(), correction.end(), [&](const PathPoint& d) { return test.allows(d); })) return {};
  std::vector<PathPoint> inside(correction.begin(), correction.end());
  const auto solved = solve_linearized(limits, inside, solve);
  if (!solved && solved.error().code == ErrorCode::kCancelled) return solved.error();
  if (solved) std::copy(inside.begin(), inside.end(), correction.begin());
  return {};
}

}  // namespace keel
