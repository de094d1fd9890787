// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/bounded_channels.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/path/limited_qp.h"

namespace keel {
namespace {

/// -`reach` <= x <= `reach` as one frame's rows, one channel after the other; rows without a channel bind nothing.
CropLimits box(std::span<const double> reach) {
  CropLimits rows{};
  rows.bound.fill(1);
  for (std::size_t c = 0; c < reach.size(); ++c)
    for (std::size_t side = 0; side < 2; ++side) {
      rows.slope[c][2 * c + side] = side == 0 ? 1 : -1;
      rows.bound[2 * c + side] = reach[c];
    }
  return rows;
}

}  // namespace

Result<void> bound_channels(const PathPoint& reach, const SymmetricBand& form, std::span<PathPoint> correction, std::stop_token stop) {
  static_assert(2 * kLimitedChannels <= CropLimits::kRows);
  std::vector<std::size_t> beyond;
  for (std::size_t c = 0; c < kPathChannels; ++c)
    if (std::any_of(correction.begin(), correction.end(), [&](const PathPoint& d) { return std::abs(d[c]) > reach[c]; })) beyond.push_back(c);
  for (std::size_t first = 0; first < beyond.size(); first += kLimitedChannels) {
    const std::span<const std::size_t> channels(beyond.data() + first, std::min<std::size_t>(kLimitedChannels, beyond.size() - first));
    std::vector<double> wanted(correction.size() * kLimitedChannels, 0.0), x(wanted.size(), 0.0), reaches;
    for (const std::size_t c : channels) reaches.push_back(reach[c]);
    for (std::size_t t = 0; t < correction.size(); ++t)
      for (std::size_t k = 0; k < channels.size(); ++k) wanted[t * kLimitedChannels + k] = correction[t][channels[k]];
    std::vector<double> gradient(wanted.size(), 0.0);
    form.add_product<kLimitedChannels>(wanted, gradient);
    for (double& g : gradient) g = -g;
    const std::vector<CropLimits> rows(correction.size(), box(reaches));
    // A box without an inside has one answer.
    const bool open = *std::min_element(reaches.begin(), reaches.end()) > 0;
    const auto solved = open ? LimitedQpSolver({form, gradient, rows}, x).run(true, stop) : Result<void>{};
    if (!solved && solved.error().code == ErrorCode::kCancelled) return solved.error();
    for (std::size_t t = 0; t < correction.size(); ++t)
      for (std::size_t k = 0; k < channels.size(); ++k) {
        const std::size_t c = channels[k];
        // Without an answer, and for its last digits.
        correction[t][c] = std::clamp(solved ? x[t * kLimitedChannels + k] : correction[t][c], -reach[c], reach[c]);
      }
  }
  return {};
}

}  // namespace keel
