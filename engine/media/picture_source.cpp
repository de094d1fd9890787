// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/picture_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>

#include "engine/base/counted.h"
#include "engine/media/av_error.h"

namespace keel::av {
namespace {

/// A decoder that says "error" this often while it is being drained, or a demuxer that asks to be called again this often, will not recover.
constexpr int kHopeless = 256;

/// Most pictures by which codecs let display and decoding order differ.
constexpr int kMostReordered = 16;

/// FFmpeg offers the device's format where it can decode there; if opening that fails, it asks again without it.
AVPixelFormat choose_format(AVCodecContext* codec, const AVPixelFormat* offered) {
  const AVPixelFormat surface = static_cast<const DecodeDevice*>(codec->opaque)->surface_format();
  const AVPixelFormat* last = offered;
  for (; *last != AV_PIX_FMT_NONE; ++last)
    if (*last == surface) return surface;
  return last[-1];  // the list ends with software's
}

void use_device(AVCodecContext& codec, const DecodeDevice& device, const AVBufferRef* connection, int lent) {
  codec.extra_hw_frames = lent;
  codec.opaque = const_cast<DecodeDevice*>(&device);  // FFmpeg's type has no const
  codec.get_format = choose_format;
  codec.hw_device_ctx = connection != nullptr ? av_buffer_ref(const_cast<AVBufferRef*>(connection)) : nullptr;
  codec.thread_count = 1;  // more only fill queues of packets in front of the device
}

/// `lent`: how many pictures others than the device's decoder may hold.
Result<CodecContext> open_codec(const SourceFile& source, const std::filesystem::path& path, int threads, const DecodeDevice* device, const AVBufferRef* connection, int lent) {
  KEEL_ASSIGN(const AVCodec* decoder, find_decoder(source, path));
  CodecContext codec(avcodec_alloc_context3(decoder));
  KEEL_CHECK(codec != nullptr);
  int code = avcodec_parameters_to_context(codec.get(), source.video().codecpar);
  if (code >= 0) {
    codec->pkt_timebase = source.video().time_base;
    codec->thread_count = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    if (device != nullptr) use_device(*codec, *device, connection, lent);
    code = avcodec_open2(codec.get(), decoder, nullptr);
  }
  if (code < 0)
    return Error{ErrorCode::kUnsupported, fmt::format("The {} decoder does not take {}: {}.", decoder->name, quoted(path), describe(code))};
  return codec;
}

std::int64_t time_of(const AVPacket& packet) { return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts; }

}  // namespace

PictureSource::PictureSource(SourceFile source, std::filesystem::path path, CodecContext codec, int threads, Device device)
    : source_(std::move(source)),
      path_(std::move(path)),
      codec_(std::move(codec)),
      threads_(threads),
      usual_duration_(usual_duration(source_)),
      device_(std::move(device)) {
  read_video_only(source_);
}

Result<PictureSource> PictureSource::open(SourceFile source, const std::filesystem::path& path, int threads, const DecodeDevice* device, GpuRuntime* surfaces_in) {
  Device part;
  if (device != nullptr) {
    KEEL_ASSIGN(const AVCodec* decoder, find_decoder(source, path));
    KEEL_TRY(device->takes(*decoder));
    if (!is_exactly_specified(decoder->id)) return Error{ErrorCode::kUnsupported, fmt::format("decoders of {} may differ in the last bit", avcodec_get_name(decoder->id))};
    KEEL_ASSIGN(part.connection, device->connect(surfaces_in));
    if (surfaces_in != nullptr) part.loans.emplace();
    part.decodes = device;
  }
  KEEL_ASSIGN(CodecContext codec, open_codec(source, path, threads, part.decodes, part.connection.get(), part.lent()));
  return PictureSource(std::move(source), path, std::move(codec), threads, std::move(part));
}

Result<void> PictureSource::fill() {
  while (ready_.empty() && !finished_) {
    if (refused_) return *refused_;
    if (device_.failure) KEEL_TRY(hand_over());
    const int code = avcodec_receive_frame(codec_.get(), frame_.get());
    if (code == 0) {
      errors_in_a_row_ = 0;
      take(*frame_);
      av_frame_unref(frame_.get());
    } else if (code == AVERROR(EAGAIN)) {
      feed();
    } else if (code == AVERROR_EOF) {
      repeat_lost_before(std::numeric_limits<std::int64_t>::max());
      finished_ = true;
    } else if (on_device()) {
      note_error(code);
    } else if (code == AVERROR(ENOMEM)) {
      return Error{ErrorCode::kOutOfMemory, fmt::format("There is not enough memory to decode {}.", quoted(path_))};
    } else {
      note_error(code);
      if (draining_ && ++errors_in_a_row_ > kHopeless) finished_ = true;
    }
  }
  return {};
}

Result<const Picture*> PictureSource::peek() {
  KEEL_TRY(fill());
  return ready_.empty() ? nullptr : &std::as_const(ready_.front());
}

Result<std::optional<Picture>> PictureSource::next() {
  KEEL_TRY(fill());
  if (ready_.empty()) return std::optional<Picture>();
  Picture picture = std::move(ready_.front());
  ready_.pop_front();
  return std::optional<Picture>(std::move(picture));
}

void PictureSource::feed() {
  if (draining_) {  // a decoder that asks for more after the end: its contract is broken
    finished_ = true;
    return;
  }
  if (packet_held_ || read_packet()) {
    packet_held_ = false;
    send(packet_.get());
    av_packet_unref(packet_.get());
  } else {
    draining_ = true;
    avcodec_send_packet(codec_.get(), nullptr);
  }
}

bool PictureSource::read_packet() {
  bool trouble = false;
  for (int attempts = 0; attempts < kHopeless;) {
    // Demuxers skip what they cannot read and go on; only their log tells.
    take_log_line();
    const int code = av_read_frame(source_.container.get(), packet_.get());
    trouble = !take_log_line().empty() || trouble;
    if (code == AVERROR(EAGAIN)) {
      ++attempts;
      continue;
    }
    if (code < 0) {
      if (code != AVERROR_EOF) read_failed_ = true;
      return false;
    }
    // An empty packet would be taken for the end of the stream.
    if (packet_->stream_index == source_.video_index && packet_->size > 0) {
      trouble = trouble || (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
      // What a device makes of damage is its own affair; software's way is known.
      if (trouble && on_device() && !device_.failure) device_.failure = Error{ErrorCode::kCorrupt, "the file is damaged there"};
      note_reading_trouble(trouble);
      note_clock();
      return true;
    }
    av_packet_unref(packet_.get());
  }
  read_failed_ = true;
  return false;
}

/// Keeps the books of troubles_ after packet_ was read. A damaged packet may end what precedes a gap, so a trouble lasts until a good one.
void PictureSource::note_reading_trouble(bool trouble) {
  const std::int64_t time = time_of(*packet_);
  if (time == AV_NOPTS_VALUE) return;
  if (trouble && !trouble_open_) troubles_.push_back({newest_packet_.value_or(time), time});
  if (trouble || trouble_open_) troubles_.back().to = std::max(troubles_.back().to, time);
  trouble_open_ = trouble;
  newest_packet_ = std::max(newest_packet_.value_or(time), time);
}

/// Recordings that were strung together byte by byte (transport and program streams) go on with another clock. Sound and picture would each be mended in its own way and drift apart, so they
/// are refused. One damaged time, early or late, is not that: all packets before the jump lie on its one side, and all that follow on the other.
void PictureSource::note_clock() {
  constexpr std::size_t kPackets = 8;
  constexpr double kBack_s = 1, kAhead_s = 10;  // longer than pictures are reordered, and than a signal fails
  if ((source_.container->iformat->flags & AVFMT_TS_DISCONT) == 0 || packet_->dts == AV_NOPTS_VALUE) return;
  const double tick_s = av_q2d(source_.video().time_base);
  const auto jumps = [&](std::int64_t from, std::int64_t to) {
    const double step_s = static_cast<double>(to - from) * tick_s;
    return step_s < -kBack_s || step_s > kAhead_s;
  };
  const std::int64_t time = packet_->dts;
  if (clock_jump_) {
    if (jumps(clock_jump_->from, time)) ++clock_jump_->packets;
    else clock_jump_.reset();
  } else if (recent_times_.size() == kPackets && std::all_of(recent_times_.begin(), recent_times_.end(), [&](std::int64_t before) { return jumps(before, time); })) {
    clock_jump_ = {recent_times_.back(), time, 1};
  }
  recent_times_.push_back(time);
  if (recent_times_.size() > kPackets) recent_times_.pop_front();
  if (clock_jump_ && clock_jump_->packets >= static_cast<int>(kPackets))
    refused_ = Error{ErrorCode::kUnsupported, fmt::format("{} is several recordings in one file: its times jump from {:.1f} s to {:.1f} s; join them properly first, for example with ffmpeg -fflags +genpts -i IN -map 0:v -map 0:a -c copy OUT.mkv.",
                                                          quoted(path_), static_cast<double>(clock_jump_->from) * tick_s, static_cast<double>(clock_jump_->to) * tick_s)};
}

/// A gap before the picture at `pts` is a loss where the demuxer had trouble; elsewhere it is a variable frame rate.
void PictureSource::count_lost_in_file(std::int64_t pts) {
  const std::int64_t room = kMostReordered * usual_duration_;
  while (!troubles_.empty() && last_ && troubles_.front().to + room < last_->pts && !(trouble_open_ && troubles_.size() == 1)) troubles_.pop_front();
  if (!last_ || troubles_.empty() || troubles_.front().from - room >= pts) return;
  if (resume_after_ && pts <= *resume_after_) return;  // counted before
  // The clock of another recording, or a damaged time; nothing says how much is missing.
  constexpr double kMostLost_s = 10;
  if (static_cast<double>(pts - last_->pts) * av_q2d(source_.video().time_base) > kMostLost_s) return;
  const double steps = (static_cast<double>(pts) - static_cast<double>(last_->pts)) / static_cast<double>(usual_duration_);
  lost_in_file_ += std::max<std::int64_t>(0, std::llround(steps) - 1);
}

void PictureSource::send(const AVPacket* packet) {
  const std::int64_t time = time_of(*packet);
  if (time != AV_NOPTS_VALUE && (packet->flags & AV_PKT_FLAG_DISCARD) == 0) awaited_.insert(time);
  if (const int code = avcodec_send_packet(codec_.get(), packet); code < 0) note_error(code);
  if (!on_device()) return;
  if (std::string line = take_log_line(); !line.empty()) device_.said = std::move(line);
}

void PictureSource::note_error(int code) {
  if (on_device()) {
    device_.failure = Error{code == AVERROR_INVALIDDATA ? ErrorCode::kCorrupt : ErrorCode::kInternal, describe(code)};
    return;
  }
  ++errors_;
  ++lost_;
}

void PictureSource::take(AVFrame& frame) {
  if ((frame.flags & AV_FRAME_FLAG_DISCARD) != 0) return;
  // DV and MPEG-4 say so of each picture only.
  if (!last_ && frame.interlaced_frame != 0 && source_.parameters().field_order == AV_FIELD_UNKNOWN) {
    refused_ = interlaced(path_);
    return;
  }
  std::shared_ptr<const DeviceSurface> surface;
  if (on_device()) {
    auto fetched = fetch(*device_.decodes, frame, codec_->sw_pix_fmt, stored_picture(source_));
    if (!fetched) {
      device_.failure = fetched.error();
      return;
    }
    if (device_.loans) surface = device_.loans->lend(*device_.decodes, frame, stored_picture(source_));
    av_frame_unref(&frame);
    av_frame_move_ref(&frame, fetched->get());
    ++device_.pictures;
    device_.said.clear();
  }
  Picture picture;
  picture.duration = frame.pkt_duration > 0 ? frame.pkt_duration : usual_duration_;
  picture.damaged = frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
  // Not best_effort_timestamp: its guess depends on all frames since the last flush, so that a seek would change it.
  std::int64_t pts = frame.pts != AV_NOPTS_VALUE ? frame.pts : frame.pkt_dts;
  if (pts == AV_NOPTS_VALUE)
    pts = last_ ? last_->pts + last_->duration : source_.video().start_time != AV_NOPTS_VALUE ? source_.video().start_time : 0;
  repeat_lost_before(pts);
  count_lost_in_file(pts);
  awaited_.erase(awaited_.begin(), awaited_.upper_bound(pts));
  picture.pts = last_ && pts <= last_->pts ? last_->pts + last_->duration : pts;
  mended_ = mended_ || picture.pts != frame.pts;
  FramePtr kept = make_frame();
  av_frame_move_ref(kept.get(), &frame);
  picture.frame = std::shared_ptr<const AVFrame>(kept.release(), FreeConstFrame());
  picture.surface = std::move(surface);
  push(std::move(picture));
}

/// Pictures come in display order, so a packet that is earlier than the newest picture and gave none will not give one any more. That
/// alone is normal (hidden pictures, second fields); together with an error from the decoder it is a lost picture.
void PictureSource::repeat_lost_before(std::int64_t pts) {
  for (auto time = awaited_.begin(); time != awaited_.end() && *time < pts && lost_ > 0; ++time) {
    if (!last_ || *time <= last_->pts) continue;
    Picture again = *last_;
    again.pts = *time;
    again.repeated = true;
    again.damaged = true;
    --lost_;
    ++repeats_;
    push(std::move(again));
  }
}

void PictureSource::push(Picture picture) {
  last_ = picture;
  last_->surface.reset();  // of which there are few
  if (resume_after_ && picture.pts <= *resume_after_) {
    damaged_behind_ += picture.damaged ? 1 : 0;
    return;
  }
  resume_after_.reset();
  ready_.push_back(std::move(picture));
}

void PictureSource::forget() {
  avcodec_flush_buffers(codec_.get());
  av_packet_unref(packet_.get());
  ready_.clear();
  last_.reset();
  awaited_.clear();
  troubles_.clear();
  trouble_open_ = false;
  newest_packet_.reset();
  recent_times_.clear();
  clock_jump_.reset();
  lost_ = 0;
  errors_in_a_row_ = 0;
  packet_held_ = draining_ = finished_ = mended_ = false;
  resume_after_.reset();
}

Result<void> PictureSource::restart() {
  KEEL_ASSIGN(SourceFile source, open_source(path_));
  KEEL_ASSIGN(CodecContext codec, open_codec(source, path_, threads_, device_.decodes, device_.connection.get(), device_.lent()));
  codec_ = std::move(codec);
  source_ = std::move(source);
  read_video_only(source_);
  forget();
  return {};
}

/// Seeks to `margin` before `pts` and reads up to the first key packet. True when decoding from there gives the picture at `pts`
/// exactly: the key picture is shown at or before it. (Pictures decoded after an open key picture but shown before it lack their references.)
bool PictureSource::land_before(std::int64_t pts, std::int64_t margin) {
  const std::int64_t request = pts - margin;
  forget();
  if (avformat_seek_file(source_.container.get(), source_.video_index, std::numeric_limits<std::int64_t>::min(), request, request, 0) < 0)
    return false;
  while (read_packet()) {
    if ((packet_->flags & AV_PKT_FLAG_KEY) != 0) {
      // Without a pts the decoder's reordering delay is unknown: leave room for the most that codecs allow.
      const std::int64_t shown = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
      const std::int64_t room = packet_->pts != AV_NOPTS_VALUE ? 0 : kMostReordered * usual_duration_;
      packet_held_ = true;
      return shown != AV_NOPTS_VALUE && shown + room <= pts;
    }
    av_packet_unref(packet_.get());
  }
  return false;
}

Error PictureSource::Device::describe_failure() const {
  const std::string how = pictures > 0                                 ? "failed after " + counted(pictures, "frame")
                          : failure->code == ErrorCode::kUnsupported ? "cannot decode this clip"
                                                                       : "failed at the first frame";
  const ErrorCode code = pictures > 0 ? ErrorCode::kInternal : failure->code;
  return {code, fmt::format("{} {}: {}{}{}", decodes->name(), how, failure->message, said.empty() ? "" : "; ", said)};
}

/// Software decodes up to the newest picture again, from a key picture or from the beginning, and drops those that the device delivered.
Result<void> PictureSource::hand_over() {
  const std::optional<std::int64_t> newest = last_ ? std::optional(last_->pts) : std::nullopt;
  const std::optional<std::int64_t> from = newest ? newest : sought_;
  // Times that depend on what came before, and what is shown in place of damage, come out the same only from the beginning.
  const bool from_beginning = mended_ || device_.failure->code == ErrorCode::kCorrupt;
  device_.trouble = device_.describe_failure();
  device_.failure.reset();
  device_.decodes = nullptr;
  KEEL_ASSIGN(codec_, open_codec(source_, path_, threads_, nullptr, nullptr, 0));
  device_.connection.reset();
  device_.loans.reset();
  KEEL_TRY(from && !from_beginning ? seek(*from) : restart());
  resume_after_ = newest;
  return {};
}

Result<void> PictureSource::seek(std::int64_t pts) {
  sought_ = pts;
  const AVRational time_base = source_.video().time_base;
  const std::int64_t start = source_.video().start_time != AV_NOPTS_VALUE ? source_.video().start_time : 0;
  // Each attempt goes further back; 4 minutes cover the longest sensible distance of key pictures.
  for (const int margin_s : {0, 1, 4, 16, 60, 240}) {
    const std::int64_t margin = av_rescale_q(margin_s, AVRational{1, 1}, time_base);
    if (pts - margin <= start) break;
    if (land_before(pts, margin)) return {};
  }
  return restart();
}

}  // namespace keel::av
