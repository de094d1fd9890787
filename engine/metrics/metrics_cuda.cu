// SPDX-License-Identifier: GPL-3.0-or-later
// Instantiates the metrics' kernel bodies for the device: the same sources as those that the tests walk on the host.
#include "engine/backend/launch.cuh"
#include "engine/metrics/device_kernels.h"

namespace keel::metrics {

namespace {

class CudaKernels final : public MetricsKernels {
 public:
  int launch(const ShrinkBody<std::uint8_t>& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const ShrinkBody<std::uint16_t>& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const HalveBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const DrawBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const RowSquaresBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const ScoresBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const PickBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const AroundBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const GradientsBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const ProductsBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const BeginBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const SampleBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const CompareBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const LeftOverBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const StepBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const PlaceScoresBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const RoughPlaceBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const NearPlacesBody& body, GpuStream stream) const noexcept override { return run(body, stream); }
  int launch(const ResampleBody& body, GpuStream stream) const noexcept override { return run(body, stream); }

 private:
  template <class Body>
  static int run(const Body& body, GpuStream stream) {
    return launch_cuda(body.extent(), body, static_cast<cudaStream_t>(stream));
  }
};

}  // namespace

const MetricsKernels& cuda_kernels() {
  static const CudaKernels kernels;
  return kernels;
}

}  // namespace keel::metrics
