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
#include "engine/render/neighbour_fill.h"
#include "engine/render/plan_renderer.h"

namespace keel {

struct ExportSettings : PictureSettings {
  EncodeSettings encode;
  const DecodeDevice* decode_on = nullptr;  ///< DecoderOptions::device
  const EncodeDevice* encode_from = nvenc_surfaces();  ///< lets pictures that the GPU has rendered stay there where the encoder takes them from there; null: all come to the host
};

/// The clip as an export of it will be, when the stabilized picture has size `output`: what plan_export() and ClipWriter need to know.
[[nodiscard]] ClipInfo exported_clip(const ClipInfo& source, Size output, const ExportSettings& settings);

struct ExportResult {
  std::int64_t frames = 0;
  Size size;  ///< of the pictures in the file
  DecodeHealth health;
  DecodePath decode;  ///< at the end
  KeepReport keep;
  std::int64_t left_out_packets = 0;  ///< of sound and subtitles, damaged in the source
  std::string encoder;  ///< ClipWriter::encoder_name()
  FilledPixels filled;  ///< means over all frames; zero unless borders are filled from neighbours
  bool on_gpu = false;  ///< the GPU warped the pictures, to the end
  std::optional<std::string> gpu_trouble;  ///< why the CPU took over; one sentence
};

/// For people: a sentence for each thing of the source that is not in the output, or was made up for, because the file is damaged.
[[nodiscard]] std::vector<std::string> losses(const ExportResult& result);

/// decode | warp | encode, overlapped through bounded queues. The plan must have been solved for this clip; should the file
/// deliver more frames than the plan knows, the last warp is repeated. Memory: a few frames; with BorderFill::kNeighbours those within neighbour_reach() on
/// either side too. A GPU that fails after its pictures were handed to the encoder, which cannot give them back, has the export begin again without it, progress too. Errors: those of Decoder and ClipWriter, kCorrupt where the file delivers
/// fewer frames than the plan knows, kCancelled; then no output file exists.
[[nodiscard]] Result<ExportResult> export_clip(const ClipInfo& source, const WarpPlan& plan, const std::filesystem::path& output,
                                               const ExportSettings& settings, std::stop_token stop, const ProgressFn& progress = {});

}  // namespace keel
