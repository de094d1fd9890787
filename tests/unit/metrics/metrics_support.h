// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/image/frame.h"
#include "engine/math/mat3.h"
#include "engine/metrics/metrics.h"

namespace keel::metrics::testing {

/// A textured plane that is defined everywhere, seen through a camera; gray, 8 bits, full range. Smooth noise with lattices of 96 down
/// to 3 px of the plane, so that sampling it needs no filter and the motion between two views is exact.
class Plane {
 public:
  explicit Plane(std::uint32_t seed) : seed_(seed) {}
  [[nodiscard]] double value(double x, double y) const;
  /// `plane_from_picture` maps pixel centres of the picture to the plane.
  [[nodiscard]] Frame view(Size size, const Mat3& plane_from_picture, double gain = 1, double offset = 0) const;

 private:
  std::uint32_t seed_;
};

/// A gray frame from a function of the pixel.
[[nodiscard]] Frame paint(Size size, const std::function<double(int x, int y)>& value);

/// Frames held in memory as a source; each call of the result starts over only when asked for a new source.
[[nodiscard]] FrameSource source_of(std::vector<Frame> frames);

/// Views of the plane, one per camera.
[[nodiscard]] std::vector<Frame> views(const Plane& plane, Size size, const std::vector<Mat3>& plane_from_picture);

/// Every figure of a report to its last bit.
[[nodiscard]] std::string digest(const MetricsReport& report);

}  // namespace keel::metrics::testing
