// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/media/clip_info.h"
#include "engine/media/clip_writer.h"
#include "engine/media/decoder.h"

namespace keel::test {

/// Gives each test a folder of its own that goes when the test ends; folders of test programs that were killed go at the next start.
/// Skips where the `ffmpeg` program, which makes the clips, is absent.
class MediaTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Runs `ffmpeg ARGUMENTS folder/name`; fails the test when it fails.
  std::filesystem::path make(const std::string& name, const std::string& arguments) const;
  std::filesystem::path write_file(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path folder_;
};

/// Standard output of a shell command.
[[nodiscard]] std::string output_of(const std::string& command);
[[nodiscard]] std::string shell_quoted(const std::filesystem::path& path);

/// An oracle that shares no code with us: the pictures as the ffmpeg program writes them, upright, as raw planes.
[[nodiscard]] std::string reference_planes(const std::filesystem::path& clip, const std::string& pixel_format);
/// The same bytes from our frames.
[[nodiscard]] std::string planes_of(const std::vector<DecodedFrame>& frames);
/// Number of frames that ffprobe decodes.
[[nodiscard]] std::int64_t reference_count(const std::filesystem::path& clip);
/// Hashes of the packets of the streams that `map` selects, independent of containers.
[[nodiscard]] std::string stream_hashes(const std::filesystem::path& clip, const std::string& map);
/// One ffprobe entry of the first video stream.
[[nodiscard]] std::string video_entry(const std::filesystem::path& clip, const std::string& entry);
/// Times in seconds of the first packet by presentation of a stream such as "v:0".
[[nodiscard]] double first_time(const std::filesystem::path& clip, const std::string& stream);

struct DecodedClip {
  ClipInfo info;
  std::vector<DecodedFrame> frames;
  DecodeHealth health;
  DecodePath path;  ///< at the end
};
/// Fails the test on an error.
[[nodiscard]] DecodedClip decode(const std::filesystem::path& clip, const DecoderOptions& options = {});

[[nodiscard]] EncodeSettings quick(VideoCodec codec);

/// Decodes `source` and writes every frame to `output`.
[[nodiscard]] Result<KeepReport> transcode(const std::filesystem::path& source, const std::filesystem::path& output, const EncodeSettings& settings);

/// Same size, format and samples.
[[nodiscard]] bool same_picture(const Frame& a, const Frame& b);

/// A line of `lines` contains `part`.
[[nodiscard]] bool mentions(const std::vector<std::string>& lines, const std::string& part);

}  // namespace keel::test
