// SPDX-License-Identifier: GPL-3.0-or-later
#include <cuda.h>
#include <cuda_runtime.h>

#include <string>

#include "engine/backend/device.h"
#include "engine/backend/gpu_runtime.h"

namespace keel {
namespace {

/// Has a name of its own: streams and events are both void*.
cudaEvent_t native_event(GpuEvent event) { return static_cast<cudaEvent_t>(event); }
cudaStream_t native(GpuStream stream) { return static_cast<cudaStream_t>(stream); }

cudaMemcpyKind native(CopyDirection direction) {
  switch (direction) {
    case CopyDirection::kToDevice: return cudaMemcpyHostToDevice;
    case CopyDirection::kToHost: return cudaMemcpyDeviceToHost;
    case CopyDirection::kOnDevice: return cudaMemcpyDeviceToDevice;
  }
  return cudaMemcpyDefault;
}

/// A call of the driver, null where there is none. Through the runtime's table, because a program that links the driver does not start on a machine without one.
template <class Call>
Call* driver_call(const char* name) {
  void* call = nullptr;
#if CUDART_VERSION >= 12050
  constexpr unsigned int kSince = 12000;
  const cudaError_t code = cudaGetDriverEntryPointByVersion(name, &call, kSince, cudaEnableDefault);
#else
  const cudaError_t code = cudaGetDriverEntryPoint(name, &call, cudaEnableDefault);
#endif
  return code == cudaSuccess ? reinterpret_cast<Call*>(call) : nullptr;
}

/// The context that the runtime computes in, with whatever flags it has: the first device's primary one. It is kept until the program ends.
CUcontext primary_context() {
  auto* const get_device = driver_call<decltype(cuDeviceGet)>("cuDeviceGet");
  auto* const retain = driver_call<decltype(cuDevicePrimaryCtxRetain)>("cuDevicePrimaryCtxRetain");
  CUdevice device{};
  CUcontext context = nullptr;
  if (get_device == nullptr || retain == nullptr || get_device(&device, 0) != CUDA_SUCCESS) return nullptr;
  return retain(&context, device) == CUDA_SUCCESS ? context : nullptr;
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
  int create_event(GpuEvent* event) noexcept override {
    cudaEvent_t made = nullptr;
    const cudaError_t code = cudaEventCreateWithFlags(&made, cudaEventDisableTiming);
    *event = made;
    return code;
  }
  int destroy_event(GpuEvent event) noexcept override { return cudaEventDestroy(native_event(event)); }
  int record(GpuEvent event, GpuStream stream) noexcept override { return cudaEventRecord(native_event(event), native(stream)); }
  int stream_wait(GpuStream stream, GpuEvent event) noexcept override { return cudaStreamWaitEvent(native(stream), native_event(event), 0); }
  int wait(GpuStream stream) noexcept override { return cudaStreamSynchronize(native(stream)); }
  void* context() noexcept override {
    static const CUcontext primary = primary_context();
    return primary;
  }
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
