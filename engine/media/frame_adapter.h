// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/orientation.h"
#include "engine/media/source_file.h"

namespace keel::av {

/// Repacks pictures to one size and format with swscale, bit-exact settings; keeps its context between calls.
class Repacker {
 public:
  Repacker(Size size, AVPixelFormat format) : size_(size), format_(format) {}
  /// Into planes that have the size and format given at construction. YUV keeps its matrix. Errors: a source format that swscale does not read; no
  /// memory.
  [[nodiscard]] Result<void> repack(const AVFrame& source, std::uint8_t* const planes[4], const int strides[4]);
  /// Range of the target, and the matrix of the YUV that RGB is turned into. Without it the range of the source stays.
  void set_target_color(const ColorTags& color) { target_color_ = color; }

 private:
  [[nodiscard]] Result<void> prepare(const AVFrame& source);

  Size size_;
  AVPixelFormat format_;
  std::optional<ColorTags> target_color_;
  Scaler scaler_;
  Size source_size_;                               ///< what scaler_ was made for
  AVPixelFormat source_format_ = AV_PIX_FMT_NONE;  ///< likewise
};

/// Turns decoded pictures into Frames of one size and format, upright. Planar pictures are shared, not copied.
class DecodedToFrame {
 public:
  DecodedToFrame(const StoredPicture& picture, Orientation orientation, const ColorTags& color);
  /// `surface`: where the picture lies on a device too; only frames that are the picture as it was stored carry it.
  [[nodiscard]] Result<Frame> convert(const std::shared_ptr<const AVFrame>& decoded, std::shared_ptr<const DeviceSurface> surface = {});
  /// Pictures of another size are scaled to this one.
  [[nodiscard]] Size stored_size() const { return picture_.size; }

 private:
  StoredPicture picture_;
  PixelFormat layout_;  ///< of the delivered picture before the turn
  Orientation orientation_;
  ColorTags color_;
  Repacker repacker_;
};

/// Turns Frames into the pictures that an encoder takes: turned back, then repacked where the encoder's format differs.
class FrameToEncoder {
 public:
  /// `size` and `format` are the encoder's; `color` what its pictures are tagged with.
  FrameToEncoder(Orientation to_stored, Size size, AVPixelFormat format, const ColorTags& color);
  [[nodiscard]] Result<FramePtr> convert(const Frame& frame);
  /// Whether frames of a format go through with their samples as they are, if perhaps arranged otherwise.
  [[nodiscard]] bool keeps_samples(const PixelFormat& format, const ColorTags& color) const;
  /// Puts the encoder's colour tags on a picture that convert() has not made.
  void tag(AVFrame& picture) const;

 private:
  Orientation to_stored_;
  Size size_;
  AVPixelFormat format_;
  ColorTags color_;
  Repacker repacker_;
};

}  // namespace keel::av
