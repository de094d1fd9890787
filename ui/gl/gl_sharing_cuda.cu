// SPDX-License-Identifier: GPL-3.0-or-later
#include <cuda_gl_interop.h>
#include <cuda_runtime.h>

#include <algorithm>

#include "ui/gl/gl_sharing.h"

namespace keel::ui {
namespace {

cudaStream_t stream_of(GpuStream stream) { return static_cast<cudaStream_t>(stream); }
cudaGraphicsResource_t resource_of(SharedTexture texture) { return static_cast<cudaGraphicsResource_t>(texture); }
cudaGraphicsResource_t* resources_of(SharedTexture* textures) { return reinterpret_cast<cudaGraphicsResource_t*>(textures); }

/// Takes a failure out of the runtime's memory: it would be reported for the next launch of this thread.
int taken(cudaError_t code) {
  if (code != cudaSuccess) (void)cudaGetLastError();
  return code;
}

class CudaGlSharing final : public GlSharing {
 public:
  int same_device(bool* same) noexcept override {
    // More GPUs than this do not draw one context.
    constexpr unsigned kMost = 16;
    int devices[kMost] = {}, computes_on = 0;
    unsigned count = 0;
    *same = false;
    if (const int code = taken(cudaGetDevice(&computes_on)); code != cudaSuccess) return code;
    if (const int code = taken(cudaGLGetDevices(&count, devices, kMost, cudaGLDeviceListAll)); code != cudaSuccess) return code;
    *same = std::find(devices, devices + std::min(count, kMost), computes_on) != devices + std::min(count, kMost);
    return cudaSuccess;
  }
  int share(SharedTexture* shared, unsigned texture) noexcept override {
    cudaGraphicsResource_t made = nullptr;
    // Every fill writes all of a plane: what was in it need not be kept.
    const int code = taken(cudaGraphicsGLRegisterImage(&made, texture, GL_TEXTURE_2D, cudaGraphicsRegisterFlagsWriteDiscard));
    *shared = made;
    return code;
  }
  int unshare(SharedTexture shared) noexcept override { return taken(cudaGraphicsUnregisterResource(resource_of(shared))); }
  int map(SharedTexture* shared, int count, GpuStream stream) noexcept override { return taken(cudaGraphicsMapResources(count, resources_of(shared), stream_of(stream))); }
  int unmap(SharedTexture* shared, int count, GpuStream stream) noexcept override { return taken(cudaGraphicsUnmapResources(count, resources_of(shared), stream_of(stream))); }
  int write(SharedTexture shared, const Rows& from, CopyDirection direction, GpuStream stream) noexcept override {
    cudaArray_t array = nullptr;
    if (const int code = taken(cudaGraphicsSubResourceGetMappedArray(&array, resource_of(shared), 0, 0)); code != cudaSuccess) return code;
    const cudaMemcpyKind kind = direction == CopyDirection::kOnDevice ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice;
    return taken(cudaMemcpy2DToArrayAsync(array, 0, 0, from.data, from.pitch, from.bytes, from.count, kind, stream_of(stream)));
  }
};

static_assert(sizeof(SharedTexture) == sizeof(cudaGraphicsResource_t), "arrays of them are handed over as they are");

}  // namespace

GlSharing& cuda_gl_sharing() {
  static CudaGlSharing sharing;
  return sharing;
}

}  // namespace keel::ui
