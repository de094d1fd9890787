// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
#include <libavutil/hwcontext.h>
}

#include "engine/backend/gpu_runtime.h"
#include "engine/base/result.h"
#include "engine/media/av_raii.h"

/// The only place that knows FFmpeg's side of CUDA.
namespace keel::av {

/// FFmpeg's hold on the context of the CUDA runtime (GpuRuntime::context()), whatever flags it was made with: FFmpeg only asks for flags where it opens the context
/// itself. It stays the runtime's. FFmpeg's work goes to a stream of its own, so that decoding, computing and encoding overlap. Errors: a clause.
[[nodiscard]] Result<BufferPtr> cuda_device_in(GpuRuntime& runtime);

/// Has whatever FFmpeg does from now on with pictures of a pool, of a device that cuda_device_in() made, wait on the device for the event. Error: a clause.
[[nodiscard]] Result<void> wait_in(const AVHWFramesContext& frames, GpuEvent event);

/// The context that pictures of a pool lie in.
[[nodiscard]] const void* cuda_context_of(const AVHWFramesContext& frames);

/// "there is no usable NVIDIA driver and device (WHY)", where FFmpeg answered `code`.
[[nodiscard]] Error no_cuda_device(int code);

}  // namespace keel::av
