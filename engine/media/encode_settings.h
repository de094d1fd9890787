// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/clip_writer.h"

namespace keel::av {

/// Names known and numbers in range.
[[nodiscard]] Result<void> validate(const EncodeSettings& settings);

/// The encoder of the settings' codec; an error where this build of FFmpeg has none.
[[nodiscard]] Result<const AVCodec*> find_encoder(const EncodeSettings& settings);

/// NVENC's name for the effort nearest to one of x264's: "p4" for "medium".
[[nodiscard]] std::string nvenc_preset(const std::string& preset);

/// Whether crf and preset mean something to the codec.
[[nodiscard]] bool has_quality_setting(VideoCodec codec);

}  // namespace keel::av
