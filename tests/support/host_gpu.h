// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
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
    kSearch, kTrackGrid, kSplitPlane, kJoinPlane
  };
  /// From now on every launch of that kind leaves one value wrong, or, of a search, that step of it.
  void miscalculate(Launch kind) { wrong_ = kind; }
  void miscalculate(SearchStep step) { wrong_step_ = step; }
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
  /// Work of another library, which comes in turn on the stream; `from` must be memory of this device, or pinned memory.
  void enqueue(GpuStream stream, const void* from, std::size_t bytes, bool on_device, std::function<void()> work);

  /// A launch of kernels other than the engine's: a call like any other, `work` comes in turn on the stream. `check` may ask check_on_device().
  int launch_other(GpuStream stream, const std::function<void()>& check, std::function<void()> work) noexcept;
  void check_on_device(const void* begin, std::size_t bytes) const { check_inside(begin, bytes, true); }

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
  int join_plane(const JoinPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept override;
  int area_luma(const AreaLumaBody<std::uint8_t>& body, GpuStream stream) const noexcept override;
  int area_luma(const AreaLumaBody<std::uint16_t>& body, GpuStream stream) const noexcept override;
  int replicate_border(const ReplicateBorderBody& body, GpuStream stream) const noexcept override;
  int pyramid_down(const PyramidDownBody& body, GpuStream stream) const noexcept override;
  int corner_response(const CornerResponseBody& body, GpuStream stream) const noexcept override;
  int row_maximum(const RowMaximumBody& body, GpuStream stream) const noexcept override;
  int cell_corners(const CellCornersBody& body, GpuStream stream) const noexcept override;
  int track_pairs(const Rows<TrackPointsBody>& pairs, GpuStream stream) const noexcept override;
  int search_motions(const MotionSearchBody* pairs, int count, GpuStream stream) const noexcept override;
  int track_grids(const Rows<TrackGridBody>& pairs, GpuStream stream) const noexcept override;

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
  void check_pyramids(const LkBody<LkWarpOps>& body) const;
  void check_search(const MotionSearchBody& body) const;
  [[nodiscard]] Queue& queue_of(GpuStream stream) const;
  /// At the end of the stream's queue; the mutex is held.
  void add_work(GpuStream stream, std::function<void()> work) const;
  template <class Sample>
  int warp_any(const WarpPlane<Sample>& plane, int taps, GpuStream stream) const;
  template <class Sample>
  int split_plane_any(const SplitPlaneBody<Sample>& body, GpuStream stream) const;
  template <class Sample>
  int area_luma_any(const AreaLumaBody<Sample>& body, GpuStream stream) const;
  /// Queues a body over an extent; then `spoil`, on a device that miscalculates this kind. `check` looks at the memory that the body is given.
  template <class Body, class Check, class Spoil>
  int launch(Launch kind, Extent extent, const Body& body, GpuStream stream, Check check, Spoil spoil) const;

  /// Bodies that lie in the device's memory; they are not there before their turn comes.
  template <class Body, class Check, class Spoil>
  int launch_rows(Launch kind, const Rows<Body>& rows, GpuStream stream, Check check, Spoil spoil) const;
  static void spoil(SearchStep step, const MotionSearchBody& body);

  mutable std::mutex mutex_;  // of everything below
  mutable int calls_ = 0;
  int waits_ = 0;
  bool threads_ = false;
  std::map<CopyDirection, int> copies_;
  mutable std::map<Launch, int> launches_;
  Launch wrong_ = Launch::kNone;
  std::optional<SearchStep> wrong_step_;
  int first_ = kNever, last_ = kNever, code_ = kFailure;
  std::map<const std::byte*, Block> blocks_;
  std::set<GpuStream> streams_;
  std::set<GpuEvent> events_;
  std::function<void()> on_release_;
  std::condition_variable passed_;  ///< a step was done
};

}  // namespace keel::test
