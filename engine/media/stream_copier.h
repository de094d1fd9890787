// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"
#include "engine/media/av_raii.h"
#include "engine/media/lead_in.h"
#include "engine/media/source_file.h"

namespace keel::av {

/// Copies `source`'s tags except those that describe the file they were in (brands, encoder, statistics of a re-encoded track).
void copy_metadata(AVDictionary** target, const AVDictionary* source, bool reencoded);

/// Chapters with their titles, moved by `shift` (in `shift_base`).
void copy_chapters(AVFormatContext& target, const AVFormatContext& source, std::int64_t shift, AVRational shift_base);

/// Adds a stream to `target` that takes the packets of `source` as they are.
[[nodiscard]] AVStream& add_copied_stream(AVFormatContext& target, const AVStream& source);

/// Copies packets from the source, bit for bit, as far as the video has come: memory stays bounded, and the output is interleaved.
class StreamCopier {
 public:
  struct Route {
    int from = -1;  ///< stream index in the source
    AVStream* to = nullptr;
    std::int64_t last_dts = AV_NOPTS_VALUE;  ///< in the time base of `to`
    std::int64_t begin = AV_NOPTS_VALUE;     ///< earlier packets are left out; in the source's time base
    StatedDelay delay;
    bool begun = false;  ///< of a sound: something that is heard was copied
  };

  /// `shift` (in `shift_base`) is added to all times.
  StreamCopier(InputContext source, std::vector<Route> routes, std::int64_t shift, AVRational shift_base);

  /// Copies what is to be decoded before `time` (in `time_base`, times of the output).
  [[nodiscard]] Result<void> copy_until(AVFormatContext& target, std::int64_t time, AVRational time_base, const std::filesystem::path& output);
  [[nodiscard]] Result<void> copy_rest(AVFormatContext& target, const std::filesystem::path& output, const std::stop_token& stop);
  /// Packets that are damaged in the source, so that they could not be put into the output.
  [[nodiscard]] std::int64_t left_out() const { return left_out_; }

 private:
  [[nodiscard]] Result<void> write(AVFormatContext& target, const std::filesystem::path& output);
  /// Reads the next packet of a route into packet_, with its times in the output's time base; false at the end.
  [[nodiscard]] bool fetch(const AVFormatContext& target);
  [[nodiscard]] bool leaves_out(Route& route) const;
  void place(const AVFormatContext& target, Route& route);
  [[nodiscard]] Route* route_of(int from);

  InputContext source_;
  std::vector<Route> routes_;
  std::int64_t shift_;
  AVRational shift_base_;
  PacketPtr packet_ = make_packet();
  bool held_ = false;  ///< packet_ waits for the video to catch up
  bool ended_ = false;
  std::int64_t left_out_ = 0;
};

}  // namespace keel::av
