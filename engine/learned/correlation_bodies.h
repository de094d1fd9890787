// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/backend/launch.h"
#include "engine/learned/correlation_kernels.h"

namespace keel::learned {

// Kernel bodies of the local correlation for the device (see engine/backend/launch.h); launch_emulated runs the same bodies on the host. Batches of images lie one after the other. Nothing
// is written by two invocations, so results do not depend on their order.

/// Channels whose gradient one invocation makes, so that they share the loads of the other gradient.
inline constexpr int kBodyChannels = 4;

/// Forward. Invocation (x, y): pixel x of the map, row of taps y % (2R + 1) of image y / (2R + 1).
template <class T, int kRadius>
struct CorrelateBody {
  static constexpr int kSpan = 2 * kRadius + 1;
  int channels, height, width;
  const T *a, *b;
  T* out;
  [[nodiscard]] Extent extent(int images) const { return {height * width, images * kSpan}; }

  KEEL_HD void operator()(int x, int y) const {
    const long long plane = static_cast<long long>(height) * width, image = y / kSpan;
    const int row = x / width, column = x % width, dy = y % kSpan, other_row = row + dy - kRadius;
    T sums[kSpan] = {};
    if (other_row >= 0 && other_row < height) {
      const T* left = a + image * channels * plane + x;
      const T* right = b + image * channels * plane + static_cast<long long>(other_row) * width;
      for (int c = 0; c < channels; ++c, left += plane, right += plane)
        for (int dx = 0; dx < kSpan; ++dx) {
          const int other_column = column + dx - kRadius;
          if (other_column >= 0 && other_column < width) sums[dx] += *left * right[other_column];
        }
    }
    for (int dx = 0; dx < kSpan; ++dx) out[((image * kSpan + dy) * kSpan + dx) * plane + x] = sums[dx];
  }
};

/// Gradient of `a` (kOfA) or of `b`. Invocation (x, y): pixel x, channels kBodyChannels * (y % chunks) and following of image y / chunks.
template <class T, int kRadius, bool kOfA>
struct CorrelateGradientBody {
  static constexpr int kSpan = 2 * kRadius + 1;
  int channels, height, width;
  const T* grad_out;
  const T* other;  ///< b for the gradient of a, and the other way round
  T* grad;
  [[nodiscard]] KEEL_HD int chunks() const { return (channels + kBodyChannels - 1) / kBodyChannels; }
  [[nodiscard]] Extent extent(int images) const { return {height * width, images * chunks()}; }

  KEEL_HD void operator()(int x, int y) const {
    const long long plane = static_cast<long long>(height) * width, image = y / chunks();
    const int row = x / width, column = x % width, first = y % chunks() * kBodyChannels;
    const int count = channels - first < kBodyChannels ? channels - first : kBodyChannels;
    const T* maps = other + (image * channels + first) * plane;
    const T* gradients = grad_out + image * kSpan * kSpan * plane;
    T sums[kBodyChannels] = {};
    for (int tap = 0; tap < kSpan * kSpan; ++tap) {
      // out[tap] at p read a at p and b at p + d: seen from b, the pixel that read it lies at minus d.
      const int dy = kOfA ? tap / kSpan - kRadius : kRadius - tap / kSpan, dx = kOfA ? tap % kSpan - kRadius : kRadius - tap % kSpan;
      const int other_row = row + dy, other_column = column + dx;
      if (other_row < 0 || other_row >= height || other_column < 0 || other_column >= width) continue;
      const int at = other_row * width + other_column;
      const T g = gradients[tap * plane + (kOfA ? x : at)];
      for (int k = 0; k < kBodyChannels; ++k)
        if (k < count) sums[k] += g * maps[k * plane + at];
    }
    for (int k = 0; k < count; ++k) grad[(image * channels + first + k) * plane + x] = sums[k];
  }
};

}  // namespace keel::learned
