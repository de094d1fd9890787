// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/cuda_context.h"

#include <fmt/format.h>

#include "engine/media/av_error.h"

// FFmpeg's header includes CUDA's, which a machine that builds without CUDA lacks, unless this is defined. All that it needs of it are two handles.
#define CUDA_VERSION 0
using CUcontext = struct CUctx_st*;
using CUstream = struct CUstream_st*;
extern "C" {
#include <libavutil/hwcontext_cuda.h>
}

namespace keel::av {

Result<BufferPtr> cuda_device_in(void* context) {
  BufferPtr device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA));
  if (device == nullptr) return Error{ErrorCode::kUnsupported, "this FFmpeg knows no CUDA"};
  auto& cuda = *static_cast<AVCUDADeviceContext*>(reinterpret_cast<AVHWDeviceContext*>(device->data)->hwctx);
  cuda.cuda_ctx = static_cast<CUcontext>(context);
  take_log_line();
  if (const int code = av_hwdevice_ctx_init(device.get()); code < 0) return no_cuda_device(code);
  return device;
}

const void* cuda_context_of(const AVHWFramesContext& frames) { return static_cast<const AVCUDADeviceContext*>(frames.device_ctx->hwctx)->cuda_ctx; }

Error no_cuda_device(int code) {
  const std::string detail = take_log_line();
  return {ErrorCode::kUnsupported, fmt::format("there is no usable NVIDIA driver and device ({})", detail.empty() ? describe(code) : detail)};
}

}  // namespace keel::av
