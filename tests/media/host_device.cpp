// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/media/host_device.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace keel::test {
namespace {

/// FFmpeg's choice for NVDEC's surfaces.
AVPixelFormat packed_format(const AVPixFmtDescriptor& planar) {
  const int depth = planar.comp[0].depth;
  if (planar.log2_chroma_w == 0) return depth == 8 ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV444P16;
  return depth == 8 ? AV_PIX_FMT_NV12 : depth == 10 ? AV_PIX_FMT_P010 : AV_PIX_FMT_P016;
}

}  // namespace

Result<void> HostDevice::takes(const AVCodec& decoder) const {
  if (takes_codec) return {};
  return Error{ErrorCode::kUnsupported, std::string("the host does not decode ") + decoder.name};
}

Result<av::BufferPtr> HostDevice::connect(GpuRuntime* in) const {
  ++connections;
  runtime = in;
  if (in != nullptr && !connects_in_context) return Error{ErrorCode::kUnsupported, "it does not decode there"};
  if (!connects) return Error{ErrorCode::kUnsupported, "there is no such device"};
  return av::BufferPtr();
}

int HostDevice::download(AVFrame& host, const AVFrame& picture) const {
  if (downloads++ >= fail_at) return AVERROR_EXTERNAL;
  return pack(host, picture);
}

std::optional<DecodeDevice::Place> HostDevice::where(const AVFrame& picture) const {
  if (!lay_out) return std::nullopt;
  const av::FramePtr packed = av::make_frame();
  if (pack(*packed, picture) != 0) return std::nullopt;
  auto place = lay_out(*packed);
  if (place) place->context = runtime->context();
  return place;
}

int HostDevice::pack(AVFrame& host, const AVFrame& picture) const {
  const AVPixFmtDescriptor& from = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  host.format = packed_format(from);
  host.width = picture.width;
  host.height = picture.height;
  if (av_frame_get_buffer(&host, 0) < 0) return AVERROR(ENOMEM);
  // The writer below only sets bits.
  for (const AVBufferRef* buffer : host.buf)
    if (buffer != nullptr) std::memset(buffer->data, 0, static_cast<std::size_t>(buffer->size));
  const AVPixFmtDescriptor& to = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(host.format));
  // FFmpeg's own access to single samples: it shares no code with what turns them back.
  const int shift = from.comp[0].depth == 8 ? 0 : to.comp[0].depth - from.comp[0].depth;
  std::vector<std::uint16_t> row(static_cast<std::size_t>(picture.width));
  for (int c = 0; c < 3; ++c) {
    const int width = c == 0 ? picture.width : AV_CEIL_RSHIFT(picture.width, from.log2_chroma_w);
    const int height = c == 0 ? picture.height : AV_CEIL_RSHIFT(picture.height, from.log2_chroma_h);
    for (int y = 0; y < height; ++y) {
      av_read_image_line2(row.data(), const_cast<const std::uint8_t**>(picture.data), picture.linesize, &from, 0, y, c, width, 0, sizeof(std::uint16_t));
      for (int x = 0; x < width; ++x) row[static_cast<std::size_t>(x)] = static_cast<std::uint16_t>(row[static_cast<std::size_t>(x)] << shift);
      if (miscalculates && c == 2 && y == height - 1) row[0] ^= static_cast<std::uint16_t>(1 << shift);
      av_write_image_line2(row.data(), host.data, host.linesize, &to, 0, y, c, width, sizeof(std::uint16_t));
    }
  }
  return 0;
}

}  // namespace keel::test
