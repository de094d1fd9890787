// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/stall_watch.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <QEvent>
#include <QMetaObject>
#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <utility>

namespace keel::ui::test {
namespace {

constexpr std::chrono::milliseconds kBeat{5};

double clock_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

/// How long a thread of this process has been ready to run without running, since it began. 0 where the kernel does not tell.
double run_delay_ms(long thread) {
  std::ifstream stream("/proc/self/task/" + std::to_string(thread) + "/schedstat");
  double running_ns = 0, delay_ns = 0;
  stream >> running_ns >> delay_ns;
  return delay_ns * 1e-6;
}

struct Slowest {
  double wall_ms = 0;
  QString text;
};
// The UI thread's only.
Slowest slowest;
int depth = 0;
int painting = 0;             ///< depth of events that paint the window
std::atomic<double> painting_slept_ms = 0;  ///< all in all

}  // namespace

namespace {

/// Counts the sleep of one painting of the window.
class PaintingTime {
 public:
  explicit PaintingTime(bool paints) : counted_(paints && painting == 0), paints_(paints) {
    painting += paints_ ? 1 : 0;
    if (counted_) begin_ms_ = sleeping_ms();
  }
  ~PaintingTime() {
    painting -= paints_ ? 1 : 0;
    if (counted_) painting_slept_ms += std::max(sleeping_ms() - begin_ms_, 0.0);
  }

 private:
  /// Differences of this are time in which the thread neither ran nor was ready to.
  static double sleeping_ms() { return clock_ms(CLOCK_MONOTONIC) - clock_ms(CLOCK_THREAD_CPUTIME_ID) - run_delay_ms(syscall(SYS_gettid)); }
  bool counted_, paints_;
  double begin_ms_ = 0;
};

}  // namespace

bool TimedApplication::notify(QObject* receiver, QEvent* event) {
  const double wall = clock_ms(CLOCK_MONOTONIC), processor = clock_ms(CLOCK_THREAD_CPUTIME_ID);
  // Taken before: the event may delete its receiver.
  const QString name = depth == 0 ? QString::fromLatin1(receiver->metaObject()->className()) : QString();
  const int type = event->type();
  ++depth;
  const bool handled = [&] {
    const PaintingTime time(type == QEvent::UpdateRequest || type == QEvent::Expose);
    return QApplication::notify(receiver, event);
  }();
  --depth;
  const double took = clock_ms(CLOCK_MONOTONIC) - wall;
  if (depth == 0 && took > slowest.wall_ms)
    slowest = {took, QStringLiteral("%1, event %2: %3 ms (%4 ms of processor)")
                         .arg(name)
                         .arg(type)
                         .arg(took, 0, 'f', 0)
                         .arg(clock_ms(CLOCK_THREAD_CPUTIME_ID) - processor, 0, 'f', 0)};
  return handled;
}

QString TimedApplication::take_slowest() { return std::exchange(slowest, {}).text; }

StallWatch::StallWatch() : ui_thread_(syscall(SYS_gettid)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

StallWatch::~StallWatch() {
  thread_.request_stop();
  thread_.join();
  // An event on its way finds `receiver_` gone and is dropped by Qt.
}

void StallWatch::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    outstanding_ = true;
    posted_ms_ = clock_ms(CLOCK_MONOTONIC);
    posted_excused_ms_ = run_delay_ms(ui_thread_) + painting_slept_ms;
    QMetaObject::invokeMethod(
        &receiver_, [this] { answer(); }, Qt::QueuedConnection);
    if (!changed_.wait(lock, stop, [this] { return !outstanding_; })) return;
    (void)changed_.wait_for(lock, stop, kBeat, [] { return false; });
  }
}

void StallWatch::answer() {
  const std::lock_guard lock(mutex_);
  const double wall = clock_ms(CLOCK_MONOTONIC) - posted_ms_;
  waits_.push_back({std::max(wall - (run_delay_ms(ui_thread_) + painting_slept_ms - posted_excused_ms_), 0.0), wall});
  outstanding_ = false;
  changed_.notify_all();
}

std::vector<Wait> StallWatch::waits() const {
  const std::lock_guard lock(mutex_);
  std::vector<Wait> sorted = waits_;
  std::sort(sorted.begin(), sorted.end(), [](const Wait& a, const Wait& b) { return a.own_ms > b.own_ms; });
  return sorted;
}

}  // namespace keel::ui::test
