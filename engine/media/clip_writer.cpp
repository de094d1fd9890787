// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/clip_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/media/av_error.h"
#include "engine/media/export_plan.h"
#include "engine/media/hdr_metadata.h"
#include "engine/media/part_file.h"
#include "engine/media/stream_copier.h"
#include "engine/media/video_encoder.h"

namespace keel {
namespace {

using namespace av;

void copy_video_side_data(AVStream& target, const SourceFile& source, bool display_rotation) {
  for (const AVPacketSideDataType type : {AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_STEREO3D, AV_PKT_DATA_SPHERICAL}) {
    if (type == AV_PKT_DATA_DISPLAYMATRIX && !display_rotation) continue;
    std::size_t bytes = 0;
    const std::uint8_t* data = av_stream_get_side_data(&source.video(), type, &bytes);
    if (data == nullptr) continue;
    if (std::uint8_t* place = av_stream_new_side_data(&target, type, bytes); place != nullptr) std::memcpy(place, data, bytes);
  }
}

AVStream& add_video_stream(AVFormatContext& target, const SourceFile& source, const ExportPlan& plan, const VideoEncoder& encoder) {
  AVStream* stream = avformat_new_stream(&target, nullptr);
  KEEL_CHECK(stream != nullptr);
  KEEL_CHECK(avcodec_parameters_from_context(stream->codecpar, &encoder.context()) >= 0);
  stream->codecpar->format = plan.picture.format;  // not where the encoder has it from
  stream->time_base = plan.picture.time_base;
  stream->sample_aspect_ratio = plan.picture.sample_aspect;
  // Matroska turns this into a default duration, which would be a lie for a variable rate; the QuickTime family counts its timecode by it.
  if (plan.constant_rate || plan.container.is_mov_family()) stream->avg_frame_rate = plan.picture.frame_rate;
  stream->disposition = source.video().disposition;
  // "hev1", FFmpeg's choice, is not played by Apple's programs.
  if (plan.settings.codec == VideoCodec::kHevc && plan.container.is_mov_family()) stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
  copy_metadata(&stream->metadata, source.video().metadata, true);
  copy_video_side_data(*stream, source, plan.container.display_matrix);
  add_hdr_metadata(*stream, plan.picture.hdr);
  return *stream;
}

bool has_reverse_dns_key(const AVDictionary* metadata) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    if (std::string_view(entry->key).starts_with("com.")) return true;
  return false;
}

void set_muxer_options(Options& options, const ExportPlan& plan, const SourceFile& source) {
  if (!plan.container.is_mov_family()) return;
  const int ticks = plan.picture.time_base.den;
  options.set("video_track_timescale", std::to_string(ticks));
  // Start offsets are stored in the movie's own unit, by default milliseconds: a multiple of the video's is exact for it and good to a
  // sample for sound. Above this limit a clip of two hours would need 64-bit boxes, which old players do not read.
  constexpr int kFinestMovieScale = 500000;
  const int movie_scale = ticks <= kFinestMovieScale ? ticks * (kFinestMovieScale / ticks) : kFinestMovieScale;
  options.set("movie_timescale", std::to_string(movie_scale));
  // Keys such as com.apple.quicktime.location exist only in this kind of table, and files with them had it before.
  if (has_reverse_dns_key(source.container->metadata)) options.set("movflags", "+use_metadata_tags");
}

class FileWriter final : public ClipWriter {
 public:
  FileWriter(const ClipInfo& info, std::filesystem::path output, ExportPlan plan, VideoEncoder encoder, std::stop_token stop)
      : output_(std::move(output)),
        plan_(std::move(plan)),
        encoder_(std::move(encoder)),
        stop_(std::move(stop)),
        takes_surfaces_(encoder_.takes_surfaces(info.format, info.color)),
        part_(output_),
        source_base_{static_cast<int>(info.time_base.num), static_cast<int>(info.time_base.den)} {}

