// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "app/commands/common.h"
#include "app/leave.h"
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
  // The terminal was closed; under nohup that is to be ignored.
  struct sigaction hang_up{};
  if (sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
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

}  // namespace

StopOnSignal::StopOnSignal(std::optional<std::chrono::milliseconds> patience) : patience_(patience) {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A limit on the size of files then is an error of the write, which is told and leaves nothing behind.
  ::signal(SIGXFSZ, SIG_IGN);
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
