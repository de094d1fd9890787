// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

namespace keel::ui {

/// Work on a thread of its own of which only the newest counts: a new one cancels the one that runs, and nothing is heard any more of what was replaced or
/// cancelled. Calls return at once, on the owner's thread, and so does destruction: work may be in a driver or an encoder that nothing interrupts, and a dialog
/// that closes must not wait for that. Work therefore uses values of its own only, and its owner in what it tells.
class NewestJob {
 public:
  /// Posts to the owner's thread; dropped there if the work is no longer the newest, or the owner is gone.
  using Tell = std::function<void(std::function<void()>)>;
  using Work = std::function<void(const std::stop_token&, const Tell&)>;

  explicit NewestJob(QObject& owner);
  ~NewestJob();
  NewestJob(const NewestJob&) = delete;
  NewestJob& operator=(const NewestJob&) = delete;

  void start(Work work);
  void cancel();

 private:
  struct Desk;

  // Of the owner's thread only.
  std::shared_ptr<Desk> desk_;
  std::stop_source stop_;
  std::uint64_t newest_ = 0;
  std::unique_ptr<QThreadPool> pool_;
};

/// Waits until the work that went on after its owner is done; false if it was not by then. What is not waited for is when the program ends.
[[nodiscard]] bool wait_for_abandoned_jobs(std::chrono::milliseconds most);

}  // namespace keel::ui
