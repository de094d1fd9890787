// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "engine/math/mat3.h"
#include "engine/metrics/gray_image.h"
#include "engine/metrics/pixels.h"

namespace keel::metrics {

/// Where the output picture of a frame lies in its source picture.
struct Registration {
  Mat3 source_from_output;    ///< homography, work px of both
  double agreeing_share = 0;  ///< blocks that agree with it over textured blocks
  double residual_px = 0;     ///< median distance of the agreeing blocks, work px of the output
};

/// Registers `output` onto `source`. With a `guess` the source is drawn in the output's geometry, the blocks of the output are found in
/// that drawing and the rest is composed onto the guess, twice when the first correction is large. Without one, or when that fails, the
/// place is searched for (zoom up to 2, turns up to 6 degrees, any shift). Empty when fewer than 8 blocks or 35 % of the textured ones agree.
[[nodiscard]] std::optional<Registration> register_output(const Picture& source, const Picture& output, const std::optional<Mat3>& guess,
                                                          const Pixels& pixels = Pixels::cpu());

/// Bilinear drawing of `source` in another geometry, edge samples repeated outside.
[[nodiscard]] GrayImage draw(const GrayImage& source, const Mat3& source_from_output, Size size);

/// Share of the source picture's area that the output shows (the output's outline clipped by the source's, pixel edges at -0.5).
[[nodiscard]] double kept_area(const Mat3& source_from_output, Size source, Size output);

/// How far in px of the source the output's outline reaches beyond the source's; 0 when it stays inside.
[[nodiscard]] double outside_px(const Mat3& source_from_output, Size source, Size output);

/// The same mapping between full-size pictures instead of work pictures.
[[nodiscard]] Mat3 full_from_work(const Mat3& source_from_output, Size source_work, Size source_full, Size output_work, Size output_full);

}  // namespace keel::metrics
