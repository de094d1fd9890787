// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace keel::ui {

/// Distance of the frame numbers on an axis of `width_px` that shows `span` frames: 1, 2 or 5 times a power of ten, at least 1, so that the numbers have room
/// beside each other. The ruler and the plots' grid lines share it and so stand below each other.
[[nodiscard]] int frame_step(double span, double width_px);

}  // namespace keel::ui
