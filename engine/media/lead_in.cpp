// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/lead_in.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace keel::av {
namespace {

/// Demuxers give no more than a second of what an edit list hides, and interleave streams within a few.
constexpr std::int64_t kMostSeconds = 5;
constexpr std::int64_t kMostBytes = 64 << 20;

/// What the demuxer or the codec's header asks to be left out at the beginning, in samples.
std::int64_t samples_to_skip(const AVStream& stream, const AVPacket& first) {
  std::size_t bytes = 0;
  const std::uint8_t* side = av_packet_get_side_data(&first, AV_PKT_DATA_SKIP_SAMPLES, &bytes);
  if (side != nullptr && bytes >= 4) return AV_RL32(side);
  return std::max(0, stream.codecpar->initial_padding);
}

/// A frame of most lossy codecs is whole only where the one before it was decoded too.
bool needs_predecessor(const AVStream& stream) {
  const AVCodecDescriptor* codec = avcodec_descriptor_get(stream.codecpar->codec_id);
  return codec == nullptr || (codec->props & AV_CODEC_PROP_LOSSY) != 0;
}

class Finder {
 public:
  explicit Finder(const AVStream& stream) : stream_(stream) {}

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const std::optional<LeadIn>& lead_in() const { return lead_in_; }

  void take(const AVPacket& packet) {
    const std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (pts == AV_NOPTS_VALUE || done_) return;
    if (!lead_in_) {
      const AVRational sample{1, std::max(1, stream_.codecpar->sample_rate)};
      const std::int64_t skipped = av_rescale_q(samples_to_skip(stream_, packet), sample, stream_.time_base);
      lead_in_ = LeadIn{stream_.index, stream_.time_base, pts, pts + skipped, packet.duration, pts};
      previous_ = pts;
    }
    const bool hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0 || pts + packet.duration <= lead_in_->heard;
    if (!hidden) {
      lead_in_->needed = needs_predecessor(stream_) ? previous_ : pts;
      done_ = true;
    }
    previous_ = pts;
  }

 private:
  const AVStream& stream_;
  std::optional<LeadIn> lead_in_;
  std::int64_t previous_ = 0;
  bool done_ = false;
};

/// Writes one packet at time zero of a stream that is delayed by a second, and looks for the time that it got.
bool matroska_writer_adds_delay() {
  AVFormatContext* raw = nullptr;
  KEEL_CHECK(avformat_alloc_output_context2(&raw, nullptr, "matroska", nullptr) >= 0);
  AVStream* stream = avformat_new_stream(raw, nullptr);
  KEEL_CHECK(stream != nullptr);
  constexpr std::string_view kHeader("OpusHead\x01\x01\x80\xbb\x80\xbb\x00\x00\x00\x00\x00", 19);  // one channel, 48000 samples to skip
  AVCodecParameters& parameters = *stream->codecpar;
  parameters.codec_type = AVMEDIA_TYPE_AUDIO;
  parameters.codec_id = AV_CODEC_ID_OPUS;
  parameters.sample_rate = parameters.initial_padding = 48000;
  av_channel_layout_default(&parameters.ch_layout, 1);
  parameters.extradata = static_cast<std::uint8_t*>(av_mallocz(kHeader.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  KEEL_CHECK(parameters.extradata != nullptr);
  std::memcpy(parameters.extradata, kHeader.data(), kHeader.size());
  parameters.extradata_size = static_cast<int>(kHeader.size());
  KEEL_CHECK(avio_open_dyn_buf(&raw->pb) >= 0);
  bool written = avformat_write_header(raw, nullptr) >= 0;
  const PacketPtr packet = make_packet();
  KEEL_CHECK(av_new_packet(packet.get(), 3) >= 0);
  std::memcpy(packet->data, "\xfc\xff\xfe", 3);  // silence
  packet->pts = packet->dts = 0;
  packet->duration = av_rescale_q(20, AVRational{1, 1000}, stream->time_base);
  written = written && av_write_frame(raw, packet.get()) >= 0 && av_write_trailer(raw) >= 0;
  std::uint8_t* bytes = nullptr;
  const int size = avio_close_dyn_buf(raw->pb, &bytes);
  raw->pb = nullptr;
  avformat_free_context(raw);
  constexpr std::string_view kClusterAtOneSecond("\xe7\x82\x03\xe8", 4);
  const bool adds = written && std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)).find(kClusterAtOneSecond) != std::string_view::npos;
  av_free(bytes);
  return adds;
}

}  // namespace

Result<std::vector<LeadIn>> find_lead_ins(const std::filesystem::path& path, const std::vector<int>& streams) {
  if (streams.empty()) return std::vector<LeadIn>();
  KEEL_ASSIGN(const SourceFile source, open_source(path));
  AVFormatContext& file = *source.container;
  std::vector<Finder> finders;
  for (const int stream : streams)
    if (stream < static_cast<int>(file.nb_streams)) finders.emplace_back(*file.streams[stream]);
  std::int64_t bytes = 0;
  const std::int64_t begin = file.start_time != AV_NOPTS_VALUE ? file.start_time : 0;
  const PacketPtr packet = make_packet();
  while (!std::all_of(finders.begin(), finders.end(), [](const Finder& finder) { return finder.done(); }) && av_read_frame(&file, packet.get()) >= 0) {
    const AVStream& stream = *file.streams[packet->stream_index];
    for (std::size_t f = 0; f < finders.size(); ++f)
      if (streams[f] == packet->stream_index) finders[f].take(*packet);
    bytes += packet->size;
    const bool late = packet->dts != AV_NOPTS_VALUE && av_rescale_q(packet->dts, stream.time_base, AV_TIME_BASE_Q) - begin > kMostSeconds * AV_TIME_BASE;
    av_packet_unref(packet.get());
    if (late || bytes > kMostBytes) break;
  }
  std::vector<LeadIn> lead_ins;
  for (const Finder& finder : finders)
    if (finder.lead_in()) lead_ins.push_back(*finder.lead_in());
  return lead_ins;
}

StatedDelay delay_stated_apart(const AVOutputFormat& muxer, const AVCodecParameters& parameters) {
  if (std::string_view(muxer.name) != "matroska" || parameters.codec_id != AV_CODEC_ID_OPUS) return {};
  static const bool adds = matroska_writer_adds_delay();
  return {adds ? 0 : parameters.initial_padding, 48000};
}

}  // namespace keel::av
