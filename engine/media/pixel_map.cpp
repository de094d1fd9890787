// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/pixel_map.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <limits>
#include <string>

#include "engine/media/clip_info.h"

namespace keel::av {
namespace {

constexpr std::uint64_t kNeverPlanar =
    AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;

bool components_are_planes(const AVPixFmtDescriptor& desc) {
  const int depth = desc.comp[0].depth;
  if (depth < 8 || depth > 16) return false;
  const int bytes = depth > 8 ? 2 : 1;
  unsigned planes_seen = 0;
  for (int c = 0; c < desc.nb_components; ++c) {
    const AVComponentDescriptor& comp = desc.comp[c];
    if (comp.depth != depth || comp.shift != 0 || comp.offset != 0 || comp.step != bytes) return false;
    planes_seen |= 1U << comp.plane;
  }
  return planes_seen == (1U << desc.nb_components) - 1U;
}

bool native_order(const AVPixFmtDescriptor& desc) {
  return desc.comp[0].depth <= 8 || (desc.flags & AV_PIX_FMT_FLAG_BE) == (AV_NE(AV_PIX_FMT_FLAG_BE, 0));
}

bool loses_bits(AVPixelFormat from, AVPixelFormat to) { return (av_get_pix_fmt_loss(to, from, 1) & ~FF_LOSS_COLORQUANT) != 0; }

/// Bits of a pixel without padding: the smallest of several lossless formats is the nearest.
int cost(AVPixelFormat format) { return av_get_bits_per_pixel(av_pix_fmt_desc_get(format)); }

}  // namespace

std::optional<PixelFormat> planar_layout(AVPixelFormat format) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  if (desc == nullptr || (desc->flags & kNeverPlanar) != 0 || !native_order(*desc) || !components_are_planes(*desc)) return std::nullopt;
  PixelFormat layout;
  layout.bit_depth = desc->comp[0].depth;
  layout.chroma_shift_x = desc->log2_chroma_w;
  layout.chroma_shift_y = desc->log2_chroma_h;
  layout.alpha = (desc->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  const int colors = desc->nb_components - (layout.alpha ? 1 : 0);
  if (colors == 1) {
    layout.model = ColorModel::kGray;
  } else if ((desc->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    // Component order is R, G, B; only the plane order G, B, R is ours.
    if (desc->comp[0].plane != 2 || desc->comp[1].plane != 0 || desc->comp[2].plane != 1) return std::nullopt;
    layout.model = ColorModel::kGbr;
  } else {
    if (desc->comp[1].plane != 1 || desc->comp[2].plane != 2) return std::nullopt;
    layout.model = ColorModel::kYuv;
  }
  return layout;
}

AVPixelFormat format_of(const PixelFormat& layout) {
  for (const AVPixFmtDescriptor* desc = av_pix_fmt_desc_next(nullptr); desc != nullptr; desc = av_pix_fmt_desc_next(desc)) {
    const AVPixelFormat format = av_pix_fmt_desc_get_id(desc);
    if (!is_j(format) && planar_layout(format) == layout) return format;
  }
  return AV_PIX_FMT_NONE;
}

AVPixelFormat planar_equivalent(AVPixelFormat format) {
  if (planar_layout(format)) return without_j(format);
  const AVPixFmtDescriptor* source = av_pix_fmt_desc_get(format);
  if (source == nullptr || sws_isSupportedInput(format) == 0) return AV_PIX_FMT_NONE;
  if ((source->flags & AV_PIX_FMT_FLAG_FLOAT) != 0) {
    const bool alpha = (source->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    return source->nb_components == 1 ? AV_PIX_FMT_GRAY16 : alpha ? AV_PIX_FMT_GBRAP16 : AV_PIX_FMT_GBRP16;
  }
  // FFmpeg has no planar gray with alpha; its notion of the nearest format is RGB, which would cost encoders a conversion back.
  if (source->nb_components == 2 && (source->flags & AV_PIX_FMT_FLAG_ALPHA) != 0)
    return source->comp[0].depth > 8 ? AV_PIX_FMT_YUVA444P16 : AV_PIX_FMT_YUVA444P;
  AVPixelFormat best = AV_PIX_FMT_NONE;
  for (const AVPixFmtDescriptor* desc = av_pix_fmt_desc_next(nullptr); desc != nullptr; desc = av_pix_fmt_desc_next(desc)) {
    const AVPixelFormat candidate = av_pix_fmt_desc_get_id(desc);
    if (is_j(candidate) || !planar_layout(candidate) || sws_isSupportedOutput(candidate) == 0 || loses_bits(format, candidate)) continue;
    if (best == AV_PIX_FMT_NONE || cost(candidate) < cost(best)) best = candidate;
  }
  return best;
}

bool is_j(AVPixelFormat format) { return without_j(format) != format; }

AVPixelFormat without_j(AVPixelFormat format) {
  // Not an enumeration switch: FFmpeg has hundreds of formats and these five are all that were ever deprecated so.
  if (format == AV_PIX_FMT_YUVJ420P) return AV_PIX_FMT_YUV420P;
  if (format == AV_PIX_FMT_YUVJ422P) return AV_PIX_FMT_YUV422P;
  if (format == AV_PIX_FMT_YUVJ444P) return AV_PIX_FMT_YUV444P;
  if (format == AV_PIX_FMT_YUVJ440P) return AV_PIX_FMT_YUV440P;
  if (format == AV_PIX_FMT_YUVJ411P) return AV_PIX_FMT_YUV411P;
  return format;
}

AVPixelFormat without_subsampling(AVPixelFormat format) {
  std::optional<PixelFormat> layout = planar_layout(format);
  if (!layout) return AV_PIX_FMT_NONE;
  if (layout->model == ColorModel::kYuv) layout->chroma_shift_x = layout->chroma_shift_y = 0;
  return format_of(*layout);
}

const char* name_of(AVPixelFormat format) {
  const char* name = av_get_pix_fmt_name(format);
  return name == nullptr ? "unknown" : name;
}

bool is_full_range(AVPixelFormat format, const ColorTags& color) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  const bool yuv = (desc->flags & AV_PIX_FMT_FLAG_RGB) == 0 && desc->nb_components > 2;
  return color.range_known ? color.full_range : !yuv;
}

ColorTags color_of(const AVCodecParameters& parameters) {
  ColorTags color;
  color.primaries = parameters.color_primaries;
  color.transfer = parameters.color_trc;
  color.matrix = parameters.color_space;
  color.chroma_location = parameters.chroma_location;
  const bool j = is_j(static_cast<AVPixelFormat>(parameters.format));
  color.full_range = j || parameters.color_range == AVCOL_RANGE_JPEG;
  color.range_known = j || parameters.color_range != AVCOL_RANGE_UNSPECIFIED;
  return color;
}

namespace {
template <class Target>
void put(Target& target, const ColorTags& color) {
  target.color_primaries = static_cast<AVColorPrimaries>(color.primaries);
  target.color_trc = static_cast<AVColorTransferCharacteristic>(color.transfer);
  target.colorspace = static_cast<AVColorSpace>(color.matrix);
  target.color_range = !color.range_known ? AVCOL_RANGE_UNSPECIFIED : color.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}
}  // namespace

void set_color(AVFrame& frame, const ColorTags& color) {
  put(frame, color);
  frame.chroma_location = static_cast<AVChromaLocation>(color.chroma_location);
}

void set_color(AVCodecContext& codec, const ColorTags& color) {
  put(codec, color);
  codec.chroma_sample_location = static_cast<AVChromaLocation>(color.chroma_location);
}

}  // namespace keel::av

namespace keel {

std::string to_string(const ColorTags& color) {
  constexpr int kNotSaid = 2;
  const auto name = [](const char* found) { return std::string(found == nullptr ? "unknown" : found); };
  const std::string primaries = name(av_color_primaries_name(static_cast<AVColorPrimaries>(color.primaries))),
                    transfer = name(av_color_transfer_name(static_cast<AVColorTransferCharacteristic>(color.transfer))),
                    matrix = name(av_color_space_name(static_cast<AVColorSpace>(color.matrix)));
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (primaries == transfer && transfer == matrix) {
    if (color.primaries != kNotSaid) add(primaries + " primaries, transfer and matrix");
  } else {
    if (color.primaries != kNotSaid) add(primaries + " primaries");
    if (color.transfer != kNotSaid) add(transfer + " transfer");
    if (color.matrix != kNotSaid) add(matrix + " matrix");
  }
  if (color.range_known) add(color.full_range ? "full range" : "limited range");
  return text.empty() ? "not said" : text;
}

}  // namespace keel
