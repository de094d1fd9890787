// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "engine/image/frame.h"
#include "engine/media/av_raii.h"

namespace keel::av {

/// The layout of `format` when its planes can be used as they are: planar, 8 to 16 bit, native byte order, low bits.
[[nodiscard]] std::optional<PixelFormat> planar_layout(AVPixelFormat format);

/// The FFmpeg format with this layout (never a "yuvj" one); AV_PIX_FMT_NONE where FFmpeg has none, as for 4:1:1 turned by 90 degrees.
[[nodiscard]] AVPixelFormat format_of(const PixelFormat& layout);

/// The planar format that holds all that `format` holds: itself where it is planar, else the smallest one that loses no bits.
/// Floating point goes to 16 bits. AV_PIX_FMT_NONE for formats that swscale cannot read (hardware surfaces).
[[nodiscard]] AVPixelFormat planar_equivalent(AVPixelFormat format);

/// "yuvj" formats are deprecated names for a full-range "yuv": the plain name.
[[nodiscard]] AVPixelFormat without_j(AVPixelFormat format);
[[nodiscard]] bool is_j(AVPixelFormat format);

/// Same samples, chroma subsampling dropped: for pictures that a subsampled format cannot hold.
[[nodiscard]] AVPixelFormat without_subsampling(AVPixelFormat format);

[[nodiscard]] const char* name_of(AVPixelFormat format);

/// is_full_range() for FFmpeg's formats.
[[nodiscard]] bool is_full_range(AVPixelFormat format, const ColorTags& color);

/// Colour tags of a stream.
[[nodiscard]] ColorTags color_of(const AVCodecParameters& parameters);

/// Puts `color` on a frame or codec context.
void set_color(AVFrame& frame, const ColorTags& color);
void set_color(AVCodecContext& codec, const ColorTags& color);

}  // namespace keel::av
