// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/image/frame.h"
#include "engine/kernels/gpu.h"
#include "engine/motion/motion_compute.h"
#include "engine/motion/motion_track.h"

namespace keel {

/// What an estimator needs of one frame (its pyramid, its features), computed once and shared by the two pairs
/// that the frame belongs to. Opaque and immutable.
class PreparedFrame {
 public:
  virtual ~PreparedFrame() = default;
};
using PreparedFramePtr = std::shared_ptr<const PreparedFrame>;

struct FramePair {
  PreparedFramePtr prev;
  PreparedFramePtr cur;
};

/// A point of the scene in two neighbouring frames, in source pixels.
struct FollowedPoint {
  Point prev, cur;
};

/// Estimates `cur_from_prev` of pairs of frames. No hidden previous frame: const, usable from several threads.
class MotionEstimator {
 public:
  virtual ~MotionEstimator() = default;
  [[nodiscard]] virtual const AlgorithmInfo& info() const noexcept = 0;
  [[nodiscard]] virtual Result<PreparedFramePtr> prepare(const Frame& frame) const = 0;
  /// Pairs that one call of estimate() works on best; a network takes several at once, and so does a GPU, which is waited for once a call.
  [[nodiscard]] virtual int preferred_batch() const noexcept { return 1; }
  /// One result per pair, in order. Error: kCancelled. Spans serve threads and network batches alike.
  [[nodiscard]] virtual Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token stop) const = 0;
  /// For people to look at: points that the estimate of one pair rests on, at most `most` of them, spread over the picture. Empty where there is no motion, and
  /// for estimators that follow no points. Costs as much as an estimate.
  [[nodiscard]] virtual std::vector<FollowedPoint> followed_points(const FramePair& /*pair*/, std::size_t /*most*/) const { return {}; }
  /// For reports, and for who keeps tracks.
  [[nodiscard]] virtual MotionCompute compute() const { return {}; }
};

/// Registry of estimators, for lists in the window and on the command line.
[[nodiscard]] std::span<const AlgorithmInfo> motion_estimators();
/// Whether an estimator can be made here (its library and weights are there), without making it. Error: the reason, for lists to show.
[[nodiscard]] Result<void> motion_estimator_available(const std::string& id);
/// What a track depends on besides clip and options: another version or other weights give other tracks, so that stored ones are worthless.
struct EstimatorIdentity {
  int version = 0;                ///< counted up whenever the estimator's results change
  std::filesystem::path weights;  ///< empty for estimators without
  bool gpu_shows = false;         ///< a GPU's motions differ from the CPU's in the last bits
};
/// Error: unknown id.
[[nodiscard]] Result<EstimatorIdentity> motion_estimator_identity(const std::string& id);
/// Whether it computes on a GPU where it is given one. Error: unknown id.
[[nodiscard]] Result<bool> motion_estimator_uses_gpu(const std::string& id);
/// That an option set here has no effect where the CPU computes; one sentence, for who shows a track that nobody computes now. Nothing for an unknown id.
[[nodiscard]] std::optional<std::string> motion_options_without_effect(const std::string& id, const OptionValues& options);
/// Makes one by id, which computes on `gpu` if it can; the CPU where that is left empty, does not agree or fails. Error: unknown id (lists the known), unknown option, value out of range.
[[nodiscard]] Result<std::unique_ptr<MotionEstimator>> make_motion_estimator(const std::string& id, const OptionValues& options = {}, Gpu gpu = {});

}  // namespace keel
