// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/metrics_device.h"

#include "engine/metrics/device_kernels.h"

namespace keel::metrics {

#ifdef KEEL_HAVE_CUDA
/// In metrics_cuda.cu.
const MetricsKernels& cuda_kernels();
#endif

Device system_device() {
#ifdef KEEL_HAVE_CUDA
  if (GpuRuntime* runtime = cuda_runtime(); runtime != nullptr) return {runtime, &cuda_kernels()};
#endif
  return {};
}

}  // namespace keel::metrics
