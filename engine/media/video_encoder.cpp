// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/video_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/image/device_surface.h"
#include "engine/media/av_error.h"
#include "engine/media/encode_settings.h"
#include "engine/media/hdr_metadata.h"
#include "engine/media/pixel_map.h"

namespace keel::av {
namespace {

void set_picture(AVCodecContext& codec, const EncodedPicture& picture) {
  codec.width = picture.size.width;
  codec.height = picture.size.height;
  codec.pix_fmt = picture.format;
  codec.sample_aspect_ratio = picture.sample_aspect;
  codec.time_base = picture.time_base;
  // Levels and rate control come from the rate; the time base is much finer.
  codec.framerate = picture.frame_rate;
  codec.field_order = AV_FIELD_PROGRESSIVE;
  set_color(codec, picture.color);
}

/// x264 left to itself takes one and a half threads a core and keeps more pictures for it (at 1080p on two cores 30 MB more), without being faster
/// where decoding and warping fill the gaps. 0: the encoder decides.
int threads_for(VideoCodec codec) { return codec == VideoCodec::kH264 ? static_cast<int>(std::max(1U, std::thread::hardware_concurrency())) : 0; }

/// Constant quality as NVENC has it: a target for a variable rate without bounds. Its scale is that of the quantizers, as x264's, so that the same number means
/// about the same picture; the file is larger.
void set_nvenc_options(AVCodecContext& codec, Options& options, const EncodeSettings& settings) {
  codec.bit_rate = 0;
  options.set("rc", "vbr");
  options.set("cq", std::to_string(settings.crf));
  options.set("preset", nvenc_preset(settings.preset));
}

void set_codec_options(AVCodecContext& codec, Options& options, const ExportPlan& plan) {
  const EncodeSettings& settings = plan.settings;
  if ((plan.container.muxer().flags & AVFMT_GLOBALHEADER) != 0) codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (settings.encoder == EncoderKind::kNvenc) {
    set_nvenc_options(codec, options, settings);
    if (plan.count_frames) codec.max_b_frames = 0;
    return;
  }
  codec.thread_count = settings.threads > 0 ? settings.threads : threads_for(settings.codec);
  if (has_quality_setting(settings.codec)) {
    options.set("preset", settings.preset);
    options.set("crf", std::to_string(settings.crf));
    // A container without presentation times cannot say that pictures are reordered.
    if (plan.count_frames) codec.max_b_frames = 0;
  }
  const std::string hdr = hdr_parameters(plan.picture.hdr, settings.codec);
  switch (settings.codec) {
    case VideoCodec::kH264:
      if (!hdr.empty()) options.set("x264-params", hdr);
      break;
    case VideoCodec::kProRes:
      break;
    case VideoCodec::kHevc: {
      // x265 prints to standard error past every log callback, and sizes its pools itself.
      std::string parameters = "log-level=none";
      if (settings.threads > 0) parameters += fmt::format(":pools={}", settings.threads);
      if (!hdr.empty()) parameters += ":" + hdr;
      options.set("x265-params", parameters);
      break;
    }
    case VideoCodec::kFfv1:
      codec.gop_size = 1;  // every picture stands alone: damage and seeking cost one picture
      // Slices with checksums, decodable in parallel. A picture of a few pixels cannot be cut into them.
      constexpr int kLeastSide = 4;
      if (std::min(codec.width, codec.height) < kLeastSide) {
        codec.level = 1;
        break;
      }
      codec.level = 3;
      options.set("slicecrc", "1");
      break;
  }
}

/// A codec that is not open yet, and what it is to be opened with.
CodecContext new_codec(const ExportPlan& plan, Options& options) {
  CodecContext codec(avcodec_alloc_context3(plan.picture.encoder));
  KEEL_CHECK(codec != nullptr);
  set_picture(*codec, plan.picture);
  set_codec_options(*codec, options, plan);
  return codec;
}

Result<CodecContext> open_codec(const ExportPlan& plan, const std::filesystem::path& output) {
  Options options;
  CodecContext codec = new_codec(plan, options);
  take_log_line();
  const int code = avcodec_open2(codec.get(), plan.picture.encoder, options.address());
  if (code >= 0) return codec;
  const std::string detail = take_log_line();
  if (plan.settings.encoder == EncoderKind::kNvenc)
    return Error{ErrorCode::kUnsupported, fmt::format("{} cannot be encoded with NVENC: {}; use the software encoder.", quoted(output), detail.empty() ? describe(code) : detail)};
  return Error{ErrorCode::kUnsupported, fmt::format("{} cannot be encoded as {}: {}; choose another codec or preset.", quoted(output),
                                                    to_string(plan.settings.codec), detail.empty() ? describe(code) : detail)};
}

/// A picture of the host that goes no further than the device.
FramePtr rehearsal_picture(const EncodedPicture& like) {
  FramePtr picture = make_frame();
  picture->format = like.format;
  picture->width = like.size.width;
  picture->height = like.size.height;
  return av_frame_get_buffer(picture.get(), 0) >= 0 ? std::move(picture) : nullptr;
}

/// The codec, open for pictures of the device; null where anything is missing for that. That a picture gets there is tried once: later it would be too late for the host's way.
CodecContext open_on_device(const ExportPlan& plan, const EncodeFrom& from) {
  if (from.runtime == nullptr || !from.device->takes(*plan.picture.encoder, plan.picture.format)) return nullptr;
  Options options;
  CodecContext codec = new_codec(plan, options);
  if (!from.device->prepare(*codec, *from.runtime)) return nullptr;
  if (avcodec_open2(codec.get(), plan.picture.encoder, options.address()) < 0) return nullptr;
  FramePtr picture = rehearsal_picture(plan.picture);
  if (picture == nullptr || !from.device->upload(*codec, std::move(picture))) return nullptr;
  return codec;
}

}  // namespace

Result<VideoEncoder> VideoEncoder::open(const ExportPlan& plan, const std::filesystem::path& output, std::stop_token stop, EncodeFrom from) {
  const EncodeDevice* device = from.device;
  CodecContext codec = device != nullptr ? open_on_device(plan, from) : nullptr;
  if (codec == nullptr) {
    device = nullptr;
    KEEL_ASSIGN(codec, open_codec(plan, output));
  }
  auto thread = std::make_unique<EncoderThread>(std::move(codec), std::move(stop));
  return VideoEncoder(std::move(thread), device, FrameToEncoder(plan.to_stored, plan.picture.size, plan.picture.format, plan.picture.color), output);
}

Error VideoEncoder::failure(const EncoderThread::Answer& answer) const {
  if (answer.code == AVERROR(ENOMEM)) return {ErrorCode::kOutOfMemory, fmt::format("There is not enough memory to encode {}.", quoted(output_))};
  return stopped(describe(answer.code) + (answer.log.empty() ? "" : "; ") + answer.log);
}

Error VideoEncoder::stopped(const std::string& why) const { return {ErrorCode::kInternal, fmt::format("Encoding {} stopped: {}.", quoted(output_), why)}; }

Result<FramePtr> VideoEncoder::picture_of(const Frame& frame) {
  if (!on_host(frame)) {
    KEEL_CHECK(device_ != nullptr);
    auto picture = device_->copy(codec_->context(), frame);
    if (!picture) return stopped(picture.error().message);
    adapter_.tag(**picture);
    return picture;
  }
  KEEL_ASSIGN(FramePtr picture, adapter_.convert(frame));
  if (device_ == nullptr) return picture;
  auto there = device_->upload(codec_->context(), std::move(picture));
  if (!there) return stopped(there.error().message);
  return there;
}

Result<void> VideoEncoder::send(const Frame* frame, std::int64_t pts, std::int64_t duration) {
  FramePtr picture;
  if (frame != nullptr) {
    KEEL_ASSIGN(picture, picture_of(*frame));
    picture->pts = pts;
    picture->pkt_duration = duration;
    picture->sample_aspect_ratio = codec_->context().sample_aspect_ratio;
    durations_[pts] = duration;
  }
  const auto answer = codec_->send(std::move(picture));
  if (!answer) return export_cancelled();
  if (answer->code < 0) return failure(*answer);
  return {};
}

Result<bool> VideoEncoder::receive(AVPacket& packet) {
  const auto answer = codec_->receive(packet);
  if (!answer) return export_cancelled();
  if (answer->code == AVERROR(EAGAIN) || answer->code == AVERROR_EOF) return false;
  if (answer->code < 0) return failure(*answer);
  if (const auto found = durations_.find(packet.pts); found != durations_.end()) {
    packet.duration = found->second;
    durations_.erase(found);
  }
  return true;
}

}  // namespace keel::av

