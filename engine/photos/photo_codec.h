// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/geometry.h"
#include "engine/base/result.h"

namespace keel {

/// An 8-bit grey photograph; `pixels` row by row without padding.
struct GrayPhoto {
  Size size;
  std::vector<std::uint8_t> pixels;
  bool operator==(const GrayPhoto&) const = default;
};

/// Lossy coding of grey photographs at about 1.5 bits a pixel (8x8 DCT, quantised, adaptive binary range coder). It exists so that a training
/// set of some thousand photographs travels as one small file to a machine that has no image library. `quality_step` is the quantiser's step
/// for low frequencies in grey levels: larger is smaller and coarser. Sides may be any size from 1 to 4096.
[[nodiscard]] std::vector<std::uint8_t> encode_photo(const GrayPhoto& photo, int quality_step);

/// The inverse. Error: kCorrupt when the bytes cannot be a coded photograph (sizes out of range, data at an end too early).
[[nodiscard]] Result<GrayPhoto> decode_photo(std::span<const std::uint8_t> bytes);

}  // namespace keel
