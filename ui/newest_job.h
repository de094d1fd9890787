// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <utility>

namespace keel::ui {

/// Work on a thread of its own of which only the newest counts: a new one cancels the one that runs, and nothing is heard any more of what was replaced or
/// cancelled. Calls return at once, on the owner's thread; destruction cancels and waits. To be the owner's last member: the work may use the others.
class NewestJob {
 public:
  /// Posts to the owner's thread; dropped there if the work is no longer the newest.
  using Tell = std::function<void(std::function<void()>)>;
  using Work = std::function<void(const std::stop_token&, const Tell&)>;

  explicit NewestJob(QObject& owner) : owner_(owner) { pool_.setMaxThreadCount(1); }
  ~NewestJob() {
    cancel();
    pool_.waitForDone();
  }
  NewestJob(const NewestJob&) = delete;
  NewestJob& operator=(const NewestJob&) = delete;

  void start(Work work) {
    cancel();
    stop_ = std::stop_source();
    const Tell tell = [this, ticket = newest_](std::function<void()> what) {
      QMetaObject::invokeMethod(
          &owner_,
          [this, ticket, what = std::move(what)] {
            if (ticket == newest_) what();
          },
          Qt::QueuedConnection);
    };
    pool_.start([work = std::move(work), stop = stop_.get_token(), tell] {
      if (!stop.stop_requested()) work(stop, tell);
    });
  }
  void cancel() {
    stop_.request_stop();
    ++newest_;
  }

 private:
  QObject& owner_;
  // Of the owner's thread only.
  std::stop_source stop_;
  std::uint64_t newest_ = 0;
  QThreadPool pool_;
};

}  // namespace keel::ui
