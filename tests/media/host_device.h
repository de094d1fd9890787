// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <limits>
#include <optional>

#include "engine/media/decode_device.h"

namespace keel::test {

/// A decoding device that is none: its surfaces are the pictures of the software decoder, and a download packs them as real devices do (nv12, p010, p016,
/// yuv444p16 with the bits at the top). Fails on demand.
class HostDevice final : public DecodeDevice {
 public:
  static constexpr int kNever = std::numeric_limits<int>::max();

  bool takes_codec = true;
  bool connects = true;
  AVPixelFormat surface = AV_PIX_FMT_YUV420P;  ///< what the codec must offer
  int fail_at = kNever;                        ///< downloads from this number on (0 is the first) fail
  bool miscalculates = false;                  ///< one sample of each picture is wrong
  /// Puts a packed picture where a computing device has it. Without it, where() knows nothing.
  std::function<std::optional<Place>(const AVFrame& packed)> lay_out;
  bool connects_in_context = true;
  mutable int connections = 0, downloads = 0;
  mutable GpuRuntime* runtime = nullptr;  ///< in whose context it was connected last

  const char* name() const override { return "HOST"; }
  Result<void> takes(const AVCodec& decoder) const override;
  Result<av::BufferPtr> connect(GpuRuntime* in) const override;
  AVPixelFormat surface_format() const override { return surface; }
  int download(AVFrame& host, const AVFrame& picture) const override;
  std::optional<Place> where(const AVFrame& picture) const override;

 private:
  int pack(AVFrame& host, const AVFrame& picture) const;
};

}  // namespace keel::test
