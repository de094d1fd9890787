// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/kernels/lucas_kanade.h"
#include "engine/math/robust_fit.h"
#include "engine/motion/front_end.h"
#include "engine/motion/motion_estimator.h"

namespace keel {

struct ClassicalOptions {
  int working_width = 640;        ///< longer side of the working luma, px; the picture is never enlarged
  float max_round_trip_px = 0.7f; ///< forward-backward disagreement at which a match is dropped
  LkParams tracker;
  RobustFitOptions fit;
  bool operator==(const ClassicalOptions&) const = default;
};

/// Corners spread over a grid, pyramidal Lucas-Kanade both ways, robust homography with simpler models where the data does not carry one.
/// Coordinates are those of the source picture whatever the working size. Pictures, corners and the search for their motion are the FrontEnd's, on a GPU where it is
/// given one; what is found is judged on the calling thread. On a GPU a span of pairs waits for the device once, and pairs that need another attempt once more for each.
/// The points that refine a clear homography are followed with the rest, before it is known whether it is clear.
class ClassicalEstimator final : public MotionEstimator {
 public:
  explicit ClassicalEstimator(ClassicalOptions options = {}, Gpu gpu = {}) : options_(options), front_end_(options.working_width, gpu) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<MotionEstimator>> make(const OptionValues& values, Gpu gpu);

  [[nodiscard]] const AlgorithmInfo& info() const noexcept override { return description(); }
  [[nodiscard]] Result<PreparedFramePtr> prepare(const Frame& frame) const override;
  [[nodiscard]] Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token stop) const override;
  [[nodiscard]] int preferred_batch() const noexcept override { return static_cast<int>(front_end_.pairs_at_once()); }
  [[nodiscard]] MotionCompute compute() const override { return front_end_.compute(); }
  [[nodiscard]] std::vector<FollowedPoint> followed_points(const FramePair& pair, std::size_t most) const override;

 private:
  ClassicalOptions options_;
  FrontEnd front_end_;
};

}  // namespace keel
