// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "engine/base/result.h"
#include "engine/image/frame.h"

namespace keel {

/// A whole JPEG file of a frame, reduced (never enlarged) so that its longer side has at most `longer_side_px`; colours are converted to what JPEG
/// means by them. For pages and lists, not for keeping: 4:2:0, 8 bits, some 15 KB at 360 px. About 20 ms for a frame of 1080p. Errors: kUnsupported where
/// this build of FFmpeg has no JPEG encoder or cannot read the format; kOutOfMemory.
[[nodiscard]] Result<std::vector<std::byte>> encode_jpeg(const Frame& frame, int longer_side_px);

}  // namespace keel
