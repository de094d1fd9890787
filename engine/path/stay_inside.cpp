// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/stay_inside.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace keel {
namespace {

/// Limits are met to first order; the plan checks the rest, and this keeps the rest at a few hundredths of a pixel.
constexpr double kLinearizationInset = 2e-4;
constexpr int kLinearizations = 2;

/// The channels without limits of their own give way where room is tight. Returns the share of the picture that the window must then have: where smoothing the
/// zoom enlarges the picture, the window grows by as much for the whole shot, so that no frame shows less than is to be kept.
double clip_unlimited_channels(double crop, std::vector<PathPoint>& correction) {
  const PathPoint reach = unlimited_reach(crop);
  double enlarged = 0;
  for (PathPoint& d : correction) {
    for (std::size_t c = kLimitedChannels; c < kPathChannels; ++c) d[c] = std::clamp(d[c], -reach[c], reach[c]);
    enlarged = std::max(enlarged, d[kPathLogZoom]);
  }
  return crop * std::exp(enlarged);
}

Result<void> solve_linearized(const PathLimits& limits, std::vector<PathPoint>& correction, const SolveInside& solve) {
  const PathFrame frame{limits.picture};
  const double crop = clip_unlimited_channels(limits.crop, correction);
  const double inset = border_inset_px(limits.picture, limits.crop) / frame.unit_px() + std::min(kLinearizationInset, 0.05 * (1 - limits.crop));
  std::vector<double> x(correction.size() * kLimitedChannels);
  std::vector<CropLimits> rows(correction.size());
  for (int pass = 0; pass < kLinearizations; ++pass) {
    for (std::size_t t = 0; t < correction.size(); ++t) {
      PathPoint around = correction[t];
      if (pass == 0) std::fill(around.begin(), around.begin() + kLimitedChannels, 0.0);
      rows[t] = linearize_crop(around, frame, crop, inset);
    }
    std::fill(x.begin(), x.end(), 0.0);
    KEEL_TRY(solve(rows, x, pass + 1 == kLinearizations));
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

Result<void> stay_inside(const PathLimits& limits, std::span<PathPoint> correction, const SolveInside& solve) {
  const CropTest test(limits);
  if (std::all_of(correction.begin(), correction.end(), [&](const PathPoint& d) { return test.allows(d); })) return {};
  std::vector<PathPoint> inside(correction.begin(), correction.end());
  const auto solved = solve_linearized(limits, inside, solve);
  if (!solved && solved.error().code == ErrorCode::kCancelled) return solved.error();
  if (solved) std::copy(inside.begin(), inside.end(), correction.begin());
  return {};
}

}  // namespace keel
