// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace keel {

/// Called by long operations from the thread that does the work, at most a few hundred times a second.
/// `done` and `total` count frames; `total` is 0 while it is unknown. May only store or post, never block.
using ProgressFn = std::function<void(std::int64_t done, std::int64_t total)>;

inline void report(const ProgressFn& progress, std::int64_t done, std::int64_t total) {
  if (progress) progress(done, total);
}

}  // namespace keel
