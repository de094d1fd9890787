// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/learned/net_compute.h"
#include "engine/motion/motion_estimator.h"

namespace keel::learned {

/// The networks as a motion estimator. Each frame is reduced to a view (the whole picture, its longer side `view_px`, sides multiples of kViewMultiple) and encoded
/// once; pairs are refined in batches, where NetCompute says. On the CPU one LibTorch thread per calling thread: the callers are parallel already.
class LearnedEstimator final : public MotionEstimator {
 public:
  LearnedEstimator(const AlgorithmInfo& info, NetKind kind, MotionNets nets, int view_px, const NetDevice& device = {})
      : info_(info), net_(torch_runner(std::move(nets), kind), device), view_px_(view_px) {}

  [[nodiscard]] const AlgorithmInfo& info() const noexcept override { return info_; }
  [[nodiscard]] int preferred_batch() const noexcept override { return net_.preferred_batch(); }
  [[nodiscard]] MotionCompute compute() const override { return net_.compute(); }
  /// Error: kUnsupported for pictures below 64 px, kInternal when LibTorch fails on the CPU.
  [[nodiscard]] Result<PreparedFramePtr> prepare(const Frame& frame) const override;
  [[nodiscard]] Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token stop) const override;

 private:
  const AlgorithmInfo& info_;
  NetCompute net_;
  int view_px_;
};

}  // namespace keel::learned
