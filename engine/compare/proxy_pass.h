// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/geometry.h"
#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/metrics/metrics.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"

namespace keel {

/// A whole JPEG file; empty where it could not be made.
using Jpeg = std::vector<std::byte>;

/// A plan to be measured. The plan outlives the pass and has at least one frame.
struct Contender {
  const WarpPlan* plan = nullptr;
  bool shown = false;  ///< pictures of it are wanted
  BorderFill fill = BorderFill::kMirror;  ///< of what the plan leaves empty; kNeighbours is judged as mirrored
};

/// What one decode of the clip told about all contenders.
struct ProxyPass {
  Size size;  ///< of the pictures that were measured
  std::vector<metrics::MetricsReport> reports;  ///< in the order of the contenders
  std::vector<Jpeg> originals;                  ///< of the shown frames
  std::vector<std::vector<Jpeg>> pictures;      ///< by contender, then shown frame; empty for those that are not shown
  std::optional<std::string> no_pictures;       ///< why some or all pictures are missing
};

/// Decodes the clip once, renders every contender's picture of each frame and has the metrics judge it: the score is of the picture that
/// comes out, not of the path that was planned. Rendered and judged is the luma at 640 px on the longer side (never enlarged), at which the metrics work in
/// any case; an export differs from it only by what resampling at full size and coding do. Pictures of `shown_frames` (ascending) are rendered from
/// the full frame. Memory: one full frame and, per contender, three small pictures. Cost: about 20 ms per frame and contender on one
/// thread. `device` does the metrics' pixel work, see MetricsOptions. Errors: those of Decoder, kUnsupported for clips below 64 px a side, kCancelled.
[[nodiscard]] Result<ProxyPass> measure_on_proxy(const std::filesystem::path& clip, std::span<const Contender> contenders,
                                                 std::span<const int> shown_frames, std::stop_token stop, const ProgressFn& progress = {},
                                                 metrics::Device device = {});

}  // namespace keel
