// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/image/frame.h"
#include "engine/media/av_raii.h"

namespace keel::av {

/// Whether `unpack` moves the samples of `source` into planes of `target` without changing one. swscale is exact and faster at 8 bits,
/// but not for deeper interleaved formats such as p010, which it filters.
[[nodiscard]] bool can_unpack(AVPixelFormat source, const PixelFormat& target);

/// Sample by sample; about 3 ns each. Gray with alpha gets neutral chroma.
void unpack(const AVFrame& source, FrameBuffer& target);

}  // namespace keel::av
