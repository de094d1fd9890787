// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/decoder.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

#include "engine/media/av_error.h"
#include "engine/media/decode_device.h"
#include "engine/media/frame_adapter.h"
#include "engine/media/hdr_metadata.h"
#include "engine/media/picture_source.h"

namespace keel {
namespace {

class FileDecoder final : public Decoder {
 public:
  FileDecoder(ClipInfo info, av::PictureSource pictures, av::DecodedToFrame adapter)
      : info_(std::move(info)), pictures_(std::move(pictures)), adapter_(std::move(adapter)) {}

  const ClipInfo& info() const override { return info_; }

  Result<std::optional<DecodedFrame>> next() override {
    KEEL_ASSIGN(std::optional<av::Picture> picture, target_ ? next_after_seek() : pictures_.next());
    if (!picture) {
      at_end_ = true;
      return std::optional<DecodedFrame>();
    }
    if (picture->damaged) ++damaged_;
    if (Size{picture->frame->width, picture->frame->height} != adapter_.stored_size()) ++resized_;
    KEEL_ASSIGN(Frame frame, to_frame(*picture));
    DecodedFrame decoded{std::move(frame), sought_ ? -1 : delivered_, picture->pts, picture->duration, picture->repeated};
    ++delivered_;
    end_pts_ = picture->pts + picture->duration;
    return std::optional<DecodedFrame>(std::move(decoded));
  }

  Result<void> seek(std::int64_t pts) override {
    KEEL_TRY(pictures_.seek(pts));
    target_ = pts;
    sought_ = true;
    at_end_ = false;
    return {};
  }

  DecodeHealth health() const override { return {damaged_ + pictures_.lost_without_repeat(), pictures_.read_failed() || (at_end_ && fell_short()), resized_}; }

  DecodePath decode_path() const override {
    if (!pictures_.device_trouble()) return info_.decode;
    return {"software " + info_.codec, false, pictures_.device_trouble()->message, true, ""};
  }

 private:
  /// Pictures before the target are decoded but not converted.
  Result<std::optional<av::Picture>> next_after_seek() {
    const std::int64_t target = *std::exchange(target_, std::nullopt);
    std::optional<av::Picture> last;
    for (;;) {
      KEEL_ASSIGN(std::optional<av::Picture> picture, pictures_.next());
      if (!picture) return last;
      last = std::move(picture);
      if (last->pts >= target) return last;
    }
  }

  Result<Frame> to_frame(const av::Picture& picture) {
    try {
      return adapter_.convert(picture.frame, picture.surface);
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kOutOfMemory,
                   fmt::format("There is not enough memory for a {}x{} picture of {}.", info_.size.width, info_.size.height, av::quoted(info_.path))};
    }
  }

  /// Containers round their promises and count dropped frames, so only a clear shortfall tells of a truncated file.
  bool fell_short() const {
    constexpr double kSlackFrames = 3;
    constexpr double kSlackShare = 0.02;
    const double promised_s = info_.duration_s;
    const double got_s = static_cast<double>(end_pts_ - info_.start_pts) * info_.time_base.value();
    const double frame_s = info_.frame_rate.num > 0 ? 1.0 / info_.frame_rate.value() : 0;
    return promised_s - got_s > kSlackFrames * frame_s + kSlackShare * promised_s;
  }

