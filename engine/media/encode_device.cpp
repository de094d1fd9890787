// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/encode_device.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "engine/image/device_surface.h"
#include "engine/media/av_error.h"
#include "engine/media/cuda_context.h"

namespace keel {
namespace {

using namespace av;

Result<FramePtr> empty_picture(const AVCodecContext& codec) {
  FramePtr picture = make_frame();
  if (const int code = av_hwframe_get_buffer(codec.hw_frames_ctx, picture.get(), 0); code < 0)
    return Error{ErrorCode::kOutOfMemory, fmt::format("the GPU has no memory for another picture ({})", describe(code))};
  return picture;
}

Result<void> transfer(AVFrame& to, const AVFrame& from) {
  const int code = av_hwframe_transfer_data(&to, &from, 0);
  if (code < 0) return Error{ErrorCode::kInternal, fmt::format("a picture could not be copied on the GPU ({})", describe(code))};
  return {};
}

class NvencSurfaces final : public EncodeDevice {
 public:
  bool takes(const AVCodec& encoder, AVPixelFormat format) const override {
    return std::string_view(encoder.name).find("_nvenc") != std::string_view::npos &&
           (format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUV444P || format == AV_PIX_FMT_P010);
  }

  Result<void> prepare(AVCodecContext& codec, GpuRuntime& runtime) const override {
    // FFmpeg's copies within a GPU round the rows of chroma down.
    if (codec.pix_fmt != AV_PIX_FMT_YUV444P && codec.height % 2 != 0) return Error{ErrorCode::kUnsupported, "its pictures have an odd height"};
    KEEL_ASSIGN(const BufferPtr device, cuda_device_in(runtime));
    BufferPtr pool(av_hwframe_ctx_alloc(device.get()));
    if (pool == nullptr) return Error{ErrorCode::kOutOfMemory, "there is no memory for pictures"};
    auto& frames = *reinterpret_cast<AVHWFramesContext*>(pool->data);
    frames.format = AV_PIX_FMT_CUDA;
    frames.sw_format = codec.pix_fmt;
    frames.width = codec.width;
    frames.height = codec.height;
    if (const int code = av_hwframe_ctx_init(pool.get()); code < 0) return no_cuda_device(code);
    codec.sw_pix_fmt = codec.pix_fmt;
    codec.pix_fmt = AV_PIX_FMT_CUDA;
    codec.hw_frames_ctx = pool.release();  // the codec's from here on
    return {};
  }

  Result<FramePtr> upload(const AVCodecContext& codec, FramePtr picture) const override {
    KEEL_ASSIGN(FramePtr there, empty_picture(codec));
    KEEL_TRY(transfer(*there, *picture));
    if (const int code = av_frame_copy_props(there.get(), picture.get()); code < 0) return Error{ErrorCode::kOutOfMemory, describe(code)};
    return there;
  }

  Result<FramePtr> copy(const AVCodecContext& codec, const Frame& frame) const override {
    KEEL_ASSIGN(FramePtr there, empty_picture(codec));
    if (frame.surface()->ready != nullptr) KEEL_TRY(wait_in(*reinterpret_cast<const AVHWFramesContext*>(codec.hw_frames_ctx->data), frame.surface()->ready));
    // The planes of the surface as a picture of the encoder's pool, for the length of the call.
    FramePtr here = make_frame();
    here->format = AV_PIX_FMT_CUDA;
    here->width = frame.size().width;
    here->height = frame.size().height;
    here->hw_frames_ctx = av_buffer_ref(codec.hw_frames_ctx);
    // Where U and V take turns, the plane of U holds both.
    for (int p = 0; p < av_pix_fmt_count_planes(codec.sw_pix_fmt); ++p) {
      const DeviceSurface::Plane& plane = frame.surface()->planes[static_cast<std::size_t>(p)];
      here->data[p] = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(plane.data));
      here->linesize[p] = static_cast<int>(plane.pitch_bytes);
    }
    KEEL_TRY(transfer(*there, *here));
    // The copy is queued only. When the encoder gives its picture back it has read it, and the copy is done.
    auto keeper = std::make_unique<Frame>(frame);
    const auto forget = [](void* owner, std::uint8_t*) { delete static_cast<Frame*>(owner); };
    there->opaque_ref = av_buffer_create(reinterpret_cast<std::uint8_t*>(keeper.get()), sizeof(Frame), forget, keeper.get(), AV_BUFFER_FLAG_READONLY);
    KEEL_CHECK(there->opaque_ref != nullptr);
    keeper.release();  // owned by the buffer from here on
    return there;
  }
};

}  // namespace

const EncodeDevice* nvenc_surfaces() {
  static const NvencSurfaces device;
  return &device;
}

}  // namespace keel
