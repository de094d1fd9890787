// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace keel {

/// How long a program that ends waits for what a cancel left behind: nobody notices so little, and mostly it is enough.
inline constexpr std::chrono::milliseconds kLeavingPatience{30};

/// For the end of main(): returns `code` where everything that a cancel left behind is over, and else ends the program on the spot. An encoder that was
/// interrupted may need seconds to close, and somebody waits for the prompt or for the window to be gone. Nothing of worth is lost with it: the unfinished file
/// is removed by then.
[[nodiscard]] inline int leave(int code, bool all_over) {
  if (all_over) return code;
  std::fflush(nullptr);
  _exit(code);
}

}  // namespace keel
