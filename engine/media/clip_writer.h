// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/media/clip_info.h"

namespace keel {

enum class VideoCodec { kH264 = 1, kHevc, kProRes, kFfv1 };

/// "h264", "hevc", "prores", "ffv1" and back; the error lists what is known.
[[nodiscard]] std::string to_string(VideoCodec codec);
[[nodiscard]] Result<VideoCodec> parse_video_codec(const std::string& name);

/// Who encodes h264 and hevc. The constant quality that is promised is x264's and x265's; NVENC is meant to be faster, and weighs bits in its own way.
enum class EncoderKind { kSoftware = 1, kNvenc };

/// "software", "nvenc" and back; the error lists what is known.
[[nodiscard]] std::string to_string(EncoderKind kind);
[[nodiscard]] Result<EncoderKind> parse_encoder_kind(const std::string& name);

/// Whether NVENC encodes `codec` here, found by opening it for a small picture, once. The error is a clause.
[[nodiscard]] Result<void> nvenc_available(VideoCodec codec);

struct EncodeSettings {
  VideoCodec codec = VideoCodec::kH264;
  /// With NVENC, crf becomes its target quality (cq, the same scale of quantizers, 1 to 51), and preset its nearest of p1 (fastest) to p7.
  EncoderKind encoder = EncoderKind::kSoftware;
  int crf = 18;                   ///< constant quality, 0 to 51; h264 and hevc only
  std::string preset = "medium";  ///< x264/x265 preset names; h264 and hevc only
  int threads = 0;                ///< 0: one a core for h264, as the encoder decides for the others
  bool operator==(const EncodeSettings&) const = default;
};

class GpuRuntime;

/// What an encoder takes pictures from the memory of a device through: engine/media/encode_device.h.
class EncodeDevice;
/// NVENC's, through FFmpeg; null is never returned. Whether it can be had shows when a writer is opened.
[[nodiscard]] const EncodeDevice* nvenc_surfaces();

/// Where the frames of an export may lie instead of the host.
struct EncodeFrom {
  const EncodeDevice* device = nullptr;  ///< null: on the host only
  GpuRuntime* runtime = nullptr;         ///< in whose context such frames lie
};

/// What happens to each part of the source in the output, known before the first frame is encoded.
struct KeepReport {
  std::vector<std::string> kept;        ///< "audio 1 (aac, eng): copied"
  std::vector<std::string> reencoded;   ///< "video: vp9 yuv420p -> h264 yuv420p, crf 18"
  std::vector<std::string> dropped;     ///< "audio 2 (pcm_s16le): .mp4 cannot carry it; use .mov or .mkv"
};

/// Checks everything that can be known before the export: output folder is there and writable, output is not the input, the container
/// is known and carries the codec, size limits of the pixel format, enough free space for at least a header. Makes no file that stays.
[[nodiscard]] Result<KeepReport> plan_export(const ClipInfo& source, const std::filesystem::path& output, const EncodeSettings& settings);

/// Encodes frames into `output` and copies everything else of `source` (every audio and subtitle stream the container can carry, bit for bit;
/// chapters, metadata, dispositions, attachments). Timestamps go out as they came in, in the source's time base, so that offsets between audio and video
/// and a variable frame rate are kept; so are colour tags, sample aspect, chroma location and display rotation (frames come upright and are turned back
/// where the container can carry the rotation). Writes to a hidden-extension ".part" file next to the output; `finish()` flushes, syncs and renames.
/// Destroyed without `finish()`, it removes the part file: nothing half-written stays under the final name. One thread at a time.
/// After a `stop` every call returns kCancelled at once, also one that waits for the encoder, and so does the destructor: an encoder that cannot be
/// interrupted closes in the background (wait_for_abandoned_encoders()).
class ClipWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ClipWriter>> open(const ClipInfo& source, const std::filesystem::path& output,
                                                                const EncodeSettings& settings, std::stop_token stop = {}, EncodeFrom from = {});
  virtual ~ClipWriter() = default;

  /// Whether write() takes frames that lie in the context of EncodeFrom::runtime and not on the host (on_host()), arranged as GpuRenderer leaves them. Never where the encoder
  /// does not open for them, or would get them in another format, turned or not; frames of the host are taken in any case.
  [[nodiscard]] virtual bool takes_surfaces() const = 0;
  /// Packets of sound and subtitles that could not be copied, because they are damaged in the source.
  [[nodiscard]] virtual std::int64_t left_out_packets() const = 0;
  /// `frame` has the size and format of ClipInfo; pts strictly increasing in ClipInfo::time_base.
  [[nodiscard]] virtual Result<void> write(const Frame& frame, std::int64_t pts, std::int64_t duration) = 0;
  [[nodiscard]] virtual Result<void> finish() = 0;
  [[nodiscard]] virtual const KeepReport& keep_report() const = 0;
  /// FFmpeg's name of the encoder that writes the pictures: "libx264", "hevc_nvenc".
  [[nodiscard]] virtual std::string encoder_name() const = 0;
};

/// Removes the part files of all writers that are not finished, for who leaves by _exit while they work. Any thread; they cannot finish afterwards.
void remove_unfinished_files();

/// Waits until the encoders that were left behind by a stop are closed, at most this long; false when one is still busy. They are waited for at the
/// end of the program anyway, so only who cannot wait (and leaves by _exit) needs to ask.
[[nodiscard]] bool wait_for_abandoned_encoders(std::chrono::milliseconds most);

}  // namespace keel
