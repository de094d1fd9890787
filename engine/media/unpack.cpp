// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/unpack.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>

namespace keel::av {
namespace {

constexpr std::uint64_t kNotPlainSamples =
    AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;

bool is_gray_alpha(const AVPixFmtDescriptor& desc) { return desc.nb_components == 2 && (desc.flags & AV_PIX_FMT_FLAG_ALPHA) != 0; }

bool same_sampling(const AVPixFmtDescriptor& desc, const PixelFormat& target) {
  return desc.log2_chroma_w == target.chroma_shift_x && desc.log2_chroma_h == target.chroma_shift_y;
}

/// Components come as Y U V A or R G B A; our planes as Y U V A or G B R A.
int plane_of(int component, const AVPixFmtDescriptor& desc, const PixelFormat& target) {
  const bool alpha = target.alpha && component == desc.nb_components - 1;
  if (alpha) return target.plane_count() - 1;
  return target.model == ColorModel::kGbr ? (component + 2) % 3 : component;
}

void read_plane(const AVFrame& source, const AVPixFmtDescriptor& desc, int component, FrameBuffer& target, int plane) {
  const PlaneView view = target.plane(plane);
  for (int y = 0; y < view.height; ++y)
    av_read_image_line2(target.row<std::uint16_t>(plane, y), const_cast<const std::uint8_t**>(source.data), source.linesize, &desc, 0, y, component,
                        view.width, 0, sizeof(std::uint16_t));
}

}  // namespace

bool can_unpack(AVPixelFormat source, const PixelFormat& target) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(source);
  if (desc == nullptr || target.bit_depth <= 8 || (desc->flags & kNotPlainSamples) != 0) return false;
  for (int c = 0; c < desc->nb_components; ++c)
    if (desc->comp[c].depth != target.bit_depth) return false;
  if (is_gray_alpha(*desc)) return target.model == ColorModel::kYuv && target.alpha && target.chroma_shift_x == 0 && target.chroma_shift_y == 0;
  const bool rgb = (desc->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  return desc->nb_components == target.plane_count() && rgb == (target.model == ColorModel::kGbr) && same_sampling(*desc, target);
}

void unpack(const AVFrame& source, FrameBuffer& target) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(source.format));
  const PixelFormat& format = target.format();
  for (int c = 0; c < desc->nb_components; ++c) read_plane(source, *desc, c, target, plane_of(c, *desc, format));
  if (!is_gray_alpha(*desc)) return;
  for (const int plane : {1, 2})
    for (int y = 0; y < target.plane(plane).height; ++y)
      std::fill_n(target.row<std::uint16_t>(plane, y), target.plane(plane).width, static_cast<std::uint16_t>(1 << (format.bit_depth - 1)));
}

}  // namespace keel::av
