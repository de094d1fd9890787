// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/split_planes.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "engine/media/pixel_map.h"

namespace keel::av {
namespace {

/// Where the samples of a component lie.
struct Place {
  const std::uint8_t* data;
  int stride_bytes;
};

template <class Sample, int kStep>
void copy_rows(Place from, AVFrame& to, int plane, int width, int height, int shift) {
  for (int y = 0; y < height; ++y) {
    const auto* in = reinterpret_cast<const Sample*>(from.data + static_cast<std::ptrdiff_t>(y) * from.stride_bytes);
    auto* out = reinterpret_cast<Sample*>(to.data[plane] + static_cast<std::ptrdiff_t>(y) * to.linesize[plane]);
    for (int x = 0; x < width; ++x) out[x] = static_cast<Sample>(in[kStep * x] >> shift);
  }
}

template <class Sample>
void split_as(const AVFrame& packed, const AVPixFmtDescriptor& desc, AVFrame& planar, int shift) {
  for (int c = 0; c < 3; ++c) {
    const AVComponentDescriptor& comp = desc.comp[c];
    const Place from{packed.data[comp.plane] + comp.offset, packed.linesize[comp.plane]};
    const int width = c == 0 ? packed.width : AV_CEIL_RSHIFT(packed.width, desc.log2_chroma_w);
    const int height = c == 0 ? packed.height : AV_CEIL_RSHIFT(packed.height, desc.log2_chroma_h);
    if (comp.step == 2 * static_cast<int>(sizeof(Sample))) copy_rows<Sample, 2>(from, planar, c, width, height, shift);
    else copy_rows<Sample, 1>(from, planar, c, width, height, shift);
  }
}

}  // namespace

bool can_split(AVPixelFormat packed, AVPixelFormat planar) {
  if (packed != AV_PIX_FMT_NV12 && packed != AV_PIX_FMT_P010 && packed != AV_PIX_FMT_P016 && packed != AV_PIX_FMT_YUV444P16) return false;
  const auto layout = planar_layout(planar);
  if (!layout || layout->model != ColorModel::kYuv || layout->alpha) return false;
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(packed);
  const bool same_chroma = desc.log2_chroma_w == layout->chroma_shift_x && desc.log2_chroma_h == layout->chroma_shift_y;
  const int depth = desc.comp[0].depth;
  return same_chroma && depth >= layout->bit_depth && (depth == 8) == (layout->bit_depth == 8);
}

void split(const AVFrame& packed, AVFrame& planar) {
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(packed.format));
  const int depth = planar_layout(static_cast<AVPixelFormat>(planar.format))->bit_depth;
  if (depth == 8) split_as<std::uint8_t>(packed, desc, planar, 0);
  else split_as<std::uint16_t>(packed, desc, planar, 16 - depth);
}

}  // namespace keel::av
