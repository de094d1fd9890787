// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/backend/thread_pool.h"
#include "engine/base/host_device.h"

namespace keel {

/// Number of invocations of a kernel body in x and y.
struct Extent {
  int width = 0;
  int height = 1;
};

/// A kernel body is a trivially copyable functor `void operator()(int x, int y) const`. Invocations of one launch must
/// not depend on each other; the same body runs under every launcher below and under launch_cuda (launch.cuh).

/// Rows on the thread pool.
template <class Body>
void launch_threads(Extent extent, const Body& body, ThreadPool& pool = ThreadPool::shared()) {
  const int grain = extent.width >= 256 ? 4 : 16;
  pool.parallel_for(0, extent.height, grain, [&](int begin, int end) {
    for (int y = begin; y < end; ++y)
      for (int x = 0; x < extent.width; ++x) body(x, y);
  });
}

/// Shape of a thread block, as on the device.
inline constexpr int kBlockWidth = 32;
inline constexpr int kBlockHeight = 8;

/// Walks the CUDA grid on the host, blocks and threads in reverse order: finds bodies that depend on the order or
/// that a grid's overhanging threads would send out of bounds, without a GPU.
template <class Body>
void launch_emulated(Extent extent, const Body& body) {
  const int blocks_x = (extent.width + kBlockWidth - 1) / kBlockWidth;
  const int blocks_y = (extent.height + kBlockHeight - 1) / kBlockHeight;
  for (int block = blocks_x * blocks_y - 1; block >= 0; --block) {
    const int bx = block % blocks_x, by = block / blocks_x;
    for (int thread = kBlockWidth * kBlockHeight - 1; thread >= 0; --thread) {
      const int x = bx * kBlockWidth + thread % kBlockWidth, y = by * kBlockHeight + thread / kBlockWidth;
      if (x < extent.width && y < extent.height) body(x, y);
    }
  }
}

/// Bodies of one kind that are launched together, one a row; they lie in memory that the executing side reads. Each has a `width()` of its own.
template <class Body>
struct Rows {
  const Body* bodies = nullptr;
  int count = 0;
  int widest = 0;  ///< of their widths

  [[nodiscard]] Extent extent() const { return {widest, count}; }
  KEEL_HD void operator()(int x, int y) const {
    if (x < bodies[y].width()) bodies[y](x, 0);
  }
};

/// A body in phases: `int phases() const`, `int width(int phase) const` and `void operator()(int phase, int x) const`. Invocations of one phase must not depend on each
/// other; each phase sees all that the ones before it wrote. What width() reads is written in earlier phases only. For chains of small steps, of which each
/// would be a launch: on a device one thread block walks through all phases of a body (launch_cuda_phases in launch.cuh).
inline constexpr int kPhaseThreads = 512;

/// One phase forwards on the thread pool.
template <class Body>
void run_phase_on_threads(const Body& body, int phase, ThreadPool& pool = ThreadPool::shared()) {
  pool.parallel_for(0, body.width(phase), 64, [&](int begin, int end) {
    for (int x = begin; x < end; ++x) body(phase, x);
  });
}

/// One phase as the device's block runs it, threads in reverse order.
template <class Body>
void run_phase_emulated(const Body& body, int phase) {
  const int width = body.width(phase);
  for (int thread = kPhaseThreads - 1; thread >= 0; --thread)
    for (int x = thread; x < width; x += kPhaseThreads) body(phase, x);
}

}  // namespace keel
