// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/backend/gpu_runtime.h"
#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/decoder.h"
#include "engine/media/source_file.h"

namespace keel {

/// The few things that decoding on a device needs beyond FFmpeg's usual calls. An interface, so that tests can put in its place a device that decodes on
/// the host and fails on demand. Thread-safe: it holds nothing.
class DecodeDevice {
 public:
  virtual ~DecodeDevice() = default;
  [[nodiscard]] virtual const char* name() const = 0;
  /// Whether `decoder` can hand its work to the device, as far as can be told without one. Errors: a clause that says why not.
  [[nodiscard]] virtual Result<void> takes(const AVCodec& decoder) const = 0;
  /// Connects to the device: what AVCodecContext::hw_device_ctx is set to. Decodes in the context of `runtime` (DecoderOptions::surfaces_in) where it is not null. Errors: a clause
  /// that says why it cannot be had.
  [[nodiscard]] virtual Result<av::BufferPtr> connect(GpuRuntime* runtime) const = 0;
  /// The format of pictures that lie on the device.
  [[nodiscard]] virtual AVPixelFormat surface_format() const = 0;
  /// Copies a picture from the device into an empty frame, in whatever format it has there. Returns 0 or an FFmpeg error code.
  [[nodiscard]] virtual int download(AVFrame& host, const AVFrame& surface) const = 0;
  /// Where a picture lies in the device's memory.
  struct Place {
    AVPixelFormat format = AV_PIX_FMT_NONE;  ///< as download() gives it
    std::array<const std::uint8_t*, 4> data{};
    std::array<int, 4> pitch_bytes{};
    const void* context = nullptr;  ///< DeviceSurface::context
    void* ready = nullptr;          ///< DeviceSurface::ready; none is needed where download() has waited for the picture
    std::shared_ptr<const void> memory;  ///< what keeps it alive beside the AVFrame, if that is not enough
  };
  /// Asked after a download. Nothing: that is the device's secret.
  [[nodiscard]] virtual std::optional<Place> where(const AVFrame& surface) const = 0;
};

namespace av {

/// Whether the pictures of a codec are specified to the last bit, so that two decoders that are right deliver the same.
[[nodiscard]] bool is_exactly_specified(AVCodecID codec);

/// Brings a picture from the device to the host in the format that software decodes to, so that nothing behind it can tell the difference. `software_format` is
/// what the codec decodes to without a device. Errors, each a clause: not on the device, another size or format than the clip began with, a failed copy.
[[nodiscard]] Result<FramePtr> fetch(const DecodeDevice& device, const AVFrame& surface, AVPixelFormat software_format, const StoredPicture& expected);

}  // namespace av
}  // namespace keel
