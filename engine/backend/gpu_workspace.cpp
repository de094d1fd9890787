// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/backend/gpu_workspace.h"

#include <utility>

namespace keel {
namespace {

/// Workspaces grow in steps of this, so that one that follows a few points more is not reserved anew.
constexpr std::size_t kStep = std::size_t{64} << 10;

std::size_t in_steps(std::size_t bytes) { return (bytes + kStep - 1) / kStep * kStep; }

}  // namespace

Result<std::unique_ptr<GpuWorkspace>> GpuWorkspacePool::take(std::size_t device_bytes, std::size_t pinned_bytes) {
  std::unique_ptr<GpuWorkspace> idle;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (idle && idle->device.bytes() >= device_bytes && idle->pinned.bytes() >= pinned_bytes) return idle;
  idle.reset();
  KEEL_ASSIGN(GpuMemory device, GpuMemory::allocate(runtime_, GpuMemory::Kind::kDevice, in_steps(device_bytes)));
  KEEL_ASSIGN(GpuMemory pinned, GpuMemory::allocate(runtime_, GpuMemory::Kind::kPinned, in_steps(pinned_bytes)));
  KEEL_ASSIGN(GpuQueue queue, GpuQueue::create(runtime_));
  return std::make_unique<GpuWorkspace>(std::move(device), std::move(pinned), std::move(queue));
}

void GpuWorkspacePool::give_back(std::unique_ptr<GpuWorkspace> workspace) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(workspace));
}

Result<GpuMemory> GpuMemoryPool::take(std::size_t bytes) {
  std::vector<GpuMemory> unfit;  // goes after the lock
  {
    const std::lock_guard lock(mutex_);
    if (bytes != bytes_) unfit.swap(idle_);
    bytes_ = bytes;
    if (!idle_.empty()) {
      GpuMemory block = std::move(idle_.back());
      idle_.pop_back();
      return block;
    }
  }
  return GpuMemory::allocate(runtime_, GpuMemory::Kind::kDevice, bytes);
}

void GpuMemoryPool::give_back(GpuMemory block) {
  const std::lock_guard lock(mutex_);
  if (block.bytes() == bytes_) idle_.push_back(std::move(block));
}

}  // namespace keel
