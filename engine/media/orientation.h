// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "engine/image/frame.h"
#include "engine/media/av_raii.h"

namespace keel::av {

/// One of the eight ways to lay a picture on its grid: transpose first, then mirror. `Orientation{true, true, false}` turns by 90 degrees clockwise.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;

  bool operator==(const Orientation&) const = default;
  [[nodiscard]] bool identity() const { return *this == Orientation{}; }
  [[nodiscard]] Orientation inverse() const;
  /// Clockwise turn of 0, 90, 180 or 270 degrees; a mirrored orientation gives the turn without its mirror.
  [[nodiscard]] int rotation_deg() const;
  [[nodiscard]] Size apply(Size size) const { return transpose ? Size{size.height, size.width} : size; }
  /// Chroma subsampling turns with the picture: 4:2:2 becomes 4:4:0.
  [[nodiscard]] PixelFormat apply(PixelFormat format) const;
};

/// The display matrix of a stream (9 values), or null.
[[nodiscard]] const std::int32_t* display_matrix(const AVStream& stream);

/// How the container asks to lay the stored picture; empty for a matrix that is no multiple of 90 degrees.
/// Without a matrix, the identity.
[[nodiscard]] std::optional<Orientation> orientation_of(const AVStream& stream);

/// A new picture with the planes of `source` laid out anew. Pure copying: no sample changes. About 8 ms for a 4K picture of 8 bits.
[[nodiscard]] Frame reorient(const Frame& source, Orientation orientation);

}  // namespace keel::av
