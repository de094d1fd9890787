// SPDX-License-Identifier: GPL-3.0-or-later
// What reports say of who measured the motion.
#include "engine/motion/motion_compute.h"

#include <gtest/gtest.h>

#include "engine/backend/device.h"

namespace keel {
namespace {

TEST(MotionComputeText, Gpu_IsNamedWithItsPrecisionAndWithADistanceThatIsNeverRoundedDown) {
  const std::string gpu = compute_text(true);
  EXPECT_EQ(compute_text(MotionCompute{true}), gpu);
  MotionCompute compute{true, std::nullopt, true, false, MotionDifference{0.0101, 0.0301, 16}};
  EXPECT_EQ(compute_text(compute), gpu + ", corners within 0.031 px of the CPU's in 16 pairs");
  compute.half = true;
  compute.difference->pairs = 1;
  EXPECT_EQ(compute_text(compute), gpu + ", half precision, corners within 0.031 px of the CPU's in 1 pair");
}

TEST(MotionComputeText, CpuThatGoesOnAfterAGpu_IsTheCpu) {
  EXPECT_EQ(compute_text(MotionCompute{}), "cpu");
  EXPECT_EQ(compute_text(MotionCompute{false, "it failed", true, true, MotionDifference{0.01, 0.03, 16}}), "cpu");
}

}  // namespace
}  // namespace keel
