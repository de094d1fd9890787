// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/jpeg.h"

#include <algorithm>
#include <cmath>

#include "engine/media/av_error.h"
#include "engine/media/frame_adapter.h"
#include "engine/media/pixel_map.h"

namespace keel {
namespace {

/// FFmpeg's scale from 2 (best) to 31.
constexpr int kQuality = 4;
/// H.273 code of the one matrix that JFIF knows (BT.601).
constexpr int kJpegMatrix = 5;

Size reduced(Size size, int longer_side_px) {
  const double k = std::min(1.0, static_cast<double>(longer_side_px) / std::max(size.width, size.height));
  return {std::max(1, static_cast<int>(std::lround(size.width * k))), std::max(1, static_cast<int>(std::lround(size.height * k)))};
}

/// By way of RGB: between two kinds of YUV the repacker keeps the matrix, and a JPEG's is fixed.
Result<av::FramePtr> jpeg_picture(const Frame& frame, Size size) {
  ColorTags rgb, jpeg;
  rgb.matrix = 0;
  jpeg.matrix = kJpegMatrix;
  for (ColorTags* tags : {&rgb, &jpeg}) tags->full_range = tags->range_known = true;
  av::FrameToEncoder to_rgb({}, frame.size(), AV_PIX_FMT_GBRP, rgb);
  KEEL_ASSIGN(const av::FramePtr whole, to_rgb.convert(frame));
  av::FramePtr picture = av::make_frame();
  picture->format = AV_PIX_FMT_YUV420P;
  picture->width = size.width;
  picture->height = size.height;
  if (av_frame_get_buffer(picture.get(), 0) < 0) return Error{ErrorCode::kOutOfMemory, "There is not enough memory for another picture."};
  av::Repacker repacker(size, AV_PIX_FMT_YUV420P);
  repacker.set_target_color(jpeg);
  KEEL_TRY(repacker.repack(*whole, picture->data, picture->linesize));
  av::set_color(*picture, jpeg);
  picture->quality = kQuality * FF_QP2LAMBDA;
  return picture;
}

Error failed(int code) { return {ErrorCode::kUnsupported, "A picture could not be written as JPEG: " + av::describe(code) + "."}; }

}  // namespace

Result<std::vector<std::byte>> encode_jpeg(const Frame& frame, int longer_side_px) {
  const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (encoder == nullptr) return Error{ErrorCode::kUnsupported, "This build of FFmpeg cannot write JPEG pictures."};
  const Size size = reduced(frame.size(), longer_side_px);
  KEEL_ASSIGN(const av::FramePtr picture, jpeg_picture(frame, size));
  av::CodecContext codec(avcodec_alloc_context3(encoder));
  if (codec == nullptr) return Error{ErrorCode::kOutOfMemory, "There is not enough memory for a JPEG encoder."};
  codec->width = size.width;
  codec->height = size.height;
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->color_range = AVCOL_RANGE_JPEG;
  codec->time_base = {1, 25};  // asked for, and without a meaning for one picture
  codec->flags |= AV_CODEC_FLAG_QSCALE;
  codec->global_quality = kQuality * FF_QP2LAMBDA;
  codec->thread_count = 1;
  if (const int code = avcodec_open2(codec.get(), encoder, nullptr); code < 0) return failed(code);
  if (const int code = avcodec_send_frame(codec.get(), picture.get()); code < 0) return failed(code);
  (void)avcodec_send_frame(codec.get(), nullptr);
  av::PacketPtr packet = av::make_packet();
  if (const int code = avcodec_receive_packet(codec.get(), packet.get()); code < 0) return failed(code);
  const auto* bytes = reinterpret_cast<const std::byte*>(packet->data);
  return std::vector<std::byte>(bytes, bytes + packet->size);
}

}  // namespace keel
