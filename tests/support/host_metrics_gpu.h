// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>

#include "engine/metrics/device_kernels.h"
#include "tests/support/host_gpu.h"

namespace keel::test {

/// The metrics' kernels on a HostGpu: they run on the host, through the emulated grid, fail with it and abort on memory that is not the device's.
class HostMetricsGpu final : public metrics::MetricsKernels {
 public:
  enum class Launch {
    kNone = 0, kShrink, kHalve, kDraw, kRowSquares, kScores, kPick, kAround, kGradients, kProducts, kBegin, kSample, kCompare, kLeftOver, kStep,
    kPlaceScores, kRoughPlace, kNearPlaces, kResample
  };
  static constexpr int kLaunches = 19;

  [[nodiscard]] HostGpu& host() { return host_; }
  [[nodiscard]] metrics::Device device() { return {&host_, this}; }
  /// From now on every launch of that kind leaves one value wrong.
  void miscalculate(Launch kind) { wrong_ = kind; }
  /// Bodies run forwards on the thread pool from now on, in place of the grid backwards.
  void run_on_threads() { threads_ = true; }
  [[nodiscard]] int launches(Launch kind) const { return launches_[static_cast<std::size_t>(kind)]; }

  int launch(const metrics::ShrinkBody<std::uint8_t>& body, GpuStream stream) const noexcept override { return shrink(body, stream); }
  int launch(const metrics::ShrinkBody<std::uint16_t>& body, GpuStream stream) const noexcept override { return shrink(body, stream); }
  int launch(const metrics::HalveBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::DrawBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::RowSquaresBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::ScoresBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::PickBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::AroundBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::GradientsBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::ProductsBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::BeginBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::SampleBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::CompareBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::LeftOverBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::StepBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::PlaceScoresBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::RoughPlaceBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::NearPlacesBody& body, GpuStream stream) const noexcept override;
  int launch(const metrics::ResampleBody& body, GpuStream stream) const noexcept override;

 private:
  template <class Body, class Check, class Spoil>
  int run(Launch kind, const Body& body, GpuStream stream, Check check, Spoil spoil) const;
  template <class Sample>
  int shrink(const metrics::ShrinkBody<Sample>& body, GpuStream stream) const;
  template <class T>
  void check_array(const T* data, std::size_t count) const { host_.check_on_device(data, count * sizeof(T)); }
  void check_level(const metrics::LevelOut& level) const;
  void check_search(const metrics::SearchView& search) const;
  void check_places(const metrics::PlaceView& view) const;
  void check_refinement(const metrics::RefineView& view) const;

  mutable HostGpu host_;
  Launch wrong_ = Launch::kNone;
  bool threads_ = false;
  mutable std::array<std::atomic<int>, kLaunches> launches_{};
};

}  // namespace keel::test
