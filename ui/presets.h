// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "engine/plan/warp_plan.h"

namespace keel::ui {

/// A starting point named by what a person wants. Sets the three sliders; estimator and smoother stay as they are.
struct Preset {
  QString label, help;
  double smoothness = 0.5, keep = 0.8, strength = 1;  ///< as in StabilizeSettings
};

[[nodiscard]] const std::vector<Preset>& presets();
[[nodiscard]] StabilizeSettings apply_preset(const Preset& preset, StabilizeSettings settings);
/// Index of the preset that these settings are, if any.
[[nodiscard]] std::optional<std::size_t> matching_preset(const StabilizeSettings& settings);

}  // namespace keel::ui
