// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

#include "engine/base/option_check.h"

namespace keel {

/// The one meaning of "smoothness" (0 to 1) for all smoothers: the standard deviation in seconds of a Gaussian window, 0.125 s at 0 and 2 s at 1. Equal steps
/// of the slider multiply the window: people hear and see such things in octaves.
[[nodiscard]] inline double smoothing_window_s(const AlgorithmInfo& info, const OptionValues& values) {
  constexpr double kShortest_s = 0.125, kRatio = 16;
  return kShortest_s * std::pow(kRatio, option_or_default(info, values, "smoothness"));
}

/// The option itself; `help` says what the window means to this smoother.
[[nodiscard]] inline OptionDescriptor smoothness_option(std::string help) { return {"smoothness", "Smoothness", "", std::move(help), 0, 1, 0.5}; }

}  // namespace keel
