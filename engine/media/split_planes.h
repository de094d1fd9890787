// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/media/av_raii.h"

namespace keel::av {

/// Whether `split` turns `packed`, a format in which devices hand out pictures (nv12, p010, p016, yuv444p16), into `planar` without losing a bit. Devices put the
/// bits of deep samples at the top of 16.
[[nodiscard]] bool can_split(AVPixelFormat packed, AVPixelFormat planar);

/// Sample by sample into `planar`, which has its size, format and buffers. 1080p takes about a millisecond.
void split(const AVFrame& packed, AVFrame& planar);

}  // namespace keel::av
