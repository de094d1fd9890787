// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/media/clip_writer.h"
#include "engine/media/decoder.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"
#include "engine/render/frame_renderer.h"
#include "engine/render/neighbour_fill.h"

namespace keel {

struct ExportSettings {
  EncodeSettings encode;
  Interpolation interpolation = Interpolation::kBicubic;
  BorderFill fill = BorderFill::kMirror;  ///< for plans that show borders (Framing::kNone)
  Gpu gpu;                                ///< warps the pictures (system_gpu()); the CPU where it is left empty or fails. Borders filled from neighbours are the CPU's
};

struct ExportResult {
  std::int64_t frames = 0;
  DecodeHealth health;
  KeepReport keep;
  FilledPixels filled;  ///< means over all frames; zero unless borders are filled from neighbours
  bool on_gpu = false;  ///< the GPU warped the pictures, to the end
  std::optional<std::string> gpu_trouble;  ///< why the CPU took over; one sentence
};

/// decode | warp | encode, overlapped through bounded queues. The plan must have been solved for this clip; should the file
/// deliver more frames than the plan knows, the last warp is repeated. Memory: a few frames; with BorderFill::kNeighbours those within neighbour_reach() on
/// either side too. Errors: those of Decoder and ClipWriter, kCancelled; then no output file exists.
[[nodiscard]] Result<ExportResult> export_clip(const ClipInfo& source, const WarpPlan& plan, const std::filesystem::path& output,
                                               const ExportSettings& settings, std::stop_token stop, const ProgressFn& progress = {});

}  // namespace keel
