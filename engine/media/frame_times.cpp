// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <optional>
#include <utility>

#include "engine/media/clip_info.h"
#include "engine/media/picture_source.h"
#include "engine/media/source_file.h"

namespace keel {
namespace {

/// VP8 keeps hidden pictures in packets of their own (RFC 6386, 9.1: the show_frame bit).
bool is_hidden_vp8(const av::SourceFile& source, const AVPacket& packet) {
  return source.parameters().codec_id == AV_CODEC_ID_VP8 && (packet.data[0] & 0x10) == 0;
}

/// Sorted times; empty where packets do not tell them: a time is missing although pictures are reordered, or two are the same.
std::optional<std::vector<std::int64_t>> times_of_packets(const av::SourceFile& source) {
  std::vector<std::int64_t> times;
  bool complete = true;
  const bool reordered = source.parameters().video_delay > 0;
  const av::PacketPtr packet = av::make_packet();
  while (complete && av_read_frame(source.container.get(), packet.get()) >= 0) {
    const bool shown = packet->stream_index == source.video_index && packet->size > 0 && (packet->flags & AV_PKT_FLAG_DISCARD) == 0;
    if (shown && !is_hidden_vp8(source, *packet)) {
      const std::int64_t time = packet->pts != AV_NOPTS_VALUE || reordered ? packet->pts : packet->dts;
      complete = time != AV_NOPTS_VALUE;
      times.push_back(time);
    }
    av_packet_unref(packet.get());
  }
  std::sort(times.begin(), times.end());
  if (!complete || std::adjacent_find(times.begin(), times.end()) != times.end()) return std::nullopt;
  return times;
}

Result<std::vector<std::int64_t>> times_of_pictures(av::SourceFile source, const std::filesystem::path& path) {
  KEEL_ASSIGN(av::PictureSource pictures, av::PictureSource::open(std::move(source), path, 0));
  std::vector<std::int64_t> times;
  for (;;) {
    KEEL_ASSIGN(const std::optional<av::Picture> picture, pictures.next());
    if (!picture) return times;
    times.push_back(picture->pts);
  }
}

}  // namespace

Result<std::vector<std::int64_t>> scan_frame_times(const std::filesystem::path& path) {
  {
    KEEL_ASSIGN(const av::SourceFile source, av::open_source(path));
    KEEL_TRY(av::find_decoder(source, path));
    av::read_video_only(source);
    if (auto times = times_of_packets(source)) return *std::move(times);
  }
  // A few files (AVI with reordered pictures, broken muxers) have times that only decoding brings out.
  KEEL_ASSIGN(av::SourceFile source, av::open_source(path));
  return times_of_pictures(std::move(source), path);
}

}  // namespace keel
