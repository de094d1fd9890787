// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/learned/motion_nets.h"
#include "engine/motion/motion_estimator.h"

namespace keel::learned {

enum class NetKind { kIhn = 1, kRegression };

/// The networks as a motion estimator. Each frame is reduced to a view (the whole picture, its longer side `view_px`, sides multiples of kViewMultiple) and encoded
/// once; pairs are refined in batches. One LibTorch thread per calling thread: the callers are parallel already.
class LearnedEstimator final : public MotionEstimator {
 public:
  LearnedEstimator(const AlgorithmInfo& info, NetKind kind, MotionNets nets, int view_px) : info_(info), kind_(kind), nets_(std::move(nets)), view_px_(view_px) {}

  [[nodiscard]] const AlgorithmInfo& info() const noexcept override { return info_; }
  [[nodiscard]] int preferred_batch() const noexcept override;
  /// Error: kUnsupported for pictures below 64 px, kInternal when LibTorch fails.
  [[nodiscard]] Result<PreparedFramePtr> prepare(const Frame& frame) const override;
  [[nodiscard]] Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token stop) const override;

 private:
  const AlgorithmInfo& info_;
  NetKind kind_;
  mutable MotionNets nets_;  ///< evaluation only: forward() of a module is not const but changes nothing
  int view_px_;
};

}  // namespace keel::learned
