// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/compare/adoption.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace keel {
namespace {

HeldOutClip clip(double photometric, double acceleration, double before_photometric = 4, double before_acceleration = 0.2) {
  return {"clip", {before_photometric, before_acceleration, 100, 0}, {photometric, acceleration, 100, 0}};
}
bool adopted(const std::vector<HeldOutClip>& clips) { return decide_adoption(clips).adopted; }

TEST(DecideAdoptionTest, BothFiguresBetterByMoreThanTheMargin_IsAdopted) {
  const Adoption adoption = decide_adoption(std::vector{clip(3.6, 0.18), clip(3.8, 0.19)});
  EXPECT_TRUE(adoption.adopted) << adoption.reason;
  EXPECT_LT(adoption.photometric_ratio, 0.96);
  EXPECT_LT(adoption.acceleration_ratio, 0.96);
}

TEST(DecideAdoptionTest, EqualOrBarelyBetter_KeepsTheOldWeights) {
  EXPECT_FALSE(adopted({clip(4, 0.2)}));
  EXPECT_FALSE(adopted({clip(3.98, 0.1995)}));
}

TEST(DecideAdoptionTest, OneFigureBoughtWithTheOther_KeepsTheOldWeights) {
  EXPECT_FALSE(adopted({clip(4.2, 0.1)}));
  EXPECT_FALSE(adopted({clip(3, 0.22)}));
}

TEST(DecideAdoptionTest, OneClipRuined_KeepsTheOldWeightsWhateverTheOthersGain) {
  const Adoption adoption = decide_adoption(std::vector{clip(3, 0.15), clip(3, 0.15), clip(4.4, 0.2)});
  EXPECT_FALSE(adoption.adopted);
  EXPECT_NE(adoption.reason.find("clip is worse by 10 %"), std::string::npos) << adoption.reason;
}

TEST(DecideAdoptionTest, WhatIsNotANumberOrNotThere_KeepsTheOldWeights) {
  EXPECT_FALSE(adopted({}));
  EXPECT_FALSE(adopted({clip(3, 0.15), clip(std::numeric_limits<double>::quiet_NaN(), 0.1)}));
  EXPECT_FALSE(adopted({clip(3, std::numeric_limits<double>::infinity())}));
}

TEST(DecideAdoptionTest, ClipsThatAreStillAndStayStill_DoNotDecideByTheirNoise) {
  // A tenth of a gray level and a thousandth of the acceleration, halved: noise of the measurement.
  EXPECT_FALSE(adopted({clip(0.05, 0.001, 0.1, 0.002)}));
}

}  // namespace
}  // namespace keel
