// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/clip_writer.h"

namespace keel::av {

/// Names known and numbers in range.
[[nodiscard]] Result<void> validate(const EncodeSettings& settings);

/// The encoder of a codec; an error where this build of FFmpeg has none.
[[nodiscard]] Result<const AVCodec*> find_encoder(VideoCodec codec);

/// Whether crf and preset mean something to the codec.
[[nodiscard]] bool has_quality_setting(VideoCodec codec);

}  // namespace keel::av