  /// Opens the file and writes its header; `source` becomes the place where the other streams come from.
  Result<void> start(SourceFile source) {
    AVFormatContext* raw = nullptr;
    if (avformat_alloc_output_context2(&raw, &plan_.container.muxer(), nullptr, file_url(part_.path()).c_str()) < 0)
      return write_error(AVERROR(ENOMEM), output_);
    file_.reset(raw);
    std::vector<StreamCopier::Route> routes = add_streams(source);
    copy_metadata(&raw->metadata, source.container->metadata, false);
    if (plan_.container.chapters) copy_chapters(*raw, *source.container, plan_.shift, source_base_);
    Options io_options;
    io_options.set("protocol_whitelist", "file");
    KEEL_TRY(part_.claim());
    if (const int code = avio_open2(&raw->pb, raw->url, AVIO_FLAG_WRITE, nullptr, io_options.address()); code < 0) return write_error(code, output_);
    // What container_rules.cpp lets through is standardized by now (FLAC in MP4), whatever this FFmpeg thinks of its age.
    raw->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    Options options;
    set_muxer_options(options, plan_, source);
    take_log_line();
    if (const int code = avformat_write_header(raw, options.address()); code < 0) return write_error(code, output_);
    copier_ = std::make_unique<StreamCopier>(std::move(source.container), std::move(routes), plan_.shift, source_base_);
    return {};
  }

  Result<void> write(const Frame& frame, std::int64_t pts, std::int64_t duration) override {
    if (failure_) return *failure_;
    const std::int64_t placed = place(pts);
    const std::int64_t lasts = std::max<std::int64_t>(1, rescale(duration));
    if (!first_placed_) first_placed_ = placed;
    end_pts_ = placed + lasts;
    return remember(encode(&frame, placed, lasts));
  }

  Result<void> finish() override {
    if (failure_) return *failure_;
    if (finished_) return {};
    KEEL_TRY(remember(complete()));
    finished_ = true;
    return {};
  }

  bool takes_surfaces() const override { return takes_surfaces_; }
  std::int64_t left_out_packets() const override { return copier_->left_out(); }
  const KeepReport& keep_report() const override { return plan_.report; }
  std::string encoder_name() const override { return plan_.picture.encoder->name; }

 private:
  std::vector<StreamCopier::Route> add_streams(const SourceFile& source) {
    std::vector<StreamCopier::Route> routes;
    for (unsigned s = 0; s < source.container->nb_streams; ++s) {
      const int index = static_cast<int>(s);
      if (index == source.video_index)
        video_ = &add_video_stream(*file_, source, plan_, encoder_);
      else if (std::find(plan_.copied_streams.begin(), plan_.copied_streams.end(), index) != plan_.copied_streams.end())
        routes.push_back(route(index, *source.container->streams[s]));
    }
    return routes;
  }

  StreamCopier::Route route(int index, const AVStream& source) {
    StreamCopier::Route route;
    route.from = index;
    route.to = &add_copied_stream(*file_, source);
    route.delay = delay_stated_apart(plan_.container.muxer(), *route.to->codecpar);
    if (const auto begin = plan_.copied_from.find(index); begin != plan_.copied_from.end()) route.begin = begin->second;
    return route;
  }

  std::int64_t rescale(std::int64_t ticks) const { return av_rescale_q(ticks, source_base_, plan_.picture.time_base); }

  /// The time that a frame gets in the encoder's time base; strictly increasing also where two frames round to one number.
  std::int64_t place(std::int64_t pts) {
    if (plan_.count_frames && !first_pts_) first_pts_ = pts;
    const std::int64_t origin = plan_.count_frames ? -*first_pts_ : plan_.shift;
    last_pts_ = std::max(rescale(pts + origin), last_pts_ + 1);
    return last_pts_;
  }

