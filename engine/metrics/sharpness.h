// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>

#include "engine/image/frame.h"
#include "engine/math/mat3.h"
#include "engine/metrics/pixels.h"

namespace keel::metrics {

/// Variance of the 4-neighbour Laplacian of the output's luma over that of the source drawn once in the same geometry by Lanczos-3 (the
/// best a single resampling can do). Taken at full size from a centred window of at most 480x360. `source_from_output` is in full-size
/// px. Empty where the window leaves the source or holds no detail.
[[nodiscard]] std::optional<double> sharpness_ratio(const Frame& source, const Frame& output, const Mat3& source_from_output, const Pixels& pixels = Pixels::cpu());

/// A rectangle of the source, which the taps of the pixels below do not leave, and where its drawing lies in the output.
struct DrawWindow {
  GrayImage patch;
  int patch_x = 0, patch_y = 0;  ///< of the patch in the source
  Mat3 source_from_output;
  int x0 = 0, y0 = 0;  ///< of the window in the output
  Size size;
  double widen = 1;  ///< of the kernel, where the output is smaller than the source
};

/// The window drawn by Lanczos-3 on the CPU.
[[nodiscard]] GrayImage draw_sharp(const DrawWindow& window);
/// Lanczos-3 as lanczos() reads it.
[[nodiscard]] std::span<const float> lanczos_table();

}  // namespace keel::metrics
