// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/media/clip_info.h"
#include "engine/session/analyzer.h"

namespace keel {

/// The track as "keel.motion/1": `{"schema", "source", "width", "height", "estimator", "compute", "pairs": [{"from", "to", "pts", "cur_from_prev", "status",
/// "confidence"}]}`, and "gpu_trouble" where a GPU was left. Coordinates are source pixels of the upright picture, pixel centres at integers; `pts` is of frame `to`, in `time_base`.
[[nodiscard]] std::string motion_to_json(const Analysis& analysis, const ClipInfo& source);

}  // namespace keel
