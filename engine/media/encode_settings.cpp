// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/encode_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace keel {
namespace {

struct CodecEntry {
  VideoCodec codec;
  const char* name;
  const char* encoder;
};
constexpr std::array<CodecEntry, 4> kCodecs{{{VideoCodec::kH264, "h264", "libx264"},
                                             {VideoCodec::kHevc, "hevc", "libx265"},
                                             {VideoCodec::kProRes, "prores", "prores_ks"},
                                             {VideoCodec::kFfv1, "ffv1", "ffv1"}}};

const CodecEntry& entry_of(VideoCodec codec) {
  const auto* found = std::find_if(kCodecs.begin(), kCodecs.end(), [&](const CodecEntry& entry) { return entry.codec == codec; });
  KEEL_CHECK(found != kCodecs.end());
  return *found;
}

constexpr std::array<std::string_view, 10> kPresets{"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                                    "medium",    "slow",      "slower",   "veryslow", "placebo"};

}  // namespace

std::string to_string(VideoCodec codec) { return entry_of(codec).name; }

Result<VideoCodec> parse_video_codec(const std::string& name) {
  for (const CodecEntry& entry : kCodecs)
    if (name == entry.name) return entry.codec;
  return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a known codec; use h264, hevc, prores or ffv1.", name)};
}

namespace av {

bool has_quality_setting(VideoCodec codec) { return codec == VideoCodec::kH264 || codec == VideoCodec::kHevc; }

Result<void> validate(const EncodeSettings& settings) {
  constexpr int kWorstCrf = 51;
  if (settings.threads < 0) return Error{ErrorCode::kInvalidArgument, fmt::format("{} is not a number of threads; use 0 or more.", settings.threads)};
  if (!has_quality_setting(settings.codec)) return {};
  if (settings.crf < 0 || settings.crf > kWorstCrf)
    return Error{ErrorCode::kInvalidArgument, fmt::format("A crf of {} is out of range; use 0 (lossless) to {} (worst).", settings.crf, kWorstCrf)};
  if (std::find(kPresets.begin(), kPresets.end(), settings.preset) == kPresets.end())
    return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a preset; use one of {}.", settings.preset, fmt::join(kPresets, ", "))};
  return {};
}

Result<const AVCodec*> find_encoder(VideoCodec codec) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(entry_of(codec).encoder);
  if (encoder == nullptr)
    return Error{ErrorCode::kUnsupported,
                 fmt::format("The {} encoder ({}) is not installed; choose another codec.", to_string(codec), entry_of(codec).encoder)};
  return encoder;
}

}  // namespace av
}  // namespace keel
