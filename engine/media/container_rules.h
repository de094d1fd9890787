// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"

namespace keel::av {

/// An output container and what it can say. Names are file endings, because that is how a user chooses one.
struct Container {
  const char* ending;       ///< ".mp4"
  const char* muxer_name;   ///< FFmpeg's
  bool display_matrix;      ///< carries a rotation
  bool presentation_times;  ///< carries any frame times; false: a constant rate from zero
  bool chapters;
  bool attachments;    ///< fonts and the like
  bool cover_picture;  ///< as a stream with "attached picture" disposition
  bool timecode;       ///< from metadata

  [[nodiscard]] const AVOutputFormat& muxer() const;
  [[nodiscard]] bool is_mov_family() const { return display_matrix; }
  /// Whether sound can be stored that is not to be heard, in an edit list.
  [[nodiscard]] bool hides_sound() const { return is_mov_family(); }
};

/// By the ending of the path, in any case. Error: an ending that is none of the list, which the message gives.
[[nodiscard]] Result<Container> container_for(const std::filesystem::path& output);

/// Whether packets of this stream can be copied into the container as they are.
[[nodiscard]] bool carries(const Container& container, const AVStream& stream);
[[nodiscard]] bool carries_codec(const Container& container, AVCodecID codec);

/// ".mkv or .mov": the containers that would carry it; empty when none does.
[[nodiscard]] std::string carriers_of(const AVStream& stream);
[[nodiscard]] std::string carriers_of_codec(AVCodecID codec);

}  // namespace keel::av
