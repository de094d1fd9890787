// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavutil/hwcontext.h>
}

#include "engine/base/result.h"
#include "engine/media/av_raii.h"

/// The only place that knows FFmpeg's side of CUDA.
namespace keel::av {

/// FFmpeg's hold on a CUDA context (GpuRuntime::context()), whatever flags it was made with: FFmpeg only asks for flags where it opens the context
/// itself. It stays its owner's. Errors: a clause.
[[nodiscard]] Result<BufferPtr> cuda_device_in(void* context);

/// The context that pictures of a pool lie in.
[[nodiscard]] const void* cuda_context_of(const AVHWFramesContext& frames);

/// "there is no usable NVIDIA driver and device (WHY)", where FFmpeg answered `code`.
[[nodiscard]] Error no_cuda_device(int code);

}  // namespace keel::av