  ClipInfo info_;
  av::PictureSource pictures_;
  av::DecodedToFrame adapter_;
  std::optional<std::int64_t> target_;  ///< set between seek() and the next frame
  std::int64_t delivered_ = 0;
  std::int64_t damaged_ = 0, resized_ = 0;
  std::int64_t end_pts_ = 0;
  bool sought_ = false;
  bool at_end_ = false;
};

/// What only a decoded picture knows.
void learn_from(const av::Picture& first, ClipInfo& info) {
  info.start_pts = first.pts;
  if (info.hdr.empty()) info.hdr = av::hdr_metadata_of(*first.frame);
  info.dynamic_hdr = av_frame_get_side_data(first.frame.get(), AV_FRAME_DATA_DYNAMIC_HDR_PLUS) != nullptr;
  info.embedded_captions = av_frame_get_side_data(first.frame.get(), AV_FRAME_DATA_A53_CC) != nullptr;
}

bool same_samples(const Frame& a, const Frame& b) {
  if (!(a.size() == b.size()) || !(a.format() == b.format())) return false;
  for (int p = 0; p < a.plane_count(); ++p)
    for (int y = 0; y < a.plane(p).height; ++y)
      if (std::memcmp(a.plane(p).row<std::byte>(y), b.plane(p).row<std::byte>(y), static_cast<std::size_t>(a.plane(p).width * a.format().bytes_per_sample())) != 0) return false;
  return true;
}

/// The clip's pictures from the device, whose first one is software's. Errors: a clause that says why not; kUnsupported where the device is not to blame.
Result<av::PictureSource> open_on_device(const std::filesystem::path& path, const DecoderOptions& options, GpuRuntime* surfaces_in, const av::Picture* first, av::DecodedToFrame& adapter) {
  KEEL_ASSIGN(av::SourceFile source, av::open_source(path, options.still_pictures));
  if (first == nullptr) return Error{ErrorCode::kUnsupported, "the clip has no first frame to compare"};
  KEEL_ASSIGN(av::PictureSource pictures, av::PictureSource::open(std::move(source), path, options.threads, options.device, surfaces_in));
  KEEL_ASSIGN(const av::Picture* theirs, pictures.peek());
  if (!pictures.on_device()) return *pictures.device_trouble();
  const std::string name = options.device->name();
  if (theirs == nullptr || theirs->pts != first->pts || theirs->duration != first->duration) return Error{ErrorCode::kInternal, name + " gives its first frame another time"};
  KEEL_ASSIGN(const Frame expected, adapter.convert(first->frame));
  KEEL_ASSIGN(const Frame delivered, adapter.convert(theirs->frame));
  if (!same_samples(expected, delivered)) return Error{ErrorCode::kInternal, "the first frame from " + name + " is not the one that software decodes"};
  return pictures;
}

/// Lets the device decode where it can, and has `info` say who does.
void try_device(const std::filesystem::path& path, const DecoderOptions& options, const av::Picture* first, av::DecodedToFrame& adapter, av::PictureSource& pictures, ClipInfo& info) {
  if (options.device == nullptr) return;
  auto on_device = open_on_device(path, options, options.surfaces_in, first, adapter);
  // More pictures than a decoder needs may be more than the device has, and the context may be one that it does not take.
  std::string copied;
  if (!on_device && options.surfaces_in != nullptr) {
    copied = on_device.error().message;
    on_device = open_on_device(path, options, nullptr, first, adapter);
  }
  if (on_device) {
    pictures = std::move(*on_device);
    info.decode = {fmt::format("{} {}", options.device->name(), info.codec), true, "", false, copied};
  } else {
    info.decode.reason = on_device.error().message;
    info.decode.gave_up = on_device.error().code != ErrorCode::kUnsupported;
  }
}

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::open(const std::filesystem::path& path, const DecoderOptions& options) {
  KEEL_ASSIGN(av::SourceFile source, av::open_source(path, options.still_pictures));
  KEEL_ASSIGN(const AVCodec* codec, av::find_decoder(source, path));
  ClipInfo info = av::describe(source, *codec, path);
  av::DecodedToFrame adapter(av::stored_picture(source), av::applied_orientation(source), info.color);
  KEEL_ASSIGN(av::PictureSource pictures, av::PictureSource::open(std::move(source), path, options.threads));
  KEEL_ASSIGN(const av::Picture* first, pictures.peek());
  if (first != nullptr) learn_from(*first, info);
  try_device(path, options, first, adapter, pictures, info);
  return std::unique_ptr<Decoder>(std::make_unique<FileDecoder>(std::move(info), std::move(pictures), std::move(adapter)));
}

}  // namespace keel
