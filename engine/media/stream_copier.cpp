// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/stream_copier.h"

extern "C" {
#include <libavutil/mem.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "engine/media/av_error.h"

namespace keel::av {
namespace {

bool describes_old_file(std::string_view key, bool reencoded) {
  constexpr std::array<std::string_view, 5> kAlways{"major_brand", "minor_version", "compatible_brands", "encoder", "rotate"};
  constexpr std::array<std::string_view, 7> kOfTrack{"DURATION", "BPS",       "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES",
                                                     "ENCODER",  "vendor_id", "_STATISTICS_TAGS"};
  if (std::find(kAlways.begin(), kAlways.end(), key) != kAlways.end()) return true;
  // mkvmerge adds a language: "BPS-eng".
  return reencoded && std::any_of(kOfTrack.begin(), kOfTrack.end(), [&](std::string_view start) { return key.substr(0, start.size()) == start; });
}

/// A container's own code for a codec stays where the other container knows it too, as ffmpeg does.
unsigned portable_tag(const AVOutputFormat& muxer, const AVCodecParameters& parameters) {
  unsigned known = 0;
  const bool keep = muxer.codec_tag == nullptr || av_codec_get_id(muxer.codec_tag, parameters.codec_tag) == parameters.codec_id ||
                    av_codec_get_tag2(muxer.codec_tag, parameters.codec_id, &known) == 0;
  return keep ? parameters.codec_tag : 0;
}

void copy_side_data(AVStream& target, const AVStream& source) {
  for (int i = 0; i < source.nb_side_data; ++i) {
    const AVPacketSideData& side = source.side_data[i];
    if (std::uint8_t* place = av_stream_new_side_data(&target, side.type, side.size); place != nullptr) std::memcpy(place, side.data, side.size);
  }
}

/// Matroska keeps a cover as an attached file; FFmpeg 5 does not turn the one into the other by itself.
void make_attachment(AVStream& target, const AVStream& cover) {
  const bool png = cover.codecpar->codec_id == AV_CODEC_ID_PNG;
  AVCodecParameters& parameters = *target.codecpar;
  parameters.codec_type = AVMEDIA_TYPE_ATTACHMENT;
  parameters.codec_tag = 0;
  av_freep(&parameters.extradata);
  parameters.extradata_size = 0;
  const auto bytes = static_cast<std::size_t>(cover.attached_pic.size);
  parameters.extradata = static_cast<std::uint8_t*>(av_mallocz(bytes + AV_INPUT_BUFFER_PADDING_SIZE));
  KEEL_CHECK(parameters.extradata != nullptr);
  std::memcpy(parameters.extradata, cover.attached_pic.data, bytes);
  parameters.extradata_size = cover.attached_pic.size;
  target.disposition = 0;
  av_dict_set(&target.metadata, "filename", png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
  av_dict_set(&target.metadata, "mimetype", png ? "image/png" : "image/jpeg", AV_DICT_DONT_OVERWRITE);
}

}  // namespace

void copy_metadata(AVDictionary** target, const AVDictionary* source, bool reencoded) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(source, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    if (!describes_old_file(entry->key, reencoded)) av_dict_set(target, entry->key, entry->value, 0);
}

void copy_chapters(AVFormatContext& target, const AVFormatContext& source, std::int64_t shift, AVRational shift_base) {
  if (source.nb_chapters == 0) return;
  target.chapters = static_cast<AVChapter**>(av_calloc(source.nb_chapters, sizeof(AVChapter*)));
  KEEL_CHECK(target.chapters != nullptr);
  for (unsigned c = 0; c < source.nb_chapters; ++c) {
    const AVChapter& from = *source.chapters[c];
    auto* to = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    KEEL_CHECK(to != nullptr);
    const std::int64_t moved = av_rescale_q(shift, shift_base, from.time_base);
    to->id = from.id;
    to->time_base = from.time_base;
    to->start = from.start + moved;
    to->end = from.end + moved;
    copy_metadata(&to->metadata, from.metadata, false);
    target.chapters[target.nb_chapters++] = to;
  }
}

AVStream& add_copied_stream(AVFormatContext& target, const AVStream& source) {
  AVStream* stream = avformat_new_stream(&target, nullptr);
  KEEL_CHECK(stream != nullptr);
  KEEL_CHECK(avcodec_parameters_copy(stream->codecpar, source.codecpar) >= 0);
  stream->codecpar->codec_tag = portable_tag(*target.oformat, *source.codecpar);
  // For Opus alone Matroska's players all know the delay; newer writers state it for any codec, and count times from there (see place()).
  if (std::string_view(target.oformat->name) == "matroska" && source.codecpar->codec_id != AV_CODEC_ID_OPUS) stream->codecpar->initial_padding = 0;
  stream->time_base = source.time_base;
  stream->disposition = source.disposition;
  stream->avg_frame_rate = source.avg_frame_rate;
  stream->sample_aspect_ratio = source.sample_aspect_ratio;
  copy_metadata(&stream->metadata, source.metadata, false);
  copy_side_data(*stream, source);
  const bool cover = (source.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  if (cover && std::string_view(target.oformat->name) == "matroska") make_attachment(*stream, source);
  return *stream;
}

StreamCopier::StreamCopier(InputContext source, std::vector<Route> routes, std::int64_t shift, AVRational shift_base)
    : source_(std::move(source)), routes_(std::move(routes)), shift_(shift), shift_base_(shift_base) {
  for (unsigned s = 0; s < source_->nb_streams; ++s) {
    const Route* route = route_of(static_cast<int>(s));
    const bool has_packets = route != nullptr && route->to->codecpar->codec_type != AVMEDIA_TYPE_ATTACHMENT;
    source_->streams[s]->discard = has_packets ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

StreamCopier::Route* StreamCopier::route_of(int from) {
  const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) { return route.from == from; });
  return found == routes_.end() ? nullptr : &*found;
}

/// Sound that an edit list hides goes along only as a lead-in. Of a subtitle that mark says nothing: one that began before the cut is shown after it.
bool StreamCopier::leaves_out(Route& route) const {
  if (route.to->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) return false;
  const bool hidden = (packet_->flags & AV_PKT_FLAG_DISCARD) != 0;
  if (hidden && route.begun) return true;
  const std::int64_t pts = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
  if (!route.begun && route.begin != AV_NOPTS_VALUE && pts != AV_NOPTS_VALUE && pts < route.begin) return true;
  route.begun = route.begun || !hidden;
  return false;
}

void StreamCopier::place(const AVFormatContext& target, Route& route) {
  const AVRational base = source_->streams[route.from]->time_base;
  const std::int64_t moved = av_rescale_q(shift_, shift_base_, base);
  if (packet_->pts != AV_NOPTS_VALUE) packet_->pts += moved;
  if (packet_->dts != AV_NOPTS_VALUE) packet_->dts += moved;
  av_packet_rescale_ts(packet_.get(), base, route.to->time_base);
  const std::int64_t delay = av_rescale_q(route.delay.samples, AVRational{1, route.delay.rate}, route.to->time_base);
  if (packet_->pts != AV_NOPTS_VALUE) packet_->pts += delay;
  if (packet_->dts != AV_NOPTS_VALUE) packet_->dts += delay;
  if (packet_->dts == AV_NOPTS_VALUE) packet_->dts = packet_->pts;
  if (packet_->dts == AV_NOPTS_VALUE) packet_->dts = route.last_dts == AV_NOPTS_VALUE ? 0 : route.last_dts + 1;
  if (packet_->pts == AV_NOPTS_VALUE) packet_->pts = packet_->dts;
  // Most muxers refuse a packet that does not come after its predecessor; rounding and careless recorders make such. Where they take two of one time, frames shorter than
  // the container's tick (TrueHD in milliseconds) need that: the sound would else run away from the picture.
  const std::int64_t least_step = (target.oformat->flags & AVFMT_TS_NONSTRICT) != 0 ? 0 : 1;
  if (route.last_dts != AV_NOPTS_VALUE) packet_->dts = std::max(packet_->dts, route.last_dts + least_step);
  packet_->pts = std::max(packet_->pts, packet_->dts);
  route.last_dts = packet_->dts;
  packet_->stream_index = route.to->index;
  packet_->pos = -1;
}

bool StreamCopier::fetch(const AVFormatContext& target) {
  constexpr int kPatience = 256;  // a demuxer that asks to be called again this often will not recover
  for (int attempts = 0; !ended_ && attempts < kPatience;) {
    const int code = av_read_frame(source_.get(), packet_.get());
    if (code == AVERROR(EAGAIN)) {
      ++attempts;
      continue;
    }
    if (code < 0) break;
    Route* route = route_of(packet_->stream_index);
    if (route != nullptr && route->to->codecpar->codec_type != AVMEDIA_TYPE_ATTACHMENT && !leaves_out(*route)) {
      place(target, *route);
      return true;
    }
    av_packet_unref(packet_.get());
  }
  ended_ = true;
  return false;
}

Result<void> StreamCopier::write(AVFormatContext& target, const std::filesystem::path& output) {
  held_ = false;
  const int code = av_interleaved_write_frame(&target, packet_.get());
  // Containers that store sound otherwise (AAC out of a transport stream) have to read it, and cannot where a part of it was lost.
  if (code != AVERROR_INVALIDDATA) return code < 0 ? Result<void>(write_error(code, output)) : Result<void>();
  av_packet_unref(packet_.get());
  take_log_line();
  ++left_out_;
  return {};
}

Result<void> StreamCopier::copy_until(AVFormatContext& target, std::int64_t time, AVRational time_base, const std::filesystem::path& output) {
  while (!routes_.empty() && (held_ || fetch(target))) {
    held_ = true;
    const AVRational base = target.streams[packet_->stream_index]->time_base;
    if (av_compare_ts(packet_->dts, base, time, time_base) >= 0) return {};
    KEEL_TRY(write(target, output));
  }
  return {};
}

Result<void> StreamCopier::copy_rest(AVFormatContext& target, const std::filesystem::path& output, const std::stop_token& stop) {
  while (!routes_.empty() && (held_ || fetch(target))) {
    if (stop.stop_requested()) return export_cancelled();
    KEEL_TRY(write(target, output));
  }
  return {};
}

}  // namespace keel::av
