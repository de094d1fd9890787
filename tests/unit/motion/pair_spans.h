// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "engine/motion/motion_estimator.h"

namespace keel::test {

inline std::vector<PreparedFramePtr> prepared_by(const MotionEstimator& estimator, const std::vector<Frame>& frames) {
  std::vector<PreparedFramePtr> prepared;
  for (const Frame& frame : frames) prepared.push_back(*estimator.prepare(frame));
  return prepared;
}

inline std::vector<FramePair> pairs_of(const std::vector<PreparedFramePtr>& prepared) {
  std::vector<FramePair> pairs;
  for (std::size_t i = 1; i < prepared.size(); ++i) pairs.push_back({prepared[i - 1], prepared[i]});
  return pairs;
}

/// Of a clip whose frames are all prepared first, in spans of so many pairs.
inline std::vector<PairMotion> motions_of_spans(const MotionEstimator& estimator, const std::vector<Frame>& frames, std::size_t at_once) {
  const std::vector<FramePair> pairs = pairs_of(prepared_by(estimator, frames));
  std::vector<PairMotion> motions;
  for (std::size_t i = 0; i < pairs.size(); i += at_once) {
    const auto some = estimator.estimate(std::span(pairs).subspan(i, std::min(at_once, pairs.size() - i)), {});
    EXPECT_TRUE(some.ok());
    motions.insert(motions.end(), some->begin(), some->end());
  }
  return motions;
}

}  // namespace keel::test
