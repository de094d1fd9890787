// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/clip_writer.h"
#include "engine/media/container_rules.h"
#include "engine/media/orientation.h"
#include "engine/media/source_file.h"

namespace keel::av {

/// Pictures as the encoder gets them.
struct EncodedPicture {
  const AVCodec* encoder = nullptr;
  Size size;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  ColorTags color;
  HdrMetadata hdr;
  AVRational sample_aspect{1, 1};
  AVRational frame_rate{25, 1};
  AVRational time_base{1, 25};
};

/// All decisions of an export, made before the first frame, so that what is promised and what is done cannot differ.
struct ExportPlan {
  Container container;
  EncodeSettings settings;
  EncodedPicture picture;
  Orientation to_stored;            ///< from the upright picture to the encoded one
  bool count_frames = false;        ///< the container has no frame times: pictures are numbered at the average rate
  bool constant_rate = false;       ///< the container of the source says so
  std::vector<int> copied_streams;  ///< indices in the source
  std::int64_t shift = 0;           ///< added to all times of the source, in the time base of its video
  std::map<int, std::int64_t> copied_from;  ///< by stream: packets before this time, in the source and its time base, are left out
  KeepReport report;
};

/// Errors: those of plan_export().
[[nodiscard]] Result<ExportPlan> make_export_plan(const ClipInfo& info, const SourceFile& source, const std::filesystem::path& output,
                                                  const EncodeSettings& settings);

}  // namespace keel::av
