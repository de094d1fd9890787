// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/cuda_context.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "engine/media/av_error.h"

// FFmpeg's header includes CUDA's, which a machine that builds without CUDA lacks, unless this is defined. All that it needs of it are two handles.
#define CUDA_VERSION 0
using CUcontext = struct CUctx_st*;
using CUstream = struct CUstream_st*;
extern "C" {
#include <libavutil/hwcontext_cuda.h>
}

namespace keel::av {

namespace {

/// Where FFmpeg's work goes.
struct Work {
  GpuRuntime* runtime;
  GpuQueue queue;
};

}  // namespace

Result<BufferPtr> cuda_device_in(GpuRuntime& runtime) {
  BufferPtr device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA));
  if (device == nullptr) return Error{ErrorCode::kUnsupported, "this FFmpeg knows no CUDA"};
  auto queue = GpuQueue::create(runtime);
  if (!queue) return Error{ErrorCode::kUnsupported, fmt::format("it gives no stream ({})", queue.error().message)};
  auto work = std::make_unique<Work>(&runtime, std::move(*queue));
  auto& opened = *reinterpret_cast<AVHWDeviceContext*>(device->data);
  auto& cuda = *static_cast<AVCUDADeviceContext*>(opened.hwctx);
  cuda.cuda_ctx = static_cast<CUcontext>(runtime.context());
  cuda.stream = static_cast<CUstream>(work->queue.stream());
  opened.free = [](AVHWDeviceContext* going) { delete static_cast<Work*>(going->user_opaque); };
  opened.user_opaque = work.release();  // owned by the device from here on
  take_log_line();
  if (const int code = av_hwdevice_ctx_init(device.get()); code < 0) return no_cuda_device(code);
  return device;
}

Result<void> wait_in(const AVHWFramesContext& frames, GpuEvent event) {
  const auto& work = *static_cast<const Work*>(frames.device_ctx->user_opaque);
  return gpu_result(*work.runtime, work.runtime->stream_wait(work.queue.stream(), event), "waiting for a picture");
}

const void* cuda_context_of(const AVHWFramesContext& frames) { return static_cast<const AVCUDADeviceContext*>(frames.device_ctx->hwctx)->cuda_ctx; }

Error no_cuda_device(int code) {
  const std::string detail = take_log_line();
  return {ErrorCode::kUnsupported, fmt::format("there is no usable NVIDIA driver and device ({})", detail.empty() ? describe(code) : detail)};
}

}  // namespace keel::av
