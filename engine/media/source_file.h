// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/clip_info.h"
#include "engine/media/orientation.h"

namespace keel::av {

/// An opened container with its headers read and its video stream chosen.
struct SourceFile {
  InputContext container;
  int video_index = -1;

  [[nodiscard]] AVStream& video() const { return *container->streams[video_index]; }
  [[nodiscard]] const AVCodecParameters& parameters() const { return *video().codecpar; }
};

/// Opens a local file. Only container formats that hold their media themselves are tried: no playlist, image sequence or
/// device, and no protocol but "file", so that a hostile file cannot lead to another file or to the network.
/// With `still_pictures` a picture file is a video of one frame. Errors: not found, a folder, not a plain file, empty, a playlist, not a video, no video stream.
[[nodiscard]] Result<SourceFile> open_source(const std::filesystem::path& path, bool still_pictures = false);

/// Refuses what open_source accepts but Keel cannot decode: no decoder, no picture size, unknown pixel format, interlaced.
[[nodiscard]] Result<const AVCodec*> find_decoder(const SourceFile& source, const std::filesystem::path& path);

/// What find_decoder() says of interlaced video; for who learns of it from the pictures only.
[[nodiscard]] Error interlaced(const std::filesystem::path& path);

/// Leaves only the video stream to be read: the demuxer then skips the rest of the file.
void read_video_only(const SourceFile& source);

/// The format that the decoder stores and the planar one that is delivered, both before the display rotation.
struct StoredPicture {
  Size size;
  AVPixelFormat source = AV_PIX_FMT_NONE;
  AVPixelFormat delivered = AV_PIX_FMT_NONE;
};
[[nodiscard]] StoredPicture stored_picture(const SourceFile& source);

/// Orientation that is applied on decoding: the container's, or none where it asks for an odd angle.
[[nodiscard]] Orientation applied_orientation(const SourceFile& source);

[[nodiscard]] ClipInfo describe(const SourceFile& source, const AVCodec& decoder, const std::filesystem::path& path);

/// Average frame rate, or the best substitute that the container offers; 25 where it offers none.
[[nodiscard]] AVRational frame_rate_of(const SourceFile& source);

/// Duration of one frame at the average rate in the stream's time base, at least 1.
[[nodiscard]] std::int64_t usual_duration(const SourceFile& source);

/// Duration of the video stream in its time base; 0 when unknown.
[[nodiscard]] std::int64_t video_duration(const SourceFile& source);

}  // namespace keel::av