  Result<void> encode(const Frame* frame, std::int64_t pts, std::int64_t duration) {
    try {
      KEEL_TRY(encoder_.send(frame, pts, duration));
    } catch (const std::bad_alloc&) {
      return write_error(AVERROR(ENOMEM), output_);
    }
    for (;;) {
      KEEL_ASSIGN(const bool got, encoder_.receive(*newest_));
      if (!got) return {};
      if (packet_->data != nullptr) KEEL_TRY(mux());
      std::swap(packet_, newest_);
      if (!first_dts_) first_dts_ = packet_->dts;
    }
  }

  /// The QuickTime family derives a track's length from decoding times. With reordered pictures and a variable rate these end earlier than the
  /// last picture, and players would cut it: the last packet makes up for the difference.
  void stretch_last_packet() {
    if (packet_->data == nullptr || !plan_.container.is_mov_family()) return;
    packet_->duration = std::max(packet_->duration, (end_pts_ - *first_placed_) - (packet_->dts - *first_dts_));
  }

  Result<void> mux() {
    packet_->stream_index = video_->index;
    av_packet_rescale_ts(packet_.get(), plan_.picture.time_base, video_->time_base);
    const std::int64_t dts = packet_->dts;
    if (const int code = av_interleaved_write_frame(file_.get(), packet_.get()); code < 0) return write_error(code, output_);
    KEEL_TRY(copier_->copy_until(*file_, dts, video_->time_base, output_));
    return check_io();
  }

  /// Buffered bytes fail later than the call that wrote them.
  Result<void> check_io() const {
    if (file_->pb->error < 0) return write_error(file_->pb->error, output_);
    return {};
  }

  Result<void> complete() {
    KEEL_TRY(encode(nullptr, 0, 0));
    stretch_last_packet();
    if (packet_->data != nullptr) KEEL_TRY(mux());
    KEEL_TRY(copier_->copy_rest(*file_, output_, stop_));
    if (stop_.stop_requested()) return export_cancelled();
    if (const int code = av_write_trailer(file_.get()); code < 0) return write_error(code, output_);
    avio_flush(file_->pb);
    KEEL_TRY(check_io());
    if (const int code = avio_closep(&file_->pb); code < 0) return write_error(code, output_);
    return part_.commit();
  }

  Result<void> remember(Result<void> result) {
    if (!result.ok()) failure_ = result.error();
    return result;
  }

  std::filesystem::path output_;
  ExportPlan plan_;
  VideoEncoder encoder_;
  std::stop_token stop_;
  bool takes_surfaces_;
  PartFile part_;  ///< declared before file_: removed after it is closed
  OutputContext file_;
  AVStream* video_ = nullptr;  ///< owned by file_
  std::unique_ptr<StreamCopier> copier_;
  PacketPtr packet_ = make_packet();  ///< encoded and not written yet: the last one is changed
  PacketPtr newest_ = make_packet();
  AVRational source_base_;
  std::optional<std::int64_t> first_pts_;     ///< in the source's time base
  std::optional<std::int64_t> first_placed_;  ///< these three in the encoder's time base
  std::optional<std::int64_t> first_dts_;
  std::int64_t end_pts_ = 0;
  std::int64_t last_pts_ = std::numeric_limits<std::int64_t>::min();
  std::optional<Error> failure_;  ///< the first one: later calls give it again
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<ClipWriter>> ClipWriter::open(const ClipInfo& source, const std::filesystem::path& output, const EncodeSettings& settings,
                                                     std::stop_token stop, EncodeFrom from) {
  KEEL_ASSIGN(SourceFile file, open_source(source.path));
  KEEL_ASSIGN(ExportPlan plan, make_export_plan(source, file, output, settings));
  KEEL_ASSIGN(VideoEncoder encoder, VideoEncoder::open(plan, output, stop, from));
  auto writer = std::make_unique<FileWriter>(source, output, std::move(plan), std::move(encoder), std::move(stop));
  KEEL_TRY(writer->start(std::move(file)));
  return std::unique_ptr<ClipWriter>(std::move(writer));
}

}  // namespace keel
