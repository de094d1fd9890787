// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/decode_device.h"

extern "C" {
#include <libavutil/hwcontext.h>
}

#include <fmt/format.h>

#include "engine/media/av_error.h"
#include "engine/media/cuda_context.h"
#include "engine/media/pixel_map.h"
#include "engine/media/split_planes.h"

namespace keel {
namespace {

using namespace av;

class Nvdec final : public DecodeDevice {
 public:
  const char* name() const override { return "NVDEC"; }

  Result<void> takes(const AVCodec& decoder) const override {
    for (int i = 0; const AVCodecHWConfig* config = avcodec_get_hw_config(&decoder, i); ++i)
      if (config->device_type == AV_HWDEVICE_TYPE_CUDA && (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0) return {};
    return Error{ErrorCode::kUnsupported, fmt::format("the {} decoder of this FFmpeg does not use NVDEC", decoder.name)};
  }

  Result<BufferPtr> connect(GpuRuntime* runtime) const override {
    if (runtime != nullptr) return cuda_device_in(*runtime);
    AVBufferRef* raw = nullptr;
    Options options;
    // The context that the CUDA runtime uses too: another one takes some hundred megabytes of the device. FFmpeg refuses it where the runtime opened it first,
    // because it wants other flags.
    options.set("primary_ctx", "1");
    if (av_hwdevice_ctx_create(&raw, AV_HWDEVICE_TYPE_CUDA, nullptr, *options.address(), 0) >= 0) return BufferPtr(raw);
    take_log_line();
    const int code = av_hwdevice_ctx_create(&raw, AV_HWDEVICE_TYPE_CUDA, nullptr, nullptr, 0);
    if (code >= 0) return BufferPtr(raw);
    return no_cuda_device(code);
  }

  AVPixelFormat surface_format() const override { return AV_PIX_FMT_CUDA; }
  int download(AVFrame& host, const AVFrame& surface) const override { return av_hwframe_transfer_data(&host, &surface, 0); }

  std::optional<Place> where(const AVFrame& surface) const override {
    if (surface.format != AV_PIX_FMT_CUDA || surface.hw_frames_ctx == nullptr) return std::nullopt;
    const auto& frames = *reinterpret_cast<const AVHWFramesContext*>(surface.hw_frames_ctx->data);
    // NVDEC writes on the stream on which the download, which waited for it, copied.
    Place place;
    place.format = frames.sw_format;
    for (std::size_t p = 0; p < place.data.size(); ++p) {
      place.data[p] = surface.data[p];
      place.pitch_bytes[p] = surface.linesize[p];
    }
    place.context = cuda_context_of(frames);
    return place;
  }
};

/// Devices crop at the right and at the bottom only.
Result<void> crop(AVFrame& host, const AVFrame& surface) {
  host.width = surface.width;
  host.height = surface.height;
  if (host.crop_left == 0 && host.crop_top == 0) return {};
  if (const int code = av_frame_apply_cropping(&host, AV_FRAME_CROP_UNALIGNED); code < 0) return Error{ErrorCode::kInternal, describe(code)};
  return {};
}

}  // namespace

const DecodeDevice* nvdec() {
  static const Nvdec device;
  return &device;
}

Result<void> decode_device_available(const DecodeDevice& device) {
  capture_log();
  KEEL_TRY(device.connect(nullptr));
  return {};
}

namespace av {

bool is_exactly_specified(AVCodecID codec) {
  // Not MPEG-1, -2 and -4, VC-1 and JPEG, whose inverse transforms may differ in the last bit, nor AV1, whose grain FFmpeg leaves to whoever shows it.
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_VP8 || codec == AV_CODEC_ID_VP9;
}

Result<FramePtr> fetch(const DecodeDevice& device, const AVFrame& surface, AVPixelFormat software_format, const StoredPicture& expected) {
  if (surface.format != device.surface_format()) return Error{ErrorCode::kUnsupported, "it does not take this profile, bit depth or size"};
  if (surface.decode_error_flags != 0 || (surface.flags & AV_FRAME_FLAG_CORRUPT) != 0) return Error{ErrorCode::kCorrupt, "a picture is damaged"};
  if (without_j(software_format) != without_j(expected.source)) return Error{ErrorCode::kInternal, "the clip changes its pixel format"};
  FramePtr host = make_frame();
  if (const int code = device.download(*host, surface); code < 0) return Error{ErrorCode::kInternal, fmt::format("a picture could not be copied from it ({})", describe(code))};
  if (const int code = av_frame_copy_props(host.get(), &surface); code < 0) return Error{ErrorCode::kInternal, describe(code)};
  KEEL_TRY(crop(*host, surface));
  if (!(Size{host->width, host->height} == expected.size)) return Error{ErrorCode::kInternal, "the clip changes its picture size"};
  const auto format = static_cast<AVPixelFormat>(host->format);
  if (without_j(format) == without_j(expected.source)) return host;
  if (!can_split(format, expected.source))
    return Error{ErrorCode::kUnsupported, fmt::format("it hands out {} for {}", name_of(format), name_of(expected.source))};
  FramePtr planar = make_frame();
  planar->format = expected.source;
  planar->width = host->width;
  planar->height = host->height;
  int code = av_frame_get_buffer(planar.get(), 0);
  if (code >= 0) code = av_frame_copy_props(planar.get(), host.get());
  if (code < 0) return Error{ErrorCode::kOutOfMemory, describe(code)};
  planar->crop_left = planar->crop_top = planar->crop_right = planar->crop_bottom = 0;
  split(*host, *planar);
  return planar;
}

}  // namespace av
}  // namespace keel
