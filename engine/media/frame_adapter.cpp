// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/frame_adapter.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/media/av_error.h"
#include "engine/media/pixel_map.h"
#include "engine/media/split_planes.h"
#include "engine/media/unpack.h"

namespace keel::av {
namespace {

/// Exact arithmetic and full chroma, so that a repack between formats of the same depth returns the same samples, on every machine.
constexpr int kScaleFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;

bool is_full_range(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  ColorTags color;
  color.range_known = frame.color_range != AVCOL_RANGE_UNSPECIFIED || is_j(format);
  color.full_range = frame.color_range == AVCOL_RANGE_JPEG || is_j(format);
  return av::is_full_range(format, color);
}

PlaneView view_of(const AVFrame& frame, int plane, Size size) {
  return {reinterpret_cast<const std::byte*>(frame.data[plane]), frame.linesize[plane], size.width, size.height};
}

/// Wraps the planes of a picture whose format is planar; `keep` owns them.
Frame wrap(const AVFrame& picture, const PixelFormat& layout, const ColorTags& color, std::shared_ptr<const void> keep) {
  const Size size{picture.width, picture.height};
  std::array<PlaneView, 4> planes{};
  for (int p = 0; p < layout.plane_count(); ++p) planes[static_cast<std::size_t>(p)] = view_of(picture, p, layout.plane_size(size, p));
  return Frame(size, layout, color, planes, std::move(keep));
}

/// Buffers that are stored bottom up have negative strides, which readers of Frame need not know.
bool rows_ascend(const AVFrame& picture) {
  return std::all_of(std::begin(picture.linesize), std::end(picture.linesize), [](int stride) { return stride >= 0; });
}

/// An AVFrame on the planes of `frame`, which it keeps alive: nothing is copied.
FramePtr borrow(const Frame& frame, AVPixelFormat format) {
  FramePtr picture = make_frame();
  picture->format = format;
  picture->width = frame.size().width;
  picture->height = frame.size().height;
  for (int p = 0; p < frame.plane_count(); ++p) {
    // FFmpeg's type has no const; the buffer below is marked read-only, which encoders respect.
    picture->data[p] = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(frame.plane(p).data));
    picture->linesize[p] = static_cast<int>(frame.plane(p).stride_bytes);
  }
  auto keeper = std::make_unique<Frame>(frame);
  picture->buf[0] = av_buffer_create(
      picture->data[0], 1, [](void* owner, std::uint8_t*) { delete static_cast<Frame*>(owner); }, keeper.get(), AV_BUFFER_FLAG_READONLY);
  KEEL_CHECK(picture->buf[0] != nullptr);
  keeper.release();  // owned by the buffer from here on
  return picture;
}

}  // namespace

Result<void> Repacker::prepare(const AVFrame& source) {
  const Size size{source.width, source.height};
  const auto format = static_cast<AVPixelFormat>(source.format);
  if (scaler_ != nullptr && size == source_size_ && format == source_format_) return {};
  if (sws_isSupportedInput(format) == 0)
    return Error{ErrorCode::kUnsupported, fmt::format("Pictures stored as {} cannot be read; convert the clip first.", name_of(format))};
  const bool from_rgb = (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  const int source_full = is_full_range(source) ? 1 : 0;
  const int target_full = !target_color_ ? source_full : is_full_range(format_, *target_color_) ? 1 : 0;
  const int matrix = from_rgb && target_color_ ? target_color_->matrix : static_cast<int>(source.colorspace);
  // Ranges have to be known before the context is made: told later, FFmpeg 5.1 keeps the samples of YUV above 8 bits as they are.
  scaler_.reset(sws_alloc_context());
  KEEL_CHECK(scaler_ != nullptr);
  const auto set = [&](const char* name, std::int64_t value) { KEEL_CHECK(av_opt_set_int(scaler_.get(), name, value, 0) >= 0); };
  set("srcw", size.width);
  set("srch", size.height);
  set("src_format", without_j(format));
  set("src_range", source_full);
  set("dstw", size_.width);
  set("dsth", size_.height);
  set("dst_format", format_);
  set("dst_range", target_full);
  set("sws_flags", kScaleFlags);
  if (sws_init_context(scaler_.get(), nullptr, nullptr) < 0) {
    scaler_.reset();
    return Error{ErrorCode::kUnsupported, fmt::format("Pictures of {}x{} ({}) cannot be turned into {}x{} ({}).", size.width, size.height,
                                                      name_of(format), size_.width, size_.height, name_of(format_))};
  }
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(matrix), source_full, sws_getCoefficients(matrix), target_full, 0, 1 << 16, 1 << 16);
  source_size_ = size;
  source_format_ = format;
  return {};
}

