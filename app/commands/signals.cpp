// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "app/commands/common.h"
#ifdef KEEL_HAVE_MEDIA
#include "engine/media/clip_writer.h"
#endif

namespace keel::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// Waits for a signal, at most this long; false when none came.
bool wait_for(const sigset_t& wanted, std::optional<std::chrono::milliseconds> most) {
  if (!most) {
    int signal = 0;
    return sigwait(&wanted, &signal) == 0;
  }
  const timespec time{most->count() / 1000, most->count() % 1000 * 1000000};
  int got = 0;
  do got = sigtimedwait(&wanted, nullptr, &time);
  while (got < 0 && errno == EINTR);
  return got > 0;
}

/// Past the C library: another thread may hold its lock on standard error, in a write that never ends.
void say_if_somebody_reads(std::string_view text) {
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&error, 1, 0) == 1 && (error.revents & POLLOUT) != 0) (void)!::write(STDERR_FILENO, text.data(), text.size());
}

/// x265 gives its threads a nice value of 10, and a process has ended only when each thread had its turn to end: on a busy machine more than a second. Only who may
/// (root, as in containers, or by a limit of the system) can take that back; elsewhere nothing changes.
void let_all_threads_have_their_turn() {
  std::error_code failure;
  for (std::filesystem::directory_iterator task("/proc/self/task", failure), end; !failure && task != end; task.increment(failure))
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(std::strtoul(task->path().filename().c_str(), nullptr, 10)), 0);
}

}  // namespace

void leave_at_once(int code) {
  let_all_threads_have_their_turn();
  _exit(code);
}

StopOnSignal::StopOnSignal(std::optional<std::chrono::milliseconds> patience) : patience_(patience) {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::thread([this] { watch(); });
}

StopOnSignal::~StopOnSignal() {
  work_is_over();
  // Wakes the waiter when no signal came.
  pthread_kill(waiter_.native_handle(), SIGTERM);
  waiter_.join();
}

void StopOnSignal::watch() {
  const sigset_t wanted = stop_signals();
  if (!wait_for(wanted, std::nullopt) || over_) return;
  source_.request_stop();
  (void)wait_for(wanted, patience_);
  if (over_) return;
#ifdef KEEL_HAVE_MEDIA
  remove_unfinished_files();
#endif
  say_if_somebody_reads("keel: The work was cancelled.\n");
  leave_at_once(ExitCode::kCancelled);
}

}  // namespace keel::cli
