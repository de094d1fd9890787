// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/path/path_smoother.h"

namespace keel {

/// Local linear regression under a Gaussian window in time, weighted by trust: inside a clip it is the Gaussian filter; at the ends, and beside frames of
/// little trust, it follows the line instead of stalling, so constant and linear motion come out unchanged everywhere.
/// (Cleveland: Robust locally weighted regression, JASA 1979, without the robustness rounds.) Where a limit would be left, the window
/// narrows smoothly: fast shake is still removed and only the slow sway stays. The window counts seconds of the frames' times, or frames where that is asked for.
/// O(frames x window).
class GaussianSmoother final : public PathSmoother {
 public:
  /// What the window's length counts.
  enum class Unit { kSeconds = 1, kFrames };
  explicit GaussianSmoother(double sigma, Unit unit = Unit::kSeconds) : sigma_(sigma), unit_(unit) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<PathSmoother>> make(const OptionValues& values);

  [[nodiscard]] Result<CameraPath> smooth(const CameraPath& raw, const PathLimits& limits, std::stop_token stop) const override;

 private:
  double sigma_;
  Unit unit_;
};

}  // namespace keel
