// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "engine/backend/launch.h"

namespace keel {

/// One sample of a plane on its own, out of a picture whose planes take turns (NV12) or whose samples lie at the top of their words (P010). Parity:
/// P0 (integers).
template <class Sample>
struct SplitPlaneBody {
  const Sample* src = nullptr;
  std::ptrdiff_t src_stride = 0;  ///< in words
  int step = 1;                   ///< words from one sample to the next
  int shift = 0;                  ///< bits below a sample
  Sample* dst = nullptr;
  std::ptrdiff_t dst_stride = 0;  ///< in samples
  int width = 0, height = 0;      ///< of the plane

  [[nodiscard]] Extent extent() const { return {width, height}; }

  KEEL_HD void operator()(int x, int y) const {
    dst[y * dst_stride + x] = static_cast<Sample>(src[y * src_stride + static_cast<std::ptrdiff_t>(step) * x] >> shift);
  }
};

/// The other way round: one sample of a plane into its place in such a picture. Parity: P0 (integers).
template <class Sample>
struct JoinPlaneBody {
  const Sample* src = nullptr;
  std::ptrdiff_t src_stride = 0;  ///< in samples
  Sample* dst = nullptr;
  std::ptrdiff_t dst_stride = 0;  ///< in words
  int step = 1;                   ///< words from one sample to the next
  int shift = 0;                  ///< bits below a sample, which become 0
  int width = 0, height = 0;      ///< of the plane

  [[nodiscard]] Extent extent() const { return {width, height}; }

  KEEL_HD void operator()(int x, int y) const {
    dst[y * dst_stride + static_cast<std::ptrdiff_t>(step) * x] = static_cast<Sample>(src[y * src_stride + x] << shift);
  }
};

}  // namespace keel
