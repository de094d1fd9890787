// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/source_file.h"

namespace keel::av {

/// How a sound stream begins. Encoders put some silence in front that players must not let be heard (priming), and an edit list may hide much more of what is stored.
/// Times are in the stream's time base.
struct LeadIn {
  int stream = -1;
  AVRational time_base{1, 1};
  std::int64_t first = 0;   ///< of the first packet
  std::int64_t heard = 0;   ///< from here on the sound is heard
  std::int64_t frame = 0;   ///< duration of the first packet
  std::int64_t needed = 0;  ///< the packet with which a decoder must begin, so that all that is heard is whole; what is before it can be left out

  [[nodiscard]] double hidden_s() const { return static_cast<double>(heard - first) * av_q2d(time_base); }
  [[nodiscard]] double unneeded_s() const { return static_cast<double>(needed - first) * av_q2d(time_base); }
};

/// Lead-ins of the streams with these indices, from their first packets; a stream without packets near the beginning has none. Reads the file anew, a few seconds of it at
/// most, and only packets. Errors: those of open_source().
[[nodiscard]] Result<std::vector<LeadIn>> find_lead_ins(const std::filesystem::path& path, const std::vector<int>& streams);

/// Samples, at the returned rate, by which an Opus stream's times lie before those in a Matroska file, which states them apart; 0 where the writer takes care of it
/// (libavformat does from some release on), and for other codecs and containers.
struct StatedDelay {
  std::int64_t samples = 0;
  int rate = 48000;
};
[[nodiscard]] StatedDelay delay_stated_apart(const AVOutputFormat& muxer, const AVCodecParameters& parameters);

}  // namespace keel::av
