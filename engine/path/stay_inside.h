// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/math/banded_cholesky.h"
#include "engine/path/crop_limits.h"

namespace keel {

/// False when the raw path is the only one inside: less than a thousandth of the picture may be given up.
[[nodiscard]] inline bool leaves_room(const PathLimits& limits) { return limits.crop <= 1 - 1e-3; }

/// How far the channels without limits of their own may be corrected where room is tight (the limited ones have no bound here). Normalised frame.
[[nodiscard]] PathPoint unlimited_reach(double crop);

/// The largest enlargement (log) of any frame that these corrections may ask for within `limits`. Shots share one window, so that who plans one must know it of all.
[[nodiscard]] double zoom_within_reach(const PathLimits& limits, std::span<const PathPoint> correction);

/// How a smoother solves a shot inside limits.
struct SolveInside {
  /// The corrections of the limited channels (frames x kLimitedChannels, frame major) inside the given rows. Asked once for each linearisation, with the same two
  /// vectors: `x` holds the last answer (zeros at first), the rows are new, so a solver may go on from where it was. Unless it is the `last` time, the answer only
  /// says where to linearise next and may be rough.
  std::function<Result<void>(const std::vector<CropLimits>& rows, std::vector<double>& x, bool last)> limited;
  /// What makes a path of the other channels smooth: see bound_channels().
  std::function<SymmetricBand()> form;
  std::stop_token stop;
};

/// For smoothers that plan with the limits, whose `log_zoom` is the largest zoom_within_reach() of all shots. `correction` (one per frame of a shot) is the answer without
/// limits and stays as it is when it is inside. Otherwise zoom and the small channels are bounded to their part of the room, and shift and rotation are solved inside
/// limits that are linearised around no correction first and then around the answer. When `solve` finds nothing usable, `correction` stays as it was (the plan then
/// reduces it: a worse path is better than none). Error: kCancelled.
[[nodiscard]] Result<void> stay_inside(const PathLimits& limits, std::span<PathPoint> correction, const SolveInside& solve);

}  // namespace keel
