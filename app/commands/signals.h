// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

namespace keel::cli {

/// Turns Ctrl+C and a polite kill into a stop request. Made once, before any other thread, so that all threads inherit the blocked signals.
/// A second signal ends the program at once, and so does the end of the patience after the first: what answers a stop in milliseconds on an idle machine may take
/// seconds on a busy one, or for ever where nobody reads what it has to say. Files that are not finished are removed then too.
class StopOnSignal {
 public:
  /// Without a patience only a second signal ends the program: for work whose results so far are saved after a stop.
  explicit StopOnSignal(std::optional<std::chrono::milliseconds> patience);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  /// The work has ended by itself: from now on signals do nothing.
  void work_is_over() { over_ = true; }

 private:
  void watch();

  const std::optional<std::chrono::milliseconds> patience_;
  std::stop_source source_;
  std::atomic<bool> over_ = false;
  std::thread waiter_;
};

}  // namespace keel::cli
