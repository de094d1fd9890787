// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "engine/base/counted.h"
#include "engine/media/clip_info.h"
#include "engine/media/decoder.h"
#include "engine/media/hdr_metadata.h"
#include "engine/media/pixel_map.h"
#include "engine/media/source_file.h"

namespace keel {
namespace av {
namespace {

std::string tag(const AVDictionary* dictionary, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(dictionary, key, nullptr, 0);
  return entry == nullptr ? std::string() : entry->value;
}

/// Matroska keeps the length of each track in a tag, "00:00:12.345000000"; the container's own is that of the longest track.
double tagged_seconds(const AVStream& stream) {
  const std::string text = tag(stream.metadata, "DURATION");
  int hours = 0, minutes = 0;
  double seconds = 0;
  if (std::sscanf(text.c_str(), "%d:%d:%lf", &hours, &minutes, &seconds) != 3) return 0;
  return hours * 3600.0 + minutes * 60.0 + seconds;
}

/// Writers of Matroska and NUT count a track's length from zero; mkvmerge, which signs its tags, counts it from the first frame.
double seconds_before_start(const AVStream& stream) {
  const bool from_first_frame = !tag(stream.metadata, "_STATISTICS_WRITING_APP").empty();
  return from_first_frame || stream.start_time == AV_NOPTS_VALUE ? 0 : std::max(0.0, static_cast<double>(stream.start_time) * av_q2d(stream.time_base));
}

std::string type_name(const AVStream& stream) {
  const char* name = av_get_media_type_string(stream.codecpar->codec_type);
  return name == nullptr ? "unknown" : name;
}

std::vector<StreamInfo> list_streams(const AVFormatContext& container) {
  std::vector<StreamInfo> streams;
  for (unsigned s = 0; s < container.nb_streams; ++s) {
    const AVStream& stream = *container.streams[s];
    std::string language = tag(stream.metadata, "language");
    if (language == "und") language.clear();
    streams.push_back({static_cast<int>(s), type_name(stream), avcodec_get_name(stream.codecpar->codec_id), language});
  }
  return streams;
}

Rational to_rational(AVRational value) { return {value.num, value.den}; }

Rational upright_aspect(const SourceFile& source, Orientation orientation) {
  AVRational aspect = av_guess_sample_aspect_ratio(source.container.get(), &source.video(), nullptr);
  if (aspect.num <= 0 || aspect.den <= 0) return {1, 1};
  if (orientation.transpose) std::swap(aspect.num, aspect.den);
  return to_rational(aspect);
}

std::int64_t guess_frame_count(const SourceFile& source) {
  const AVStream& video = source.video();
  if (video.nb_frames > 0) return video.nb_frames;
  const std::string tagged = tag(video.metadata, "NUMBER_OF_FRAMES");
  if (const long long count = std::strtoll(tagged.c_str(), nullptr, 10); count > 0) return count;
  const double seconds = static_cast<double>(video_duration(source)) * av_q2d(video.time_base);
  return std::llround(seconds * av_q2d(frame_rate_of(source)));
}

}  // namespace

AVRational frame_rate_of(const SourceFile& source) {
  const AVStream& video = source.video();
  for (const AVRational rate :
       {video.avg_frame_rate, video.r_frame_rate,
        source.parameters().codec_id != AV_CODEC_ID_NONE ? av_guess_frame_rate(source.container.get(), &source.video(), nullptr) : AVRational{0, 1}})
    if (rate.num > 0 && rate.den > 0) return rate;
  return {25, 1};
}

std::int64_t usual_duration(const SourceFile& source) {
  return std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(frame_rate_of(source)), source.video().time_base));
}

std::int64_t video_duration(const SourceFile& source) {
  const AVStream& video = source.video();
  // Of a truncated .avi FFmpeg cuts the duration to fit; the header's count of frames, one tick each, is what was promised.
  if (std::string_view(source.container->iformat->name) == "avi" && video.nb_frames > 0) return std::max(video.duration, video.nb_frames);
  if (video.duration > 0) return video.duration;
  const std::string_view format = source.container->iformat->name;
  const bool from_zero = format.starts_with("matroska") || format == "nut";
  const double before_s = from_zero ? seconds_before_start(video) : 0;
  if (const double seconds = tagged_seconds(video) - before_s; seconds > 0) return std::llround(seconds / av_q2d(video.time_base));
  const double of_all_s = static_cast<double>(source.container->duration) / AV_TIME_BASE - before_s;
  return of_all_s > 0 ? std::llround(of_all_s / av_q2d(video.time_base)) : 0;
}

