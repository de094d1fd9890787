// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/photos/photo_codec.h"
#include "engine/math/mat3.h"

namespace keel {

/// How pairs of views with a known homography are made from photographs.
enum class PairProtocol {
  kCoco = 1,  ///< the published one: a 128x128 patch of a 320x240 picture, its corners displaced by up to +-32 px each, no other change
  kVideo,     ///< what shake looks like: shift up to 6 px, rotation, zoom, perspective and shear to match, slight changes of gain and noise
};
[[nodiscard]] std::string_view to_string(PairProtocol protocol);
[[nodiscard]] std::optional<PairProtocol> pair_protocol(std::string_view name);

/// Two views and the homography between them. Pixels row by row, `view` in size; `cur_from_prev` in pixels of the view.
struct SynthesizedPair {
  Size view;
  std::vector<std::uint8_t> prev, cur;
  Mat3 cur_from_prev;
};

inline constexpr Size kPatch{128, 128};
/// Largest displacement of a corner in the published protocol, px.
inline constexpr double kCocoReach = 32;

/// A small random generator whose numbers are the same with every compiler and library (the standard distributions are not): SplitMix64.
class PairRandom {
 public:
  explicit PairRandom(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// In [low, high).
  [[nodiscard]] double uniform(double low, double high);
  [[nodiscard]] double normal();
  [[nodiscard]] bool chance(double probability) { return uniform(0, 1) < probability; }
  [[nodiscard]] int index(int count) { return static_cast<int>(next() % static_cast<std::uint64_t>(count)); }

 private:
  std::uint64_t state_;
};

/// The generator of evaluation pair `index` of a set: depends on nothing but both numbers.
[[nodiscard]] PairRandom evaluation_random(std::uint64_t seed, int index);

/// One evaluation pair of a photograph of kPackedPhotoSize, exactly by the protocol. The same generator state gives the same pair. Cost: about 0.5 ms.
[[nodiscard]] SynthesizedPair evaluation_pair(const GrayPhoto& photo, PairProtocol protocol, PairRandom& random);

/// One training pair: the protocol's motion (for video log-uniform from 0.1 to 10 px) plus flips, moving foreground that may fill most of the view, motion blur, noise,
/// gain and gamma, each in a part of the pairs. Patches without texture are drawn again (about a third of soft photographs).
[[nodiscard]] SynthesizedPair training_pair(std::span<const GrayPhoto> photos, PairProtocol protocol, PairRandom& random);

}  // namespace keel
