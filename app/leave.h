// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace keel {

/// How long a program that ends waits for what a cancel left behind: nobody notices so little, and mostly it is enough.
inline constexpr std::chrono::milliseconds kLeavingPatience{30};

/// For the end of main(): returns `code` where everything that a cancel left behind is over, and else ends the program on the spot. An encoder that was
/// interrupted may need seconds to close, and somebody waits for the prompt or for the window to be gone. Nothing of worth is lost with it: the unfinished file
/// is removed by then.
[[nodiscard]] int leave(int code, bool all_over);

/// Ends the program without waiting for other threads to finish what they do; destructors and exit handlers do not run.
[[noreturn]] void leave_at_once(int code);

}  // namespace keel