namespace keel {
namespace {

Result<void> try_nvenc(VideoCodec codec) {
  av::capture_log();
  EncodeSettings settings;
  settings.codec = codec;
  settings.encoder = EncoderKind::kNvenc;
  KEEL_TRY(av::validate(settings));
  KEEL_ASSIGN(const AVCodec* encoder, av::find_encoder(settings));
  const av::CodecContext context(avcodec_alloc_context3(encoder));
  KEEL_CHECK(context != nullptr);
  // Well above the least size that NVENC takes.
  context->width = 640;
  context->height = 360;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = {1, 25};
  av::Options options;
  av::set_nvenc_options(*context, options, settings);
  av::take_log_line();
  const int code = avcodec_open2(context.get(), encoder, options.address());
  if (code >= 0) return {};
  const std::string detail = av::take_log_line();
  return Error{ErrorCode::kUnsupported, detail.empty() ? av::describe(code) : detail};
}

}  // namespace

Result<void> nvenc_available(VideoCodec codec) {
  static std::mutex mutex;
  static std::map<VideoCodec, Result<void>> known;
  const std::lock_guard lock(mutex);
  auto found = known.find(codec);
  if (found == known.end()) found = known.emplace(codec, try_nvenc(codec)).first;
  return found->second;
}

}  // namespace keel
