// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/newest_job.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace keel::ui {
namespace {

bool is_idle(const std::unique_ptr<QThreadPool>& pool) { return pool->activeThreadCount() == 0; }

/// Threads whose work outlived its owner. Waited for when the program ends in the usual way, so that nothing is destroyed under them.
class Abandoned {
 public:
  void add(std::unique_ptr<QThreadPool> pool) {
    const std::lock_guard lock(mutex_);
    std::erase_if(pools_, is_idle);
    pools_.push_back(std::move(pool));
  }
  bool wait(std::chrono::steady_clock::time_point until) {
    const std::lock_guard lock(mutex_);
    return std::all_of(pools_.begin(), pools_.end(), [until](const auto& pool) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      return pool->waitForDone(static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    });
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<QThreadPool>> pools_;  // guarded by mutex_
};

Abandoned& abandoned() {
  static Abandoned all;
  return all;
}

}  // namespace

/// Where work hands in what it has to tell. Lives as long as the longest of owner and work.
struct NewestJob::Desk {
  std::mutex mutex;
  QObject* owner = nullptr;  // guarded by mutex; null once it is gone
};

NewestJob::NewestJob(QObject& owner) : desk_(std::make_shared<Desk>()), pool_(std::make_unique<QThreadPool>()) {
  desk_->owner = &owner;
  pool_->setMaxThreadCount(1);
}

NewestJob::~NewestJob() {
  cancel();
  {
    const std::lock_guard lock(desk_->mutex);
    desk_->owner = nullptr;
  }
  pool_->clear();
  if (!is_idle(pool_)) abandoned().add(std::move(pool_));
}

void NewestJob::start(Work work) {
  cancel();
  stop_ = std::stop_source();
  const Tell tell = [this, desk = desk_, ticket = newest_](std::function<void()> what) {
    const std::lock_guard lock(desk->mutex);
    if (desk->owner == nullptr) return;
    // Posted to the owner, so that it is dropped with it, and with this, which is a part of it.
    QMetaObject::invokeMethod(
        desk->owner,
        [this, ticket, what = std::move(what)] {
          if (ticket == newest_) what();
        },
        Qt::QueuedConnection);
  };
  pool_->start([work = std::move(work), stop = stop_.get_token(), tell] {
    if (!stop.stop_requested()) work(stop, tell);
  });
}

void NewestJob::cancel() {
  stop_.request_stop();
  ++newest_;
}

bool wait_for_abandoned_jobs(std::chrono::milliseconds most) { return abandoned().wait(std::chrono::steady_clock::now() + most); }

}  // namespace keel::ui