Result<void> Repacker::repack(const AVFrame& source, std::uint8_t* const planes[4], const int strides[4]) {
  KEEL_TRY(prepare(source));
  const int rows = sws_scale(scaler_.get(), source.data, source.linesize, 0, source.height, planes, strides);
  if (rows < 0) return Error{ErrorCode::kInternal, fmt::format("A picture could not be converted to {}: {}.", name_of(format_), describe(rows))};
  return {};
}

DecodedToFrame::DecodedToFrame(const StoredPicture& picture, Orientation orientation, const ColorTags& color)
    : picture_(picture),
      layout_(*planar_layout(picture.delivered)),
      orientation_(orientation),
      color_(color),
      repacker_(picture.size, picture.delivered) {}

Result<Frame> DecodedToFrame::convert(const std::shared_ptr<const AVFrame>& decoded, std::shared_ptr<const DeviceSurface> surface) {
  const bool same_size = Size{decoded->width, decoded->height} == picture_.size;
  const bool same = same_size && without_j(static_cast<AVPixelFormat>(decoded->format)) == picture_.delivered;
  if (same && rows_ascend(*decoded)) return reorient(wrap(*decoded, layout_, color_, decoded).with_surface(std::move(surface)), orientation_);
  FrameBuffer repacked(picture_.size, layout_, color_);
  if (same_size && can_unpack(static_cast<AVPixelFormat>(decoded->format), layout_)) {
    unpack(*decoded, repacked);
    return reorient(std::move(repacked).freeze(), orientation_);
  }
  std::array<std::uint8_t*, 4> planes{};
  std::array<int, 4> strides{};
  for (int p = 0; p < repacked.plane_count(); ++p) {
    planes[static_cast<std::size_t>(p)] = reinterpret_cast<std::uint8_t*>(repacked.data(p));
    strides[static_cast<std::size_t>(p)] = static_cast<int>(repacked.plane(p).stride_bytes);
  }
  KEEL_TRY(repacker_.repack(*decoded, planes.data(), strides.data()));
  return reorient(std::move(repacked).freeze(), orientation_);
}

FrameToEncoder::FrameToEncoder(Orientation to_stored, Size size, AVPixelFormat format, const ColorTags& color)
    : to_stored_(to_stored), size_(size), format_(format), color_(color), repacker_(size, format) {
  repacker_.set_target_color(color);
}

bool FrameToEncoder::keeps_samples(const PixelFormat& format, const ColorTags& color) const {
  const AVPixelFormat planar = format_of(format);
  const bool same_samples = planar == format_ || (can_split(format_, planar) && av_pix_fmt_desc_get(format_)->comp[0].depth == format.bit_depth);
  return to_stored_.identity() && same_samples && is_full_range(format_, color) == is_full_range(format_, color_);
}

void FrameToEncoder::tag(AVFrame& picture) const { set_color(picture, color_); }

Result<FramePtr> FrameToEncoder::convert(const Frame& frame) {
  const Frame stored = reorient(frame, to_stored_);
  const AVPixelFormat format = format_of(stored.format());
  KEEL_CHECK(stored.size() == size_ && format != AV_PIX_FMT_NONE);
  FramePtr picture = borrow(stored, format);
  set_color(*picture, frame.color());
  if (format != format_ || is_full_range(format, frame.color()) != is_full_range(format_, color_)) {
    FramePtr repacked = make_frame();
    repacked->format = format_;
    repacked->width = size_.width;
    repacked->height = size_.height;
    if (av_frame_get_buffer(repacked.get(), 0) < 0) return Error{ErrorCode::kOutOfMemory, "There is not enough memory for another picture."};
    KEEL_TRY(repacker_.repack(*picture, repacked->data, repacked->linesize));
    picture = std::move(repacked);
  }
  set_color(*picture, color_);
  return picture;
}

}  // namespace keel::av
