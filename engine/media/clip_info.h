// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/geometry.h"
#include "engine/base/result.h"
#include "engine/image/frame.h"

namespace keel {

class DecodeDevice;

/// One stream of a container, in words.
struct StreamInfo {
  int index = 0;
  std::string type;      ///< "video", "audio", "subtitle", "data", "attachment"
  std::string codec;     ///< FFmpeg's name: "h264", "aac"
  std::string language;  ///< ISO 639-2, empty when unknown
};

/// What a display must know to show high dynamic range as it was meant (SMPTE ST 2086, CTA-861.3), in the units that bit streams count in.
struct HdrMetadata {
  static constexpr int kChromaticityUnit = 50000;  ///< parts of 1
  static constexpr int kLuminanceUnit = 10000;     ///< parts of 1 cd/m2
  bool has_display = false;            ///< the four members below say something
  std::array<int, 8> chromaticity{};   ///< x and y of red, green, blue and white
  int max_luminance = 0, min_luminance = 0;
  int max_content = 0, max_average = 0;  ///< light levels in cd/m2; 0: not said
  [[nodiscard]] bool empty() const { return !has_display && max_content <= 0; }
};

/// Who decodes a clip, and why the hardware does not where it was asked.
struct DecodePath {
  std::string decoder;    ///< "NVDEC h264", "software h264"
  bool hardware = false;  ///< a device decodes
  std::string reason;     ///< why software does what a device was asked for; a clause, empty where a device decodes or none was asked
  bool gave_up = false;   ///< the device was there, began, and failed or decoded something else: worth telling a user
  std::string copied;     ///< why its pictures do not stay on the device, where DecoderOptions::surfaces_in asked for them; a clause
  bool operator==(const DecodePath&) const = default;
};
/// "NVDEC h264"; "software h264, because NVDEC failed after 12 frames: unknown error".
[[nodiscard]] std::string to_string(const DecodePath& path);
/// A sentence where a device gave up, which a user should be told.
[[nodiscard]] std::optional<std::string> decode_trouble(const DecodePath& path);

/// What went wrong while decoding, for reports.
struct DecodeHealth {
  std::int64_t damaged_frames = 0;  ///< frames that were lost, repeated or decoded with errors
  bool ended_early = false;         ///< the container promises clearly more than could be read (truncated), or reading failed
  std::int64_t resized_frames = 0;  ///< of another size than the clip's first, and scaled to it
  bool operator==(const DecodeHealth&) const = default;
};

/// For people: a sentence for each thing that went wrong while so many frames were decoded.
[[nodiscard]] std::vector<std::string> describe(const DecodeHealth& health, std::int64_t frames);

/// "bt709 primaries, transfer and matrix, limited range"; "not said" where the tags say nothing. Names are FFmpeg's.
[[nodiscard]] std::string to_string(const ColorTags& color);

/// What a clip is before any frame is decoded. Sizes and aspects are of the upright picture (rotation applied).
struct ClipInfo {
  std::filesystem::path path;
  std::string container;              ///< FFmpeg's demuxer name
  std::string codec;                  ///< of the video stream
  DecodePath decode;                  ///< as it was when the clip was opened; Decoder::decode_path() says what became of it
  int video_stream = -1;
  Size size;                          ///< upright, as Decoder delivers frames
  PixelFormat format;                 ///< as Decoder delivers frames
  std::string source_pixel_format;    ///< FFmpeg's name of the stored format
  bool format_converted = false;      ///< true when the stored format is not planar and frames are repacked (never to fewer bits)
  ColorTags color;
  HdrMetadata hdr;                    ///< from the container, or from the first picture
  bool dynamic_hdr = false;           ///< the first picture carries HDR10+ values of its own
  bool embedded_captions = false;     ///< the first picture carries closed captions (CEA-608 or 708)
  Rational sample_aspect{1, 1};       ///< of the upright picture
  int rotation_deg = 0;               ///< clockwise turn that the container asks for: 0, 90, 180 or 270; already applied
  bool interlaced = false;
  Rational time_base{1, 1};           ///< of every pts below and of DecodedFrame
  Rational frame_rate;                ///< average
  std::int64_t start_pts = 0;
  std::int64_t frame_count_hint = 0;  ///< from the container or duration x rate; 0 when unknown
  double duration_s = 0;
  std::vector<StreamInfo> streams;
};

/// Opens `path` (a local file; no protocol, no playlist may lead elsewhere) and reads its headers.
/// Errors, each one sentence that names the file: not found, a folder, empty, not a video, no video stream,
/// no decoder for the codec, interlaced (refused with advice).
/// ClipInfo::decode is what a Decoder with the same `device` would say.
[[nodiscard]] Result<ClipInfo> probe(const std::filesystem::path& path, const DecodeDevice* device = nullptr);

/// Presentation times of all frames in display order (in ClipInfo::time_base), from packets alone: nothing is decoded,
/// so it takes milliseconds. Packets that the container marks as not shown are left out. Frames without a
/// timestamp get one from their neighbours. For seeking in a clip that has not been analysed yet.
[[nodiscard]] Result<std::vector<std::int64_t>> scan_frame_times(const std::filesystem::path& path);

/// How evenly a clip's frames follow each other.
struct FrameSpacing {
  std::int64_t frames = 0;  ///< that were looked at, from the first one on
  bool whole = false;       ///< these are all
  bool variable = false;    ///< the rate is no constant one, roundings of the container's clock aside
  double shortest_s = 0, longest_s = 0;  ///< between two frames; 0 where the file does not tell two frames' times
  [[nodiscard]] bool known() const { return longest_s > 0; }
};
/// "constant frame rate (all 250 frames looked at)"; "variable frame rate, 16.7 to 50.0 ms between frames (the first 10000 frames looked at)".
[[nodiscard]] std::string to_string(const FrameSpacing& spacing);

/// From the packets of the first ten thousand frames, or of the first 64 MiB where that is less: nothing is decoded, and a long clip costs no more than a short one.
[[nodiscard]] Result<FrameSpacing> look_at_frame_spacing(const std::filesystem::path& path);

}  // namespace keel
