// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/leave.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace keel {
namespace {

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

int leave(int code, bool all_over) {
  if (all_over) return code;
  std::fflush(nullptr);
  leave_at_once(code);
}

}  // namespace keel
