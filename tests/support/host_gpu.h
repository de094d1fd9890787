// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/kernels/gpu_kernels.h"

namespace keel::test {

/// A GPU that computes on the host, through the emulated grid, and fails on demand. It aborts on what a real device would not forgive: memory that is not
/// its own, copies beyond an end, memory released twice. Nothing is done before it is waited for, by the host or by a stream that the host waits for, in the order of
/// each stream, so that forgotten waits show. Thread-safe like a real one: calls on different streams may come from different threads.
class HostGpu final : public GpuRuntime, public GpuKernels {
 public:
  static constexpr int kFailure = 719, kOutOfMemory = 2;
  static constexpr int kNever = std::numeric_limits<int>::max();

  /// Calls from number `first` on, `count` of them, fail (0 is the first). Freeing never fails to free, it only says so.
  void fail_from(int first, int count = kNever, int code = kFailure);
  enum class Launch {
    kNone = 1, kWarp, kAreaLuma, kReplicateBorder, kPyramidDown, kCornerResponse, kRowMaximum, kCellCorners, kTrack,
    kGatherMatches, kHypothesise, kScore, kNormalTerms, kSolveTerms, kSelectBest, kResiduals, kRobustScale, kSplitPlane
  };
  /// From now on every launch of that kind leaves one value wrong.
  void miscalculate(Launch kind) { wrong_ = kind; }
  /// Bodies run forwards on the thread pool from now on, in place of the grid backwards.
  void run_on_threads() { threads_ = true; }
  [[nodiscard]] int calls() const { return calls_; }
  /// Waits for a stream so far, copies, and launches of a kind.
  [[nodiscard]] int waits() const { return waits_; }
  [[nodiscard]] int copies(CopyDirection direction) const { return copies_.count(direction) != 0 ? copies_.at(direction) : 0; }
  [[nodiscard]] int launches(Launch kind) const { return launches_.count(kind) != 0 ? launches_.at(kind) : 0; }
  /// Blocks, streams and events that were not given back.
  [[nodiscard]] std::size_t leaks() const { return blocks_.size() + streams_.size() + events_.size(); }
  /// Nothing is queued on any stream.
  [[nodiscard]] bool idle() const;
  /// Called from now on before memory of the device is released.
  void on_release(std::function<void()> callback) { on_release_ = std::move(callback); }
  [[nodiscard]] Gpu gpu() { return {this, this}; }
  /// Work of another library, which comes in turn on the stream; `from` must be pinned memory of this device.
  void enqueue(GpuStream stream, const void* from, std::size_t bytes, std::function<void()> work);

  int allocate(void** memory, std::size_t bytes) noexcept override { return allocate_block(memory, bytes, true); }
  int release(void* memory) noexcept override {
    if (on_release_) on_release_();
    return release_block(memory, true);
  }
  int allocate_pinned(void** memory, std::size_t bytes) noexcept override { return allocate_block(memory, bytes, false); }
  int release_pinned(void* memory) noexcept override { return release_block(memory, false); }
  int create_stream(GpuStream* stream) noexcept override;
  int destroy_stream(GpuStream stream) noexcept override;
  int copy(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) noexcept override;
  int create_event(GpuEvent* event) noexcept override;
  int destroy_event(GpuEvent event) noexcept override;
  int record(GpuEvent event, GpuStream stream) noexcept override;
  int stream_wait(GpuStream stream, GpuEvent event) noexcept override;
  int wait(GpuStream stream) noexcept override;
  void* context() noexcept override { return this; }
  bool is_out_of_memory(int code) const noexcept override { return code == kOutOfMemory; }
  std::string describe(int code) const override { return code == kOutOfMemory ? "out of memory" : "unspecified launch failure"; }

