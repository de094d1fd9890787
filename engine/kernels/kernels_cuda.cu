// SPDX-License-Identifier: GPL-3.0-or-later
// Instantiates every kernel body for the device: the same sources as the CPU's, checked by the compiler for each architecture.
#include "engine/backend/launch.cuh"
#include "engine/kernels/gpu_kernels.h"

namespace keel {

namespace {

class CudaKernels final : public GpuKernels {
 public:
  int warp(const WarpPlane<std::uint8_t>& plane, int taps, GpuStream stream) const noexcept override { return warp_any(plane, taps, stream); }
  int warp(const WarpPlane<std::uint16_t>& plane, int taps, GpuStream stream) const noexcept override { return warp_any(plane, taps, stream); }
  int split_plane(const SplitPlaneBody<std::uint8_t>& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int split_plane(const SplitPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int join_plane(const JoinPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int area_luma(const AreaLumaBody<std::uint8_t>& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int area_luma(const AreaLumaBody<std::uint16_t>& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int replicate_border(const ReplicateBorderBody& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int pyramid_down(const PyramidDownBody& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int corner_response(const CornerResponseBody& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int row_maximum(const RowMaximumBody& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int cell_corners(const CellCornersBody& body, GpuStream stream) const noexcept override { return launch(body, stream); }
  int track_pairs(const Rows<TrackPointsBody>& pairs, GpuStream stream) const noexcept override { return launch_cuda_warps(pairs.extent(), pairs, static_cast<cudaStream_t>(stream)); }
  int search_motions(const MotionSearchBody* pairs, int count, GpuStream stream) const noexcept override {
    return launch_cuda_phases(pairs, count, static_cast<cudaStream_t>(stream));
  }
  int track_grids(const Rows<TrackGridBody>& pairs, GpuStream stream) const noexcept override { return launch_cuda_warps(pairs.extent(), pairs, static_cast<cudaStream_t>(stream)); }

 private:
  template <class Body>
  static int launch(const Body& body, GpuStream stream) {
    return launch_cuda(body.extent(), body, static_cast<cudaStream_t>(stream));
  }

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
