// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace keel {

/// "1 frame", "2 frames": a number and what is counted, for sentences. `one` is an English noun whose plural ends in s.
[[nodiscard]] inline std::string counted(std::int64_t count, const char* one) { return std::to_string(count) + ' ' + one + (count == 1 ? "" : "s"); }

}  // namespace keel