  int warp(const WarpPlane<std::uint8_t>& plane, int taps, GpuStream stream) const noexcept override;
  int warp(const WarpPlane<std::uint16_t>& plane, int taps, GpuStream stream) const noexcept override;
  int split_plane(const SplitPlaneBody<std::uint8_t>& body, GpuStream stream) const noexcept override;
  int split_plane(const SplitPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept override;
  int area_luma(const AreaLumaBody<std::uint8_t>& body, GpuStream stream) const noexcept override;
  int area_luma(const AreaLumaBody<std::uint16_t>& body, GpuStream stream) const noexcept override;
  int replicate_border(const ReplicateBorderBody& body, GpuStream stream) const noexcept override;
  int pyramid_down(const PyramidDownBody& body, GpuStream stream) const noexcept override;
  int corner_response(const CornerResponseBody& body, GpuStream stream) const noexcept override;
  int row_maximum(const RowMaximumBody& body, GpuStream stream) const noexcept override;
  int cell_corners(const CellCornersBody& body, GpuStream stream) const noexcept override;
  int track(const LkBody<LkScalarOps>& body, int points, GpuStream stream) const noexcept override;
  int gather_matches(const GatherMatchesBody& body, GpuStream stream) const noexcept override;
  int hypothesise(const HypothesisBody& body, GpuStream stream) const noexcept override;
  int score(const ScoreBody& body, GpuStream stream) const noexcept override;
  int normal_terms(const NormalTermsBody& body, GpuStream stream) const noexcept override;
  int solve_terms(const SolveTermsBody& body, GpuStream stream) const noexcept override;
  int select_best(const SelectBestBody& body, GpuStream stream) const noexcept override;
  int residuals(const ResidualsBody& body, GpuStream stream) const noexcept override;
  int robust_scale(const RobustScaleBody& body, GpuStream stream) const noexcept override;

 private:
  struct Block {
    std::size_t bytes;
    bool on_device;
  };
  struct Queue;
  struct Mark;
  struct Step;
  struct Event;
  /// What must be done, in order, before a stream has come to the mark, or to its end (null). Taken out of the queues.
  void take_steps(Queue& queue, const Mark* upto, std::vector<Step>& steps);
  /// The code of this call, 0 where it succeeds.
  int next_call() const noexcept;
  int allocate_block(void** memory, std::size_t bytes, bool on_device) noexcept;
  int release_block(void* memory, bool on_device) noexcept;
  void check_inside(const void* begin, std::size_t bytes, bool on_device) const;
  /// Pixels of a plane of the device.
  template <class Sample>
  void check_plane(const Sample* data, std::ptrdiff_t stride, int width, int height) const;
  void check_padded(const std::uint8_t* data, int stride, int width, int height) const;
  /// Arrays of the device.
  template <class T>
  void check_array(const T* data, int count) const { check_inside(data, static_cast<std::size_t>(count) * sizeof(T), true); }
  void check_matches(const FitMatches& matches, int most) const;
  void check_candidates(const Candidates& candidates) const;
  [[nodiscard]] Queue& queue_of(GpuStream stream) const;
  template <class Sample>
  int warp_any(const WarpPlane<Sample>& plane, int taps, GpuStream stream) const;
  template <class Sample>
  int split_plane_any(const SplitPlaneBody<Sample>& body, GpuStream stream) const;
  template <class Sample>
  int area_luma_any(const AreaLumaBody<Sample>& body, GpuStream stream) const;
  /// Queues a body over an extent; then `spoil`, on a device that miscalculates this kind. `check` looks at the memory that the body is given.
  template <class Body, class Check, class Spoil>
  int launch(Launch kind, Extent extent, const Body& body, GpuStream stream, Check check, Spoil spoil) const;

  mutable std::mutex mutex_;  // of everything below
  mutable int calls_ = 0;
  int waits_ = 0;
  bool threads_ = false;
  std::map<CopyDirection, int> copies_;
  mutable std::map<Launch, int> launches_;
  Launch wrong_ = Launch::kNone;
  int first_ = kNever, last_ = kNever, code_ = kFailure;
  std::map<const std::byte*, Block> blocks_;
  std::set<GpuStream> streams_;
  std::set<GpuEvent> events_;
  std::function<void()> on_release_;
  std::condition_variable passed_;  ///< a mark was passed
};

}  // namespace keel::test
