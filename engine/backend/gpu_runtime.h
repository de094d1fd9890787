// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/base/result.h"

namespace keel {

/// Queue of work on a device; what is queued on one stream happens in order.
using GpuStream = void*;

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
  /// Waits for everything queued on the stream, and reports what failed in it.
  virtual int wait(GpuStream stream) noexcept = 0;
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

}  // namespace keel
