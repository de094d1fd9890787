// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/motion/motion_estimator.h"
#include "tests/support/scenes.h"

namespace keel::test {

/// Corner errors in px of 640x360 over all pairs; `failed` counts pairs without a motion, whose error is that of "nothing moved".
struct Errors {
  double mean = 0, p95 = 0;
  int failed = 0;
};

/// Measures an estimator on rendered clips of nine frames each, degraded; prints a line per kind. Rendering is the slow part, so each kind is rendered once per process.
Errors corner_errors(const MotionEstimator& estimator, const std::vector<std::string>& kinds, const Degradation& degradation);

}  // namespace keel::test
