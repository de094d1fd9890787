// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

namespace keel {

/// A fixed set of worker threads for data-parallel loops. Loops of several callers may run at once; the caller
/// always works too, so a loop finishes even when all workers are busy elsewhere.
class ThreadPool {
 public:
  /// `threads` counts the caller: 1 means no worker at all. Workers of low priority run where nothing else wants the cores.
  explicit ThreadPool(int threads, bool low_priority = false);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int threads() const;

  /// Calls `body(chunk_begin, chunk_end)` for disjoint chunks of at most `grain` that cover [begin, end); returns when all are done.
  /// Which thread gets which chunk is not defined, so results must not depend on it.
  void parallel_for(int begin, int end, int grain, const std::function<void(int, int)>& body);

  /// The process's pool, as large as the machine (or as KEEL_THREADS says); made on first use.
  [[nodiscard]] static ThreadPool& shared();
  /// One more of the same size, of low priority, for work that nobody waits for.
  [[nodiscard]] static ThreadPool& background();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Gives the calling thread, and the threads that it makes from then on, a low priority. There is no way back: raising it again needs privileges.
void lower_thread_priority();

}  // namespace keel
