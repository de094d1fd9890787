// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace keel {

/// How far apart a GPU and the CPU have taken a corner of the picture at most, in the pairs that both computed before the GPU was trusted.
struct MotionDifference {
  double view_px = 0;    ///< px of the picture that motion is measured on
  double source_px = 0;  ///< px of the clip
  int pairs = 0;         ///< that showed a motion
  bool operator==(const MotionDifference&) const = default;
};

/// Where an estimator has done its pixel work up to now.
struct MotionCompute {
  bool on_gpu = false;                 ///< the GPU agreed with the CPU on a pair and has computed since
  std::optional<std::string> trouble{};  ///< why the CPU does what the GPU was meant to do, or that an option has no effect; one sentence
  bool gpu_shows = false;              ///< motions were taken from the GPU that are the CPU's but for the last bits (EstimatorIdentity::gpu_shows)
  bool half = false;                   ///< a trusted GPU computes, or has computed, convolutions in 16 bits
  std::optional<MotionDifference> difference{};  ///< of a trusted GPU whose motions are not the CPU's bit for bit
  bool operator==(const MotionCompute&) const = default;
};

/// Who computes, and at what cost, for reports: "cuda: NAME, half precision, corners within 0.031 px of the CPU's in 16 pairs", px of the clip, rounded up; or "cpu".
[[nodiscard]] std::string compute_text(const MotionCompute& compute);

}  // namespace keel
