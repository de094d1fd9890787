// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/hdr_metadata.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace keel::av {
namespace {

int counted(AVRational value, int unit) { return value.den == 0 ? 0 : static_cast<int>(std::lround(av_q2d(value) * unit)); }

void read(const AVMasteringDisplayMetadata& from, HdrMetadata& to) {
  if (from.has_primaries == 0 || from.has_luminance == 0) return;
  to.has_display = true;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t xy = 0; xy < 2; ++xy) to.chromaticity[2 * i + xy] = counted(from.display_primaries[i][xy], HdrMetadata::kChromaticityUnit);
  for (std::size_t xy = 0; xy < 2; ++xy) to.chromaticity[6 + xy] = counted(from.white_point[xy], HdrMetadata::kChromaticityUnit);
  to.max_luminance = counted(from.max_luminance, HdrMetadata::kLuminanceUnit);
  to.min_luminance = counted(from.min_luminance, HdrMetadata::kLuminanceUnit);
}

void read(const AVContentLightMetadata& from, HdrMetadata& to) {
  to.max_content = static_cast<int>(std::min(from.MaxCLL, 65535U));
  to.max_average = static_cast<int>(std::min(from.MaxFALL, 65535U));
}

/// Side data come as bytes: copied, because nothing says that they are aligned or long enough.
template <class Value>
void read_bytes(const void* data, std::size_t bytes, HdrMetadata& to) {
  Value value{};
  if (data == nullptr || bytes < sizeof value) return;
  std::memcpy(&value, data, sizeof value);
  read(value, to);
}

/// Hands `value` (allocated by FFmpeg, as the stream will free it) over to the stream.
template <class Value>
void give(AVStream& stream, AVPacketSideDataType type, Value* value, std::size_t bytes) {
  if (value == nullptr) return;
  if (av_stream_add_side_data(&stream, type, reinterpret_cast<std::uint8_t*>(value), bytes) < 0) av_free(value);
}

}  // namespace

HdrMetadata hdr_metadata_of(const AVStream& stream) {
  HdrMetadata hdr;
  std::size_t bytes = 0;
  const auto data = [&](AVPacketSideDataType type) { return av_stream_get_side_data(&stream, type, &bytes); };
  const std::uint8_t* display = data(AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
  read_bytes<AVMasteringDisplayMetadata>(display, bytes, hdr);
  const std::uint8_t* light = data(AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
  read_bytes<AVContentLightMetadata>(light, bytes, hdr);
  return hdr;
}

HdrMetadata hdr_metadata_of(const AVFrame& picture) {
  HdrMetadata hdr;
  if (const AVFrameSideData* display = av_frame_get_side_data(&picture, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA); display != nullptr)
    read_bytes<AVMasteringDisplayMetadata>(display->data, display->size, hdr);
  if (const AVFrameSideData* light = av_frame_get_side_data(&picture, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL); light != nullptr)
    read_bytes<AVContentLightMetadata>(light->data, light->size, hdr);
  return hdr;
}

void add_hdr_metadata(AVStream& stream, const HdrMetadata& hdr) {
  if (hdr.has_display) {
    AVMasteringDisplayMetadata* display = av_mastering_display_metadata_alloc();
    if (display != nullptr) {
      const auto chromaticity = [&](std::size_t i) { return AVRational{hdr.chromaticity[i], HdrMetadata::kChromaticityUnit}; };
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t xy = 0; xy < 2; ++xy) display->display_primaries[i][xy] = chromaticity(2 * i + xy);
      for (std::size_t xy = 0; xy < 2; ++xy) display->white_point[xy] = chromaticity(6 + xy);
      display->max_luminance = {hdr.max_luminance, HdrMetadata::kLuminanceUnit};
      display->min_luminance = {hdr.min_luminance, HdrMetadata::kLuminanceUnit};
      display->has_primaries = display->has_luminance = 1;
    }
    give(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, display, sizeof(AVMasteringDisplayMetadata));
  }
  if (hdr.max_content > 0) {
    std::size_t bytes = 0;
    AVContentLightMetadata* light = av_content_light_metadata_alloc(&bytes);
    if (light != nullptr) {
      light->MaxCLL = static_cast<unsigned>(hdr.max_content);
      light->MaxFALL = static_cast<unsigned>(hdr.max_average);
    }
    give(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, light, bytes);
  }
}

std::string hdr_parameters(const HdrMetadata& hdr, VideoCodec codec) {
  const bool x265 = codec == VideoCodec::kHevc;
  std::string text;
  if (hdr.has_display) {
    const auto& c = hdr.chromaticity;
    text = fmt::format("{}=G({},{})B({},{})R({},{})WP({},{})L({},{})", x265 ? "master-display" : "mastering-display", c[2], c[3], c[4], c[5], c[0], c[1], c[6], c[7],
                       hdr.max_luminance, hdr.min_luminance);
  }
  if (hdr.max_content > 0) text += fmt::format("{}{}={},{}", text.empty() ? "" : ":", x265 ? "max-cll" : "cll", hdr.max_content, hdr.max_average);
  return text;
}

}  // namespace keel::av
