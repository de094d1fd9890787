// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/backend/gpu_runtime.h"

#include <utility>

namespace keel {

#ifndef KEEL_HAVE_CUDA
GpuRuntime* cuda_runtime() { return nullptr; }
#endif

Result<void> gpu_result(const GpuRuntime& runtime, int code, const char* doing) {
  if (code == 0) return {};
  return Error{runtime.is_out_of_memory(code) ? ErrorCode::kOutOfMemory : ErrorCode::kInternal,
               std::string("The GPU failed while ") + doing + ": " + runtime.describe(code)};
}

Result<GpuMemory> GpuMemory::allocate(GpuRuntime& runtime, Kind kind, std::size_t bytes) {
  void* memory = nullptr;
  const int code = kind == Kind::kDevice ? runtime.allocate(&memory, bytes) : runtime.allocate_pinned(&memory, bytes);
  KEEL_TRY(gpu_result(runtime, code, kind == Kind::kDevice ? "reserving memory" : "reserving transfer memory"));
  GpuMemory result;
  result.runtime_ = &runtime;
  result.kind_ = kind;
  result.memory_ = static_cast<std::byte*>(memory);
  result.bytes_ = bytes;
  return result;
}

GpuMemory::GpuMemory(GpuMemory&& other) noexcept { *this = std::move(other); }

GpuMemory& GpuMemory::operator=(GpuMemory&& other) noexcept {
  if (this == &other) return *this;
  reset();
  runtime_ = other.runtime_;
  kind_ = other.kind_;
  memory_ = std::exchange(other.memory_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

void GpuMemory::reset() noexcept {
  if (memory_ == nullptr) return;
  // A device that is lost cannot take its memory back; nothing more can be done about that here.
  if (kind_ == Kind::kDevice) (void)runtime_->release(memory_);
  else (void)runtime_->release_pinned(memory_);
  memory_ = nullptr;
  bytes_ = 0;
}

Result<GpuQueue> GpuQueue::create(GpuRuntime& runtime) {
  GpuStream stream = nullptr;
  KEEL_TRY(gpu_result(runtime, runtime.create_stream(&stream), "making a queue"));
  return GpuQueue(runtime, stream);
}

GpuQueue::GpuQueue(GpuQueue&& other) noexcept : runtime_(other.runtime_), stream_(std::exchange(other.stream_, nullptr)) {}

GpuQueue::~GpuQueue() {
  if (stream_ == nullptr) return;
  // Queued copies may still read or write memory that is released next.
  (void)runtime_->wait(stream_);
  (void)runtime_->destroy_stream(stream_);
}

Result<GpuMark> GpuMark::create(GpuRuntime& runtime) {
  GpuEvent event = nullptr;
  KEEL_TRY(gpu_result(runtime, runtime.create_event(&event), "making an event"));
  return GpuMark(runtime, event);
}

GpuMark::GpuMark(GpuMark&& other) noexcept : runtime_(other.runtime_), event_(std::exchange(other.event_, nullptr)) {}

GpuMark::~GpuMark() {
  if (event_ != nullptr) (void)runtime_->destroy_event(event_);
}

}  // namespace keel
