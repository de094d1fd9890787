// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cuda_runtime.h>

#include "engine/backend/lanes.h"
#include "engine/backend/launch.h"

namespace keel {

template <class Body>
__global__ void __launch_bounds__(kBlockWidth * kBlockHeight, 3) run_body(Extent extent, Body body) {
  const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
  if (x < extent.width && y < extent.height) body(x, y);
}

/// Queues a body on a stream; pointers inside the body must be device memory. Errors come from the runtime.
template <class Body>
cudaError_t launch_cuda(Extent extent, const Body& body, cudaStream_t stream) {
  const dim3 block(kBlockWidth, kBlockHeight);
  const dim3 grid(static_cast<unsigned>((extent.width + kBlockWidth - 1) / kBlockWidth),
                  static_cast<unsigned>((extent.height + kBlockHeight - 1) / kBlockHeight));
  run_body<<<grid, block, 0, stream>>>(extent, body);
  return cudaGetLastError();
}

template <class Body>
__global__ void __launch_bounds__(kBlockWidth * kBlockHeight, 3) run_warps(Extent extent, Body body) {
  static_assert(kBlockWidth == kLanes);
  const int x = static_cast<int>(blockIdx.x), y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
  if (y < extent.height) body(x, y);
}

/// The same for a body whose invocations are a warp each (lanes.h).
template <class Body>
cudaError_t launch_cuda_warps(Extent extent, const Body& body, cudaStream_t stream) {
  const dim3 block(kLanes, kBlockHeight), grid(static_cast<unsigned>(extent.width), static_cast<unsigned>((extent.height + kBlockHeight - 1) / kBlockHeight));
  run_warps<<<grid, block, 0, stream>>>(extent, body);
  return cudaGetLastError();
}

template <class Body>
__global__ void __launch_bounds__(kPhaseThreads, 1) run_phases(const Body* bodies) {
  const Body& body = bodies[blockIdx.x];
  const int phases = body.phases();
  for (int phase = 0; phase < phases; ++phase) {
    const int width = body.width(phase);
    for (int x = static_cast<int>(threadIdx.x); x < width; x += kPhaseThreads) body(phase, x);
    __syncthreads();
  }
}

/// Queues bodies in phases, which lie in device memory themselves: a thread block each, independent of each other.
template <class Body>
cudaError_t launch_cuda_phases(const Body* bodies, int count, cudaStream_t stream) {
  run_phases<<<static_cast<unsigned>(count), kPhaseThreads, 0, stream>>>(bodies);
  return cudaGetLastError();
}

}  // namespace keel
