// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QString>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace keel::ui::test {

/// An application that remembers which event took longest, so that a stall has a name.
class TimedApplication : public QApplication {
 public:
  using QApplication::QApplication;
  bool notify(QObject* receiver, QEvent* event) override;

  /// "QWidgetWindow, event 77: 61 ms (58 ms of processor)": the slowest since the last call.
  static QString take_slowest();
};

/// How long one event waited in the queue of the UI thread.
struct Wait {
  /// Without the time in which the thread was ready to run while other programs had the cores, and without that in which it slept while the window was
  /// painted: a software renderer draws with threads of its own, which compete with the rest of the machine. What is left is what the program itself is
  /// to blame for, computing as well as waiting for files, locks or other threads, and is about the same on a quiet and on a loaded machine.
  double own_ms = 0;
  double wall_ms = 0;
};

/// While it lives, a thread posts one event after the other to the UI thread and measures how long each of them waits there. To be made on the UI thread.
class StallWatch {
 public:
  StallWatch();
  ~StallWatch();
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;

  /// The longest first.
  [[nodiscard]] std::vector<Wait> waits() const;

 private:
  void run(const std::stop_token& stop);
  void answer();

  QObject receiver_;
  const long ui_thread_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool outstanding_ = false;    // guarded by mutex_, as are the following
  double posted_ms_ = 0, posted_excused_ms_ = 0;
  std::vector<Wait> waits_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace keel::ui::test
