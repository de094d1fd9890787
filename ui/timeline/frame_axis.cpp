// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/timeline/frame_axis.h"

#include <algorithm>

namespace keel::ui {
namespace {

/// Seven figures and a gap: a day of frames.
constexpr double kLeastApart_px = 70;
/// Beyond this no clip reaches.
constexpr int kMostStep = 100'000'000;

}  // namespace

int frame_step(double span, double width_px) {
  const double least = span * kLeastApart_px / std::max(width_px, 1.0);
  for (int decade = 1; decade < kMostStep; decade *= 10)
    for (const int step : {decade, 2 * decade, 5 * decade})
      if (step >= least) return step;
  return kMostStep;
}

}  // namespace keel::ui
