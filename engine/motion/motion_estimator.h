// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/image/frame.h"
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

/// Estimates `cur_from_prev` of pairs of frames. No hidden previous frame: const, usable from several threads.
class MotionEstimator {
 public:
  virtual ~MotionEstimator() = default;
  [[nodiscard]] virtual const AlgorithmInfo& info() const noexcept = 0;
  [[nodiscard]] virtual Result<PreparedFramePtr> prepare(const Frame& frame) const = 0;
  /// Pairs that one call of estimate() works on best; a network takes several at once.
  [[nodiscard]] virtual int preferred_batch() const noexcept { return 1; }
  /// One result per pair, in order. Error: kCancelled. Spans serve threads and network batches alike.
  [[nodiscard]] virtual Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token stop) const = 0;
};

/// Registry of estimators, for lists in the window and on the command line.
[[nodiscard]] std::span<const AlgorithmInfo> motion_estimators();
/// Whether an estimator can be made here (its library and weights are there), without making it. Error: the reason, for lists to show.
[[nodiscard]] Result<void> motion_estimator_available(const std::string& id);
/// Makes one by id. Error: unknown id (lists the known), unknown option, value out of range.
[[nodiscard]] Result<std::unique_ptr<MotionEstimator>> make_motion_estimator(const std::string& id, const OptionValues& options = {});

}  // namespace keel
