// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/media/content_hash.h"
#include "engine/motion/motion_estimator.h"
#include "engine/motion/motion_track.h"

namespace keel {

/// Who computed a track.
enum class TrackBy { kCpu = 1, kGpu };

/// What a clip's track depends on, as one number: the clip's content, the estimator with its version, options and weights, who computed it where that shows in the
/// motions, and the way tracks are stored. Reads less than half a megabyte of the clip. Errors: kIo, kNotFound (unknown estimator).
[[nodiscard]] Result<Digest> track_key(const std::filesystem::path& clip, const std::string& estimator, const OptionValues& options = {}, TrackBy by = TrackBy::kCpu);

/// Whose tracks serve an analysis, best first: the CPU's serves any, a GPU's only one that would compute there.
[[nodiscard]] std::vector<TrackBy> tracks_that_serve(const std::string& estimator, bool with_gpu);
/// Under whose name a finished track is kept; none where a GPU began and the CPU went on, which nobody can repeat.
[[nodiscard]] std::optional<TrackBy> track_kept_as(const MotionCompute& compute);

/// A track as bytes of this machine, ended by their checksum. 88 bytes a frame.
[[nodiscard]] std::vector<std::byte> track_to_bytes(const MotionTrack& track, const Digest& key);
/// Reads what `track_to_bytes` wrote under the same key. Empty for anything else: another key or version, a damaged byte, counts or values out of
/// range.
[[nodiscard]] std::optional<MotionTrack> track_from_bytes(std::span<const std::byte> bytes, const Digest& key);

/// `keel/tracks` in XDG_CACHE_HOME, which is ~/.cache where it is not set; empty where there is no home either.
[[nodiscard]] std::filesystem::path default_track_cache_folder();

/// Finished tracks on disk, one file each, so that a clip that was analysed before is there at once. Whatever fails here means "not in the cache":
/// the caller analyses. Several threads and processes may share a folder: files are written under names of their own and renamed.
class TrackCache {
 public:
  static constexpr std::uintmax_t kDefaultBytes = std::uintmax_t{256} << 20;  // three million frames

  /// Makes the folder when the first track is stored.
  explicit TrackCache(std::filesystem::path folder, std::uintmax_t max_bytes = kDefaultBytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  /// A hit becomes the youngest; a file that is not readable any more is removed.
  [[nodiscard]] std::optional<MotionTrack> load(const Digest& key) const;
  /// Then removes the oldest files until all together fit. A track larger than the whole cache is not kept.
  void store(const MotionTrack& track, const Digest& key) const;

  [[nodiscard]] std::filesystem::path file_of(const Digest& key) const;

 private:
  void trim() const;

  std::filesystem::path folder_;
  std::uintmax_t max_bytes_;
};

}  // namespace keel
