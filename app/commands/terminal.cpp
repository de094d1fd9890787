// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace keel::cli {
namespace {

int first_failure = 0;  // errno of the first text that did not arrive; of the main thread

}  // namespace

void put_text(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size() && first_failure == 0) first_failure = errno;
}

void prepare_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    // The lowest free number is taken, and those below are open by now.
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) (void)::open("/dev/null", O_RDWR);
  ::signal(SIGPIPE, SIG_IGN);
}

Result<void> finish_output() {
  // std::cout, by which CLI11 prints, has no buffer of its own; what it could not write is told by ferror alone.
  if (std::fflush(stdout) != 0 && first_failure == 0) first_failure = errno;
  if (std::ferror(stdout) != 0 && first_failure == 0) first_failure = EIO;
  if (first_failure == 0) return {};
  if (first_failure == EPIPE) return Error{ErrorCode::kIo, ""};
  return Error{ErrorCode::kIo, fmt::format("Standard output could not be written ({}); send it to another place.", std::error_code(first_failure, std::generic_category()).message())};
}

}  // namespace keel::cli
