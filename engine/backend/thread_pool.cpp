// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/backend/thread_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace keel {
namespace {

/// Of 19: about a tenth of a core where others are busy.
constexpr int kLowPriority = 10;

int wanted_threads() {
  if (const char* asked = std::getenv("KEEL_THREADS")) {
    const int n = std::atoi(asked);
    if (n >= 1) return std::min(n, 256);
  }
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/// One parallel_for: chunks are taken from `next` until none is left.
struct Loop {
  int end = 0;
  int grain = 1;
  const std::function<void(int, int)>* body = nullptr;
  std::atomic<int> next{0};

  std::mutex mutex;
  std::condition_variable idle;
  int helpers = 0;  // workers inside run(); guarded by mutex
  bool closed = false;  // no further helper may enter; guarded by mutex

  void run() {
    for (;;) {
      const int chunk = next.fetch_add(grain, std::memory_order_relaxed);
      if (chunk >= end) return;
      (*body)(chunk, std::min(chunk + grain, end));
    }
  }
};

}  // namespace

struct ThreadPool::Impl {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::shared_ptr<Loop>> loops;  // guarded by mutex; one entry per helper wanted
  bool stopping = false;                    // guarded by mutex
  std::vector<std::thread> workers;

  void work_loop() {
    for (;;) {
      std::shared_ptr<Loop> loop;
      {
        std::unique_lock lock(mutex);
        work.wait(lock, [&] { return stopping || !loops.empty(); });
        if (stopping) return;
        loop = std::move(loops.front());
        loops.pop_front();
      }
      {
        std::lock_guard lock(loop->mutex);
        if (loop->closed) continue;
        ++loop->helpers;
      }
      loop->run();
      std::lock_guard lock(loop->mutex);
      if (--loop->helpers == 0) loop->idle.notify_all();
    }
  }
};

ThreadPool::ThreadPool(int threads, bool low_priority) : impl_(std::make_unique<Impl>()) {
  for (int i = 1; i < threads; ++i)
    impl_->workers.emplace_back([this, low_priority] {
      if (low_priority) lower_thread_priority();
      impl_->work_loop();
    });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->work.notify_all();
  for (auto& worker : impl_->workers) worker.join();
}

int ThreadPool::threads() const { return static_cast<int>(impl_->workers.size()) + 1; }

void ThreadPool::parallel_for(int begin, int end, int grain, const std::function<void(int, int)>& body) {
  if (begin >= end) return;
  grain = std::max(grain, 1);
  const int chunks = (end - begin + grain - 1) / grain;
  const int helpers = std::min(static_cast<int>(impl_->workers.size()), chunks - 1);
  if (helpers <= 0) {
    body(begin, end);
    return;
  }
  auto loop = std::make_shared<Loop>();
  loop->end = end;
  loop->grain = grain;
  loop->body = &body;
  loop->next = begin;
  {
    std::lock_guard lock(impl_->mutex);
    for (int i = 0; i < helpers; ++i) impl_->loops.push_back(loop);
  }
  impl_->work.notify_all();
  loop->run();
  std::unique_lock lock(loop->mutex);
  loop->closed = true;
  loop->idle.wait(lock, [&] { return loop->helpers == 0; });
}

ThreadPool& ThreadPool::shared() {
  static ThreadPool pool(wanted_threads());
  return pool;
}

ThreadPool& ThreadPool::background() {
  static ThreadPool pool(wanted_threads(), true);
  return pool;
}

// On Linux a priority belongs to a thread. A failure only means that the work competes like any other.
void lower_thread_priority() { (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowPriority); }

}  // namespace keel
