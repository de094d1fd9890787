// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/base/result.h"

namespace keel {

/// Queue of work on a device; what is queued on one stream happens in order.
using GpuStream = void*;
/// A place in a stream's queue that other streams can wait for.
using GpuEvent = void*;

enum class CopyDirection { kToDevice = 1, kToHost, kOnDevice };

/// The few calls that the engine makes of a GPU's runtime, each of which can fail. An interface, so that tests can put in its place a device that computes
/// on the host and fails on demand. Thread-safe as far as calls on different streams go. A call returns 0 or a code that describe() explains.
class GpuRuntime {
 public:
  virtual ~GpuRuntime() = default;
  virtual int allocate(void** memory, std::size_t bytes) noexcept = 0;
  virtual int release(void* memory) noexcept = 0;
  /// Host memory that the device reads and writes by itself.
  virtual int allocate_pinned(void** memory, std::size_t bytes) noexcept = 0;
  virtual int release_pinned(void* memory) noexcept = 0;
  virtual int create_stream(GpuStream* stream) noexcept = 0;
  virtual int destroy_stream(GpuStream stream) noexcept = 0;
  /// Queues a copy; the host side must be pinned memory and stay until the stream has been waited for.
  virtual int copy(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) noexcept = 0;
  virtual int create_event(GpuEvent* event) noexcept = 0;
  virtual int destroy_event(GpuEvent event) noexcept = 0;
  /// The event now stands for what is queued on the stream so far; what was recorded before is forgotten.
  virtual int record(GpuEvent event, GpuStream stream) noexcept = 0;
  /// What is queued on the stream from now on waits, on the device, for what the event stands for now; nothing waits for an event that was never recorded.
  virtual int stream_wait(GpuStream stream, GpuEvent event) noexcept = 0;
  /// Waits for everything queued on the stream, and reports what failed in it.
  virtual int wait(GpuStream stream) noexcept = 0;
  /// What other libraries must work in so that this runtime can use their memory, and they its: for CUDA, the CUcontext. Null where it cannot be had.
  [[nodiscard]] virtual void* context() noexcept = 0;
  [[nodiscard]] virtual bool is_out_of_memory(int code) const noexcept = 0;
  [[nodiscard]] virtual std::string describe(int code) const = 0;
};

/// The CUDA runtime on the first device; null where this build has no CUDA or the machine no usable device (device_status() says why).
[[nodiscard]] GpuRuntime* cuda_runtime();

/// "The GPU failed while DOING: WHY" as an Error; nothing for code 0.
[[nodiscard]] Result<void> gpu_result(const GpuRuntime& runtime, int code, const char* doing);

/// Memory that is given back on destruction. Move-only.
class GpuMemory {
 public:
  enum class Kind { kDevice = 1, kPinned };
  GpuMemory() = default;
  [[nodiscard]] static Result<GpuMemory> allocate(GpuRuntime& runtime, Kind kind, std::size_t bytes);
  ~GpuMemory() { reset(); }
  GpuMemory(GpuMemory&& other) noexcept;
  GpuMemory& operator=(GpuMemory&& other) noexcept;

  [[nodiscard]] std::byte* data() const { return memory_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void reset() noexcept;
  GpuRuntime* runtime_ = nullptr;
  Kind kind_ = Kind::kDevice;
  std::byte* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A stream that is waited for and destroyed with its owner. Move-only.
class GpuQueue {
 public:
  [[nodiscard]] static Result<GpuQueue> create(GpuRuntime& runtime);
  ~GpuQueue();
  GpuQueue(GpuQueue&& other) noexcept;
  GpuQueue& operator=(GpuQueue&&) = delete;

  [[nodiscard]] GpuStream stream() const { return stream_; }

 private:
  GpuQueue(GpuRuntime& runtime, GpuStream stream) : runtime_(&runtime), stream_(stream) {}
  GpuRuntime* runtime_;
  GpuStream stream_;
};

/// An event that is destroyed with its owner, which need not wait: who waits for it already keeps waiting. Move-only.
class GpuMark {
 public:
  [[nodiscard]] static Result<GpuMark> create(GpuRuntime& runtime);
  ~GpuMark();
  GpuMark(GpuMark&& other) noexcept;
  GpuMark& operator=(GpuMark&&) = delete;

  [[nodiscard]] GpuEvent event() const { return event_; }

 private:
  GpuMark(GpuRuntime& runtime, GpuEvent event) : runtime_(&runtime), event_(event) {}
  GpuRuntime* runtime_;
  GpuEvent event_;
};

}  // namespace keel
