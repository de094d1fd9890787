// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>

#include "engine/media/clip_info.h"
#include "engine/media/clip_writer.h"

namespace keel {

/// What a trial of some neighbouring pictures came to. The first one, which nothing comes before, costs far more than the others with most codecs.
struct TrialBytes {
  std::int64_t first = 0;
  std::int64_t others = 0;
  std::int64_t frames = 0;  ///< the first one included
};

/// Encodes pictures as ClipWriter would for the same arguments, and counts bytes in place of writing them. One thread at a time.
class TrialEncoder {
 public:
  /// Once `stop` is requested, calls return at once and fail; an encoder in the middle of something closes in the background (wait_for_abandoned_encoders()).
  /// Errors: those of plan_export().
  [[nodiscard]] static Result<std::unique_ptr<TrialEncoder>> open(const ClipInfo& source, const std::filesystem::path& output, const EncodeSettings& settings,
                                                                  std::stop_token stop = {});
  virtual ~TrialEncoder() = default;

  /// The next picture, of the size and format of ClipInfo; all last equally long.
  [[nodiscard]] virtual Result<void> add(const Frame& frame) = 0;
  [[nodiscard]] virtual Result<TrialBytes> finish() = 0;
  /// After how many pictures at most one stands alone again; 1 where all do.
  [[nodiscard]] virtual std::int64_t pictures_per_key() const = 0;
  /// About what the streams that are copied take, from the rates that the source tells; 0 for those that it does not.
  [[nodiscard]] virtual std::int64_t copied_bytes() const = 0;
};

}  // namespace keel
