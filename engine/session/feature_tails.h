// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "engine/base/geometry.h"
#include "engine/motion/motion_track.h"

namespace keel {

/// A followed point's way from one frame to the next, in source pixels; `age` is 0 for the way into the frame asked for.
struct Tail {
  Point from, to;
  int age = 0;
};
using TailsPtr = std::shared_ptr<const std::vector<Tail>>;

/// Finds again what the classical estimator follows in the frames up to the playhead, for people to look at: nothing of it is kept during an
/// analysis, so that a long clip costs no memory. Decodes and tracks on a thread of its own, of low priority; the newest request wins, and frames in
/// a row cost one decode each. Memory: the ways of kKeptPairs pairs, and one prepared frame. Destruction joins.
class FeatureTails {
 public:
  static constexpr int kFrames = 10;       ///< that a tail reaches back
  static constexpr int kMostPoints = 150;  ///< per pair
  static constexpr int kKeptPairs = 120;

  /// `wake` is called from the thread when there is an answer, and may only post.
  explicit FeatureTails(std::function<void()> wake);
  ~FeatureTails();
  FeatureTails(const FeatureTails&) = delete;
  FeatureTails& operator=(const FeatureTails&) = delete;

  /// `track` tells the frames' times; a frame that it does not reach has no tails.
  void request(const std::filesystem::path& clip, std::shared_ptr<const MotionTrack> track, std::int64_t frame);
  /// The answer to a request for this clip and frame, if it was the last one answered; null otherwise.
  [[nodiscard]] TailsPtr find(const std::filesystem::path& clip, std::int64_t frame) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keel
