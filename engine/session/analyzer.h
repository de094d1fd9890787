// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/base/progress.h"
#include "engine/base/result.h"
#include "engine/media/clip_info.h"
#include "engine/media/decoder.h"
#include "engine/motion/motion_estimator.h"

namespace keel {

/// A clip's motion and what was noticed while reading it.
struct Analysis {
  MotionTrack track;
  DecodeHealth health;
  DecodePath decode;  ///< at the end
  MotionCompute compute;  ///< of the estimator, at the end
};

/// Called now and then with what is known so far (a prefix of the clip); may only store or post.
using PartialTrackFn = std::function<void(std::shared_ptr<const MotionTrack>)>;

struct AnalysisOptions {
  OptionValues estimator;              ///< of the estimator; what is absent has its default
  Gpu gpu;                             ///< for estimators that compute on one (system_gpu()); the CPU where it is left empty or fails. MotionCompute says whether the motions show it
  bool background = false;             ///< runs on the pool of low priority
  std::function<void()> before_batch;  ///< called before each batch of pairs; may block, which pauses the analysis
  const DecodeDevice* decode_on = nullptr;  ///< DecoderOptions::device
};

/// Decodes the whole clip once and estimates all pair motions: decode | prepare | estimate overlap through bounded queues. Memory does not grow with
/// the clip's length but for the track. Errors: those of Decoder and make_motion_estimator, kCancelled (within 1 s of the request).
[[nodiscard]] Result<Analysis> analyze_clip(const std::filesystem::path& path, const std::string& estimator_id, std::stop_token stop,
                                            const ProgressFn& progress = {}, const PartialTrackFn& partial = {}, const AnalysisOptions& options = {});

}  // namespace keel