Orientation applied_orientation(const SourceFile& source) { return orientation_of(source.video()).value_or(Orientation{}); }

StoredPicture stored_picture(const SourceFile& source) {
  const AVCodecParameters& parameters = source.parameters();
  StoredPicture picture;
  picture.size = {parameters.width, parameters.height};
  picture.source = static_cast<AVPixelFormat>(parameters.format);
  picture.delivered = planar_equivalent(picture.source);
  // Every format that is delivered has a name in FFmpeg, also after the turn: encoders and scalers need one.
  if (const auto layout = planar_layout(picture.delivered); layout && format_of(applied_orientation(source).apply(*layout)) == AV_PIX_FMT_NONE)
    picture.delivered = without_subsampling(picture.delivered);
  return picture;
}

ClipInfo describe(const SourceFile& source, const AVCodec& decoder, const std::filesystem::path& path) {
  const AVStream& video = source.video();
  const StoredPicture picture = stored_picture(source);
  const Orientation orientation = applied_orientation(source);
  ClipInfo info;
  info.path = path;
  info.container = source.container->iformat->name;
  info.codec = avcodec_get_name(video.codecpar->codec_id);
  info.decode.decoder = fmt::format("software {}", decoder.name);
  info.video_stream = source.video_index;
  info.size = orientation.apply(picture.size);
  info.format = orientation.apply(*planar_layout(picture.delivered));
  info.source_pixel_format = name_of(picture.source);
  info.format_converted = without_j(picture.source) != picture.delivered;
  info.color = color_of(*video.codecpar);
  info.hdr = hdr_metadata_of(video);
  info.sample_aspect = upright_aspect(source, orientation);
  info.rotation_deg = orientation.rotation_deg();
  info.time_base = to_rational(video.time_base);
  info.frame_rate = to_rational(frame_rate_of(source));
  info.start_pts = video.start_time == AV_NOPTS_VALUE ? 0 : video.start_time;
  info.frame_count_hint = guess_frame_count(source);
  info.duration_s = static_cast<double>(video_duration(source)) * av_q2d(video.time_base);
  info.streams = list_streams(*source.container);
  return info;
}

}  // namespace av

std::string to_string(const DecodePath& path) {
  if (!path.reason.empty()) return fmt::format("{}, because {}", path.decoder, path.reason);
  return path.copied.empty() ? path.decoder : fmt::format("{}, copied to the computer's memory, because {}", path.decoder, path.copied);
}

std::vector<std::string> describe(const DecodeHealth& health, std::int64_t frames) {
  std::vector<std::string> sentences;
  if (health.damaged_frames > 0) sentences.push_back(fmt::format("Bridged {} with the last good picture.", counted(health.damaged_frames, "damaged frame")));
  if (health.ended_early) sentences.push_back(fmt::format("The input ends early: it is truncated after {}.", counted(frames, "frame")));
  if (health.resized_frames > 0) sentences.push_back(fmt::format("The picture's size changes within the file: {} scaled to the size of the first.", health.resized_frames == 1 ? "1 frame was" : counted(health.resized_frames, "frame") + " were"));
  return sentences;
}

std::optional<std::string> decode_trouble(const DecodePath& path) {
  if (!path.gave_up) return std::nullopt;
  return fmt::format("The clip is decoded by {}; the frames are the same.", to_string(path));
}

Result<ClipInfo> probe(const std::filesystem::path& path, const DecodeDevice* device) {
  // Containers without presentation times (AVI) do not know when their first picture is shown: only the decoder does.
  KEEL_ASSIGN(const std::unique_ptr<Decoder> decoder, Decoder::open(path, {.device = device}));
  return decoder->info();
}

}  // namespace keel
