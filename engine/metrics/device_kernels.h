// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "engine/backend/gpu_runtime.h"
#include "engine/metrics/metrics_device.h"
#include "engine/metrics/picture_bodies.h"
#include "engine/metrics/place_bodies.h"
#include "engine/metrics/refine_bodies.h"
#include "engine/metrics/search_bodies.h"

namespace keel::metrics {

/// Launches of the metrics' kernel bodies on a device, each over its extent(), queued on a stream; pointers in the bodies are the device's. A call returns 0 or a
/// code of the runtime. Beside the engine's GpuKernels and not part of them: what judges the estimators shares no code with them.
class MetricsKernels {
 public:
  virtual ~MetricsKernels() = default;
  virtual int launch(const ShrinkBody<std::uint8_t>& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const ShrinkBody<std::uint16_t>& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const HalveBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const DrawBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const RowSquaresBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const ScoresBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const PickBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const AroundBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const GradientsBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const ProductsBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const BeginBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const SampleBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const CompareBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const LeftOverBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const StepBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const PlaceScoresBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const RoughPlaceBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const NearPlacesBody& body, GpuStream stream) const noexcept = 0;
  virtual int launch(const ResampleBody& body, GpuStream stream) const noexcept = 0;
};

}  // namespace keel::metrics
