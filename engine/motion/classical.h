// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/kernels/lucas_kanade.h"
#include "engine/math/robust_fit.h"
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
/// Coordinates are those of the source picture whatever the working size.
class ClassicalEstimator final : public MotionEstimator {
 public:
  explicit ClassicalEstimator(ClassicalOptions options = {}) : options_(options) {}

  [[nodiscard]] static const AlgorithmInfo& description();
  [[nodiscard]] static Result<std::unique_ptr<MotionEstimator>> make(const OptionValues& values);

  [[nodiscard]] const AlgorithmInfo& info() const noexcept override { return description(); }
  [[nodiscard]] Result<PreparedFramePtr> prepare(const Frame& frame) const override;
  [[nodiscard]] Result<std::vector<PairMotion>> estimate(std::span<const FramePair> pairs, std::stop_token stop) const override;
  [[nodiscard]] std::vector<FollowedPoint> followed_points(const FramePair& pair, std::size_t most) const override;

 private:
  ClassicalOptions options_;
};

}  // namespace keel
