// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "engine/math/mat3.h"
#include "engine/metrics/gray_image.h"

namespace keel::metrics {

/// Scale and anisotropy of one frame's source -> output map, from its linear part at the centre of the picture.
struct FrameGeometry {
  double kept_area = 1;       ///< share of the source's area that is seen
  double fusta_crop = 1;      ///< 1 / sqrt(H00^2 + H01^2)
  double bundled_crop = 1;    ///< 1 / sqrt(|det|)
  double eigen_ratio = 1;     ///< smaller over larger absolute eigenvalue
  double singular_ratio = 1;  ///< smaller over larger singular value
};

/// `output_from_source` must be in coordinates in which both pictures have the same size (an export at half size is no zoom).
[[nodiscard]] FrameGeometry frame_geometry(const Mat3& output_from_source, Size size, double kept_area);

/// Sum of the squared differences of each row of two pictures of the same size.
[[nodiscard]] std::vector<float> row_squares(const GrayImage& a, const GrayImage& b);

/// Peak signal-to-noise ratio in dB (peak 255) from these, at most 100.
[[nodiscard]] double psnr_db(std::span<const float> squares_of_rows, int width);

/// Middle value; 0 without values.
[[nodiscard]] double median(std::span<const double> values);

}  // namespace keel::metrics
