// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cuda_runtime.h>

#include "engine/backend/launch.h"

namespace keel {

template <class Body>
__global__ void run_body(Extent extent, Body body) {
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

}  // namespace keel
