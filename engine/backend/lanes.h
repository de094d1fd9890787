// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/base/host_device.h"

namespace keel {

/// A body may have each of its invocations done by a warp, whose lanes share the work and all know the result, for sums that may be added up in any order: integers.
/// On the host one thread is all lanes. No lane may leave before the others, so that branches depend on nothing but what all of them know.
inline constexpr int kLanes = 32;

/// How many lanes the executing thread is: arrays of what each lane keeps are of this length.
#ifdef __CUDA_ARCH__
inline constexpr int kLanesHere = 1;
#else
inline constexpr int kLanesHere = kLanes;
#endif

/// Calls `add(lane, here, sums)` for every lane, which adds its part; `here` is the lane's place in arrays of kLanesHere. The sums of all lanes are left in `sums`.
template <int kCount, class Add>
KEEL_HD inline void sum_over_lanes(std::int64_t (&sums)[kCount], const Add& add) {
  for (std::int64_t& sum : sums) sum = 0;
#ifdef __CUDA_ARCH__
  add(static_cast<int>(threadIdx.x) % kLanes, 0, sums);
  for (std::int64_t& sum : sums)
    for (int distance = kLanes / 2; distance > 0; distance /= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, distance);
#else
  for (int lane = kLanes - 1; lane >= 0; --lane) add(lane, lane, sums);
#endif
}

}  // namespace keel
