// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/backend/gpu_runtime.h"

namespace keel {

/// What one piece of work needs beside what it reads: memory of the device, pinned memory to send from and fetch into, and a queue of its own. The queue is
/// declared last: it is waited for before the memory goes.
struct GpuWorkspace {
  GpuMemory device, pinned;
  GpuQueue queue;
};

/// Workspaces that are used again, as many as there are callers at once: reserving memory makes a whole device wait. Thread-safe.
class GpuWorkspacePool {
 public:
  explicit GpuWorkspacePool(GpuRuntime& runtime) : runtime_(runtime) {}

  /// One with at least that much memory of both kinds. Errors: the device's, kOutOfMemory among them.
  [[nodiscard]] Result<std::unique_ptr<GpuWorkspace>> take(std::size_t device_bytes, std::size_t pinned_bytes);
  /// To be called when all work on its queue is done. After a failure a workspace is destroyed instead, which waits for what is queued.
  void give_back(std::unique_ptr<GpuWorkspace> workspace);

 private:
  GpuRuntime& runtime_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<GpuWorkspace>> idle_;  // guarded by mutex_
};

/// Blocks of device memory that are used again, all of one size, as the frames of a clip are; with another size the old ones go. Thread-safe; who holds a
/// block keeps the pool alive too.
class GpuMemoryPool {
 public:
  explicit GpuMemoryPool(GpuRuntime& runtime) : runtime_(runtime) {}

  /// Errors: the device's, kOutOfMemory among them.
  [[nodiscard]] Result<GpuMemory> take(std::size_t bytes);
  void give_back(GpuMemory block);

 private:
  GpuRuntime& runtime_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;         // of a block; guarded by mutex_
  std::vector<GpuMemory> idle_;  // guarded by mutex_
};

}  // namespace keel
