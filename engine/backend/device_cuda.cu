// SPDX-License-Identifier: GPL-3.0-or-later
#include <cuda_runtime.h>

#include <string>

#include "engine/backend/device.h"
#include "engine/backend/gpu_runtime.h"

namespace keel {
namespace {

cudaStream_t native(GpuStream stream) { return static_cast<cudaStream_t>(stream); }

cudaMemcpyKind native(CopyDirection direction) {
  switch (direction) {
    case CopyDirection::kToDevice: return cudaMemcpyHostToDevice;
    case CopyDirection::kToHost: return cudaMemcpyDeviceToHost;
    case CopyDirection::kOnDevice: return cudaMemcpyDeviceToDevice;
  }
  return cudaMemcpyDefault;
}

/// The runtime's own calls, on the first device (the runtime's default on every thread).
class CudaRuntime final : public GpuRuntime {
 public:
  int allocate(void** memory, std::size_t bytes) noexcept override { return cudaMalloc(memory, bytes); }
  int release(void* memory) noexcept override { return cudaFree(memory); }
  int allocate_pinned(void** memory, std::size_t bytes) noexcept override { return cudaMallocHost(memory, bytes); }
  int release_pinned(void* memory) noexcept override { return cudaFreeHost(memory); }
  int create_stream(GpuStream* stream) noexcept override {
    cudaStream_t made = nullptr;
    const cudaError_t code = cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking);
    *stream = made;
    return code;
  }
  int destroy_stream(GpuStream stream) noexcept override { return cudaStreamDestroy(native(stream)); }
  int copy(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) noexcept override {
    return cudaMemcpyAsync(to, from, bytes, native(direction), native(stream));
  }
  int wait(GpuStream stream) noexcept override { return cudaStreamSynchronize(native(stream)); }
  bool is_out_of_memory(int code) const noexcept override { return code == cudaErrorMemoryAllocation; }
  std::string describe(int code) const override { return cudaGetErrorString(static_cast<cudaError_t>(code)); }
};

}  // namespace

bool probe_cuda_device(std::string& text) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess || count == 0) {
    text = status != cudaSuccess ? cudaGetErrorString(status) : "no CUDA device";
    return false;
  }
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) {
    text = "the CUDA device does not answer";
    return false;
  }
  text = properties.name;
  return true;
}

GpuRuntime* cuda_runtime() {
  static CudaRuntime runtime;
  return device_status().cuda_usable ? &runtime : nullptr;
}

}  // namespace keel
