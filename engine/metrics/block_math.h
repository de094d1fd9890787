// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

#include "engine/base/host_device.h"

namespace keel::metrics {

// The arithmetic of samples and blocks, in the order that the CPU and a device share, so that both get the same bits.

/// Sides in px of the square blocks: on the finest level, and on all coarser ones.
inline constexpr int kFineBlock = 24;
inline constexpr int kCoarseBlock = 16;
/// Samples of a fine block, and the running sums that its samples are dealt to in turn.
inline constexpr int kFineSamples = kFineBlock * kFineBlock;
inline constexpr int kLanes = 8;

/// Share of the block's energy below which a place of the other picture is flat beside it.
inline constexpr double kLeastEnergyShare = 0.01;
/// Least-squares steps at most, the square of the step in px at which they have settled, and how far from the hit they may end, px.
inline constexpr int kMostSteps = 6;
inline constexpr double kSettled_px2 = 1e-6;
inline constexpr double kFarthest_px = 1.5;

/// Where a block was found: displacement in px of the level, and the zero-mean normalised cross-correlation there (-1 to 1).
struct BlockHit {
  int dx = 0;
  int dy = 0;
  double score = -1;
};

/// A block of a picture, with its top-left sample at (x, y), and where in the other picture to look for it.
struct BlockRequest {
  int x = 0, y = 0;
  int dx = 0, dy = 0;  ///< displacement to begin from, px of the level
  int second_dx = 0, second_dy = 0;
  int has_second = 0;  ///< climb from the second displacement, too
  int sum = 0;         ///< of the block's samples
  double energy = 0;   ///< n * sum(a^2) - sum(a)^2 of its n samples
};

/// The climb from the first displacement goes so many steps, and that from the second.
inline constexpr int kFirstClimb = 4, kSecondClimb = 3;

KEEL_HD inline double smaller(double a, double b) { return b < a ? b : a; }
KEEL_HD inline double larger(double a, double b) { return a < b ? b : a; }
/// As std::clamp.
KEEL_HD inline double between(double v, double low, double high) { return v < low ? low : high < v ? high : v; }

/// A sample in quarter steps of the 8-bit scale.
KEEL_HD inline std::int16_t quarter_steps(float v) {
  const float q = 4.0F * v + 0.5F;
  return static_cast<std::int16_t>(q < 0.0F ? 0.0F : 1020.0F < q ? 1020.0F : q);
}

/// Cubic convolution weights (R. Keys 1981, a = -1/2) for the four samples around a fraction.
struct Cubic {
  float w0, w1, w2, w3;
  KEEL_HD explicit Cubic(float t) {
    const float t2 = t * t, t3 = t2 * t;
    w0 = -0.5F * t3 + t2 - 0.5F * t;
    w1 = 1.5F * t3 - 2.5F * t2 + 1.0F;
    w2 = -1.5F * t3 + 2.0F * t2 + 0.5F * t;
    w3 = 0.5F * t3 - 0.5F * t2;
  }
  KEEL_HD float operator()(float a, float b, float c, float d) const { return w0 * a + w1 * b + w2 * c + w3 * d; }
};

KEEL_HD inline double parabola_peak(double before, double at, double after) {
  const double bend = before - 2 * at + after;
  return bend < -1e-9 ? between(0.5 * (before - after) / bend, -0.5, 0.5) : 0.0;
}

/// The sum of the lanes as a dot product ends, and their mean.
KEEL_HD inline float lane_sum(const float* lane) { return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7])); }
KEEL_HD inline float lane_mean(const float* lane) {
  float mean = 0;
  for (int k = 0; k < kLanes; ++k) mean += lane[k];
  return mean / static_cast<float>(kFineSamples);
}

/// Correlation from the sums over `n` samples; -1 where the place is flat.
KEEL_HD inline double correlation_of(double n, int ab, int b, int bb, int sum, double own_energy) {
  const double energy = n * bb - static_cast<double>(b) * b;
  if (energy < kLeastEnergyShare * own_energy) return -1;
  return (n * ab - static_cast<double>(sum) * b) / sqrt(energy * own_energy);
}

/// A homography's entries, for bodies.
struct Map {
  double m[9];
};

/// Share of an output's samples that must lie in the source's thumbnail where its place is searched for.
inline constexpr double kSmallestOverlap = 0.7;

/// Lanczos-3 by distance in px, `table` has kLanczosEntries.
inline constexpr int kLobes = 3;
inline constexpr int kLanczosSteps = 256;  // entries per px
inline constexpr int kLanczosEntries = kLobes * kLanczosSteps + 1;
KEEL_HD inline float lanczos(const float* table, double distance) {
  const auto i = static_cast<unsigned>((distance < 0 ? -distance : distance) * kLanczosSteps + 0.5);
  return i < kLanczosEntries ? table[i] : 0.0F;
}

}  // namespace keel::metrics
