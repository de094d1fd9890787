// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/path/path_smoother.h"

namespace keel {

/// L1 trend filtering (Kim, Koh, Boyd, Gorinevsky: SIAM Review 2009): the total variation of the path's *velocity* against the distance from the raw path. The
/// result has straight pieces of constant speed with few changes between them, as if the camera had been on a dolly; total variation of the position would give
/// staircases. Every channel alone, on the frames' times, to a duality gap of 1e-9 of the raw path's cost. Where a limit would be left, the window narrows
/// (see narrow_to_limits). O(frames), with some 30 rounds of an interior point.
class L1TvSmoother final : public PathSmoother {
 public:
  explicit L1TvSmoother(double window_s) : window_s_(window_s) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<PathSmoother>> make(const OptionValues& values);

  [[nodiscard]] Result<CameraPath> smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const override;

 private:
  double window_s_;
};

}  // namespace keel
