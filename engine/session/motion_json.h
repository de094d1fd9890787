// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/media/clip_info.h"
#include "engine/session/analyzer.h"

namespace keel {

/// The track as "keel.motion/1": `{"schema", "source", "width", "height", "estimator", "compute", "pairs": [{"from", "to", "pts", "cur_from_prev", "status",
/// "confidence", "row_bend"}]}`, the last where rows went beyond the homography: {"x", "y"}, source px by Legendre polynomials of degree 2 to 4 (RowBend). "gpu_trouble" where a GPU was left or an option has no effect; where a GPU's motions are not the CPU's bit for bit "differs_from_cpu":
/// {"source_px", "view_px", "pairs"} (MotionDifference), and "precision": "half" where it computes in that. Coordinates are source pixels of the upright picture, pixel centres
/// at integers; `pts` is of frame `to`, in `time_base`.
[[nodiscard]] std::string motion_to_json(const Analysis& analysis, const ClipInfo& source);

}  // namespace keel
