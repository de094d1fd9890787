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
  const char* nvenc;  ///< null: none
};
constexpr std::array<CodecEntry, 4> kCodecs{{{VideoCodec::kH264, "h264", "libx264", "h264_nvenc"},
                                             {VideoCodec::kHevc, "hevc", "libx265", "hevc_nvenc"},
                                             {VideoCodec::kProRes, "prores", "prores_ks", nullptr},
                                             {VideoCodec::kFfv1, "ffv1", "ffv1", nullptr}}};

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

std::string to_string(EncoderKind kind) {
  switch (kind) {
    case EncoderKind::kSoftware: return "software";
    case EncoderKind::kNvenc: return "nvenc";
  }
  return {};
}

Result<EncoderKind> parse_encoder_kind(const std::string& name) {
  for (const EncoderKind kind : {EncoderKind::kSoftware, EncoderKind::kNvenc})
    if (name == to_string(kind)) return kind;
  return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a known encoder; use software or nvenc.", name)};
}

namespace av {

std::string nvenc_preset(const std::string& preset) {
  // Of kPresets, in their order.
  constexpr std::array<const char*, kPresets.size()> kNearest{"p1", "p1", "p2", "p3", "p3", "p4", "p5", "p6", "p7", "p7"};
  const auto* found = std::find(kPresets.begin(), kPresets.end(), preset);
  KEEL_CHECK(found != kPresets.end());
  return kNearest[static_cast<std::size_t>(found - kPresets.begin())];
}

bool has_quality_setting(VideoCodec codec) { return codec == VideoCodec::kH264 || codec == VideoCodec::kHevc; }

Result<void> validate(const EncodeSettings& settings) {
  constexpr int kWorstCrf = 51;
  if (settings.threads < 0) return Error{ErrorCode::kInvalidArgument, fmt::format("{} is not a number of threads; use 0 or more.", settings.threads)};
  const bool nvenc = settings.encoder == EncoderKind::kNvenc;
  if (nvenc && entry_of(settings.codec).nvenc == nullptr)
    return Error{ErrorCode::kInvalidArgument, fmt::format("NVENC does not encode {}; use h264 or hevc, or the software encoder.", to_string(settings.codec))};
  if (!has_quality_setting(settings.codec)) return {};
  if (nvenc && settings.crf == 0) return Error{ErrorCode::kInvalidArgument, "A crf of 0, lossless, is the software encoder's; use 1 to 51 with NVENC."};
  if (settings.crf < 0 || settings.crf > kWorstCrf)
    return Error{ErrorCode::kInvalidArgument, fmt::format("A crf of {} is out of range; use 0 (lossless) to {} (worst).", settings.crf, kWorstCrf)};
  if (std::find(kPresets.begin(), kPresets.end(), settings.preset) == kPresets.end())
    return Error{ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a preset; use one of {}.", settings.preset, fmt::join(kPresets, ", "))};
  return {};
}

Result<const AVCodec*> find_encoder(const EncodeSettings& settings) {
  const CodecEntry& entry = entry_of(settings.codec);
  const char* name = settings.encoder == EncoderKind::kNvenc ? entry.nvenc : entry.encoder;
  const AVCodec* encoder = avcodec_find_encoder_by_name(name);
  if (encoder == nullptr)
    return Error{ErrorCode::kUnsupported, fmt::format("The {} encoder ({}) is not installed; choose another {}.", entry.name, name,
                                                      settings.encoder == EncoderKind::kNvenc ? "encoder" : "codec")};
  return encoder;
}

}  // namespace av
}  // namespace keel
