// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/motion_compute.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/backend/device.h"
#include "engine/base/counted.h"

namespace keel {

std::string compute_text(const MotionCompute& compute) {
  constexpr double kSteps = 1000;  // of a pixel
  std::string text = compute_text(compute.on_gpu);
  if (!compute.on_gpu) return text;
  if (compute.half) text += ", half precision";
  if (const auto& d = compute.difference)
    text += fmt::format(", corners within {:.3f} px of the CPU's in {}", std::ceil(d->source_px * kSteps) / kSteps, counted(d->pairs, "pair"));
  return text;
}

}  // namespace keel
