// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/motion/motion_estimator.h"

namespace keel {

/// What an estimator's motion of a clip is worth, seen in pictures by code that knows nothing of the estimator.
struct MotionWorth {
  /// Mean over the pairs of the mean difference between the previous picture and the current one warped onto it, in gray levels at 640 px, without the
  /// common change of brightness, each pixel's share limited so that moving things do not rule. A pair without a motion counts as if nothing had moved.
  double photometric = 0;
  /// Residual acceleration of the stabilized output over the original's (metrics' jitter_ratio), with the default settings.
  double acceleration = 0;
  int pairs = 0, failed = 0;  ///< failed: without a motion
};

/// Judges estimators on one clip, with one decode for all motions and one for all outputs. Errors: those of Decoder and of an estimator, kUnsupported where the clip
/// has fewer than three frames or its output cannot be measured, kCancelled.
[[nodiscard]] Result<std::vector<MotionWorth>> judge_motion(const std::filesystem::path& clip, std::span<const MotionEstimator* const> estimators, std::stop_token stop,
                                                            const ProgressFn& progress = {});

/// One held-out clip seen with the old and with the new weights.
struct HeldOutClip {
  std::string name;
  MotionWorth before, after;
};

/// Whether new weights may replace the old ones, and why.
struct Adoption {
  bool adopted = false;
  double photometric_ratio = 1, acceleration_ratio = 1;  ///< after over before, geometric means over the clips
  std::string reason;                                    ///< one sentence with the figures
};

/// New weights are adopted when the geometric mean of both ratios falls by kAdoptionMargin or more, neither of the ratios rises by more than kAdoptionSlack, and on no clip does one rise by
/// more than kAdoptionClipSlack. Anything that is not finite speaks against them, and so does having no clip.
[[nodiscard]] Adoption decide_adoption(std::span<const HeldOutClip> clips);
inline constexpr double kAdoptionMargin = 0.01, kAdoptionSlack = 0.01, kAdoptionClipSlack = 0.05;

}  // namespace keel
