// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>

#include "engine/image/device_surface.h"
#include "engine/media/decode_device.h"

namespace keel::av {

/// Lends a decoding device's pictures to whoever computes there. A device has few of them, and fails when its decoder finds none free: as many as are
/// lent at most must be set aside for it (AVCodecContext::extra_hw_frames). A borrowed surface may live longer than this, than the decoder too, and
/// go on any thread.
class SurfaceLoans {
 public:
  /// What a renderer has in flight, the queue before it and a picture on either side. With the 16 pictures that a codec may refer to, and those that
  /// FFmpeg adds, below the 32 that NVDEC has.
  static constexpr int kMost = 8;

  /// Where `surface` lies, which is kept until the answer goes; null where the device does not say, where it is cropped or arranged in another way
  /// than DeviceSurface can tell, or as many are lent already.
  [[nodiscard]] std::shared_ptr<const DeviceSurface> lend(const DecodeDevice& device, const AVFrame& surface, const StoredPicture& expected);

 private:
  std::shared_ptr<std::atomic<int>> lent_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace keel::av
