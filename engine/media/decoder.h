// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/media/clip_info.h"

namespace keel {

class GpuRuntime;

/// A frame as it comes out of the decoder, upright, in display order.
struct DecodedFrame {
  Frame frame;
  std::int64_t index = 0;     ///< 0-based count in decode order since open; -1 after a seek
  std::int64_t pts = 0;       ///< in ClipInfo::time_base; strictly increasing (missing and non-monotonic ones are mended)
  std::int64_t duration = 0;  ///< in ClipInfo::time_base; at least 1
  bool repeated = false;      ///< the picture could not be decoded and is the last good one again
};

/// A piece of hardware that decodes: what it needs is in engine/media/decode_device.h.
class DecodeDevice;

/// NVIDIA's decoder, through FFmpeg. Whether there is one shows when a clip is opened; null is never returned.
[[nodiscard]] const DecodeDevice* nvdec();
/// Whether the device is there; the error is a clause. What codecs and profiles it takes shows with each clip.
[[nodiscard]] Result<void> decode_device_available(const DecodeDevice& device);

struct DecoderOptions {
  int threads = 0;  ///< 0: as many as the machine has cores
  bool still_pictures = false;  ///< also open JPEG, PNG, WebP, BMP and TIFF files, as clips of one frame
  /// Decodes where it can (nvdec()); null: software. Software checks its first frame, and takes over, for good, where it fails: the frames, counts and
  /// times are the same. Only codecs whose pictures are specified to the last bit are given to it. It outlives the decoder.
  const DecodeDevice* device = nullptr;
  /// Whoever computes on the decoding device: frames carry where they lie there (Frame::surface), a few at a time, where the device decodes in the context of this
  /// runtime and the frame is the picture as it was stored. Null: no frame does.
  GpuRuntime* surfaces_in = nullptr;
};

/// Decodes the first (best) video stream of a local file. Bounded memory: frames are handed out one by one and share the codec's buffers
/// where the stored format is planar and not rotated. A decoding error repeats the last good frame, marks it and goes on;
/// garbage never hangs it. Two decoders on one file deliver the same frames. One thread at a time may use it.
class Decoder {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Decoder>> open(const std::filesystem::path& path, const DecoderOptions& options = {});
  virtual ~Decoder() = default;

  [[nodiscard]] virtual const ClipInfo& info() const = 0;
  /// The next frame; an empty optional at the end of the clip.
  [[nodiscard]] virtual Result<std::optional<DecodedFrame>> next() = 0;
  /// The following `next()` returns the first frame whose pts is >= `pts` (the last frame if none is).
  [[nodiscard]] virtual Result<void> seek(std::int64_t pts) = 0;
  [[nodiscard]] virtual DecodeHealth health() const = 0;
  /// Who decodes at present.
  [[nodiscard]] virtual DecodePath decode_path() const = 0;
};

}  // namespace keel
