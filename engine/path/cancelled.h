// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

namespace keel {

/// What every smoother and solver answers when it was stopped.
[[nodiscard]] inline Error smoothing_cancelled() { return {ErrorCode::kCancelled, "Smoothing was cancelled."}; }

}  // namespace keel
