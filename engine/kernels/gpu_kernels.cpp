// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/kernels/gpu_kernels.h"

namespace keel {

#ifdef KEEL_HAVE_CUDA
/// In kernels_cuda.cu.
const GpuKernels& cuda_kernels();
#endif

Gpu system_gpu() {
#ifdef KEEL_HAVE_CUDA
  if (GpuRuntime* runtime = cuda_runtime(); runtime != nullptr) return {runtime, &cuda_kernels()};
#endif
  return {};
}

}  // namespace keel
