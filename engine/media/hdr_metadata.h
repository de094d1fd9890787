// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/media/av_raii.h"
#include "engine/media/clip_info.h"
#include "engine/media/clip_writer.h"

namespace keel::av {

/// What the container says, or what the bit stream says beside a decoded picture.
[[nodiscard]] HdrMetadata hdr_metadata_of(const AVStream& stream);
[[nodiscard]] HdrMetadata hdr_metadata_of(const AVFrame& picture);

/// Has the muxer write it, where the container has a place for it.
void add_hdr_metadata(AVStream& stream, const HdrMetadata& hdr);

/// "key=value:key=value" as the parameter lists of x264 and x265 take it; empty where there is nothing to say.
[[nodiscard]] std::string hdr_parameters(const HdrMetadata& hdr, VideoCodec codec);

}  // namespace keel::av
