// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVector>
#include <array>

#include "engine/base/geometry.h"
#include "engine/plan/warp_plan.h"

namespace keel::ui {

/// What the plots draw, one strip each, in the plots' order.
enum class PathSeries { kX = 0, kY, kRotation, kZoom, kAcceleration };
inline constexpr std::array kAllSeries{PathSeries::kX, PathSeries::kY, PathSeries::kRotation, PathSeries::kZoom, PathSeries::kAcceleration};
inline constexpr int kSeriesCount = static_cast<int>(kAllSeries.size());

/// Name and unit: source pixels, degrees, percent, source pixels per frame squared.
[[nodiscard]] QString series_title(PathSeries series);

/// The value at frame `index` of `path`, in the series' unit. The zoom is its logarithm, for small zooms the same number; the acceleration is the
/// length of the second difference of x and y, 0 at the ends of a shot.
[[nodiscard]] double series_value(const CameraPath& path, const CameraPath::Shot& shot, int index, PathSeries series, Size picture);

/// Points for drawing: no more than about four per screen column, the extremes of each column among them, a NaN between shots.
struct SeriesPoints {
  QVector<double> frame, value;
  double lowest = 0, highest = 0;  ///< of the values; both 0 where there are none
};
/// All series at once, in the order of kAllSeries: plots of long clips read every frame, and reading is what takes the time.
using AllSeriesPoints = std::array<SeriesPoints, kSeriesCount>;
[[nodiscard]] AllSeriesPoints sample_series(const CameraPath& path, Size picture, double first, double last, int columns);

}  // namespace keel::ui
