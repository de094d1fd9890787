// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/backend/gpu_runtime.h"
#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/media/av_raii.h"
#include "engine/media/clip_writer.h"

namespace keel {

/// What an encoder that takes pictures from the memory of a device needs beyond FFmpeg's usual calls. An interface, so that tests can put in its
/// place a device whose memory is the host's and which fails on demand. Thread-safe: it holds nothing.
class EncodeDevice {
 public:
  virtual ~EncodeDevice() = default;
  /// Whether `encoder` takes pictures of `format` from the device, arranged as they are.
  [[nodiscard]] virtual bool takes(const AVCodec& encoder, AVPixelFormat format) const = 0;
  /// Readies a codec that is not open yet, whose size and format are set, for pictures that lie in the runtime's context. Errors: a clause that says why it
  /// cannot.
  [[nodiscard]] virtual Result<void> prepare(AVCodecContext& codec, GpuRuntime& runtime) const = 0;
  /// Brings a picture of the host to where the encoder takes it, with all that is known of it.
  [[nodiscard]] virtual Result<av::FramePtr> upload(const AVCodecContext& codec, av::FramePtr picture) const = 0;
  /// A copy of a frame that lies in the context, arranged as the encoder takes it, made on the device after DeviceSurface::ready; its surface may be held until the encoder is done
  /// with the picture.
  [[nodiscard]] virtual Result<av::FramePtr> copy(const AVCodecContext& codec, const Frame& frame) const = 0;
};

}  // namespace keel
