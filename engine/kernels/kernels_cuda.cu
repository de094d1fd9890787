// SPDX-License-Identifier: GPL-3.0-or-later
// Instantiates every kernel body for the device: the same sources as the CPU's, checked by the compiler for each architecture.
#include "engine/backend/launch.cuh"
#include "engine/kernels/area_luma.h"
#include "engine/kernels/corners.h"
#include "engine/kernels/gpu_kernels.h"
#include "engine/kernels/lucas_kanade.h"
#include "engine/kernels/pyramid.h"

namespace keel {

template cudaError_t launch_cuda(Extent, const AreaLumaBody<std::uint8_t>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const AreaLumaBody<std::uint16_t>&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const PyramidDownBody&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const CornerResponseBody&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const CellCornersBody&, cudaStream_t);
template cudaError_t launch_cuda(Extent, const LkBody<LkScalarOps>&, cudaStream_t);

namespace {

class CudaKernels final : public GpuKernels {
 public:
  int warp(const WarpPlane<std::uint8_t>& plane, int taps, GpuStream stream) const noexcept override { return warp_any(plane, taps, stream); }
  int warp(const WarpPlane<std::uint16_t>& plane, int taps, GpuStream stream) const noexcept override { return warp_any(plane, taps, stream); }

 private:
  template <class Sample>
  static int warp_any(const WarpPlane<Sample>& plane, int taps, GpuStream stream) {
    const Extent extent{plane.dst_width, plane.dst_height};
    const auto native = static_cast<cudaStream_t>(stream);
    return taps == 4 ? launch_cuda(extent, WarpBody<Sample, 4>{plane}, native) : launch_cuda(extent, WarpBody<Sample, 2>{plane}, native);
  }
};

}  // namespace

const GpuKernels& cuda_kernels() {
  static const CudaKernels kernels;
  return kernels;
}

}  // namespace keel
