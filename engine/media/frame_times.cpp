// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/counted.h"
#include "engine/media/clip_info.h"
#include "engine/media/picture_source.h"
#include "engine/media/source_file.h"

namespace keel {
namespace {

/// VP8 keeps hidden pictures in packets of their own (RFC 6386, 9.1: the show_frame bit).
bool is_hidden_vp8(const av::SourceFile& source, const AVPacket& packet) {
  return source.parameters().codec_id == AV_CODEC_ID_VP8 && (packet.data[0] & 0x10) == 0;
}

bool shows_picture(const av::SourceFile& source, const AVPacket& packet) {
  const bool shown = packet.stream_index == source.video_index && packet.size > 0 && (packet.flags & AV_PKT_FLAG_DISCARD) == 0;
  return shown && !is_hidden_vp8(source, packet);
}

/// Sorted times; empty where packets do not tell them: a time is missing although pictures are reordered, or two are the same.
std::optional<std::vector<std::int64_t>> times_of_packets(const av::SourceFile& source) {
  std::vector<std::int64_t> times;
  bool complete = true;
  const bool reordered = source.parameters().video_delay > 0;
  const av::PacketPtr packet = av::make_packet();
  while (complete && av_read_frame(source.container.get(), packet.get()) >= 0) {
    if (shows_picture(source, *packet)) {
      const std::int64_t time = packet->pts != AV_NOPTS_VALUE || reordered ? packet->pts : packet->dts;
      complete = time != AV_NOPTS_VALUE;
      times.push_back(time);
    }
    av_packet_unref(packet.get());
  }
  std::sort(times.begin(), times.end());
  if (!complete || std::adjacent_find(times.begin(), times.end()) != times.end()) return std::nullopt;
  return times;
}

Result<std::vector<std::int64_t>> times_of_pictures(av::SourceFile source, const std::filesystem::path& path) {
  KEEL_ASSIGN(av::PictureSource pictures, av::PictureSource::open(std::move(source), path, 0));
  std::vector<std::int64_t> times;
  for (;;) {
    KEEL_ASSIGN(const std::optional<av::Picture> picture, pictures.next());
    if (!picture) return times;
    times.push_back(picture->pts);
  }
}

/// Distances of neighbours among sorted times.
FrameSpacing spacing_of(const std::vector<std::int64_t>& times, double tick_s) {
  FrameSpacing spacing;
  std::vector<std::int64_t> steps;
  for (std::size_t n = 1; n < times.size(); ++n) steps.push_back(times[n] - times[n - 1]);
  if (steps.empty()) return spacing;
  std::sort(steps.begin(), steps.end());
  const std::int64_t usual = steps[steps.size() / 2];
  // A clock of milliseconds gives 33 and 34 for 30 frames a second, and rounding twice one more; a clock of frames rounds nothing. Less than a tenth of a frame is what
  // cameras of a constant rate differ by.
  const double rounding = usual >= 4 ? 2 : 0;
  spacing.variable = static_cast<double>(steps.back() - steps.front()) > std::max(rounding, 0.1 * static_cast<double>(usual));
  spacing.shortest_s = static_cast<double>(steps.front()) * tick_s;
  spacing.longest_s = static_cast<double>(steps.back()) * tick_s;
  return spacing;
}

}  // namespace

std::string to_string(const FrameSpacing& spacing) {
  if (!spacing.known()) return "the file does not tell when its frames are shown";
  const std::string looked = spacing.whole ? fmt::format("all {} looked at", counted(spacing.frames, "frame")) : fmt::format("the first {} looked at", counted(spacing.frames, "frame"));
  if (!spacing.variable) return fmt::format("constant frame rate ({})", looked);
  return fmt::format("variable frame rate, {:.1f} to {:.1f} ms between frames ({})", 1000 * spacing.shortest_s, 1000 * spacing.longest_s, looked);
}

Result<FrameSpacing> look_at_frame_spacing(const std::filesystem::path& path) {
  constexpr std::size_t kMostFrames = 10000;
  constexpr std::int64_t kMostBytes = 64 << 20;
  // Frames at the end of what is read may precede, when shown, some that were not read.
  constexpr std::size_t kMostReordered = 16;
  KEEL_ASSIGN(const av::SourceFile source, av::open_source(path));
  av::read_video_only(source);
  std::vector<std::int64_t> times;
  std::int64_t bytes = 0;
  bool whole = false, told = true;
  const av::PacketPtr packet = av::make_packet();
  while (told && times.size() < kMostFrames + kMostReordered && bytes < kMostBytes) {
    whole = av_read_frame(source.container.get(), packet.get()) < 0;
    if (whole) break;
    bytes += packet->size;
    if (shows_picture(source, *packet)) {
      times.push_back(packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts);
      told = times.back() != AV_NOPTS_VALUE;
    }
    av_packet_unref(packet.get());
  }
  std::sort(times.begin(), times.end());
  if (!whole) times.resize(times.size() - std::min(times.size(), kMostReordered));
  FrameSpacing spacing = told ? spacing_of(times, av_q2d(source.video().time_base)) : FrameSpacing();
  spacing.frames = static_cast<std::int64_t>(times.size());
  spacing.whole = whole;
  return spacing;
}

Result<std::vector<std::int64_t>> scan_frame_times(const std::filesystem::path& path) {
  {
    KEEL_ASSIGN(const av::SourceFile source, av::open_source(path));
    KEEL_TRY(av::find_decoder(source, path));
    av::read_video_only(source);
    if (auto times = times_of_packets(source)) return *std::move(times);
  }
  // A few files (AVI with reordered pictures, broken muxers) have times that only decoding brings out.
  KEEL_ASSIGN(av::SourceFile source, av::open_source(path));
  return times_of_pictures(std::move(source), path);
}

}  // namespace keel
