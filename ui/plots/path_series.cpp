// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/path_series.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace keel::ui {
namespace {

QString translated(const char* text) { return QCoreApplication::translate("plots", text); }

/// Reads the series of a path; the unit, which does not change from frame to frame, is worked out once.
class SeriesReader {
 public:
  SeriesReader(const CameraPath& path, Size picture) : path_(path), unit_px_(PathFrame{picture}.unit_px()) {}

  /// In the order of kAllSeries.
  [[nodiscard]] std::array<double, kSeriesCount> values(const CameraPath::Shot& shot, int index) const {
    const auto at = static_cast<std::size_t>(index);
    const PathPoint& point = path_.points[at];
    double acceleration = 0;
    if (index > shot.begin && index + 1 < shot.end) {
      const PathPoint &before = path_.points[at - 1], &after = path_.points[at + 1];
      const double x = before[kPathX] - 2 * point[kPathX] + after[kPathX], y = before[kPathY] - 2 * point[kPathY] + after[kPathY];
      acceleration = std::sqrt(x * x + y * y);
    }
    return {point[kPathX] * unit_px_, point[kPathY] * unit_px_, point[kPathRotation] * 180 / std::numbers::pi, 100 * point[kPathLogZoom],
            acceleration * unit_px_};
  }

 private:
  const CameraPath& path_;
  double unit_px_;
};

/// The lowest and the highest value of some frames, and where they are.
struct Extremes {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  int low_at = 0, high_at = 0;

  void take(double value, int frame) {
    if (value < low) low = value, low_at = frame;
    if (value > high) high = value, high_at = frame;
  }
};

void append(SeriesPoints& out, const Extremes& e) {
  const auto add = [&](double frame, double value) {
    out.frame.push_back(frame);
    out.value.push_back(value);
  };
  out.lowest = std::min(out.lowest, e.low);
  out.highest = std::max(out.highest, e.high);
  e.low_at <= e.high_at ? add(e.low_at, e.low) : add(e.high_at, e.high);
  if (e.low_at != e.high_at) e.low_at <= e.high_at ? add(e.high_at, e.high) : add(e.low_at, e.low);
}

}  // namespace

QString series_title(PathSeries series) {
  switch (series) {
    case PathSeries::kX:
      return translated("x, px");
    case PathSeries::kY:
      return translated("y, px");
    case PathSeries::kRotation:
      return translated("turn, °");
    case PathSeries::kZoom:
      return translated("zoom, %");
    case PathSeries::kAcceleration:
      return translated("acceleration, px/frame²");
  }
  return {};
}

double series_value(const CameraPath& path, const CameraPath::Shot& shot, int index, PathSeries series, Size picture) {
  return SeriesReader(path, picture).values(shot, index)[static_cast<std::size_t>(series)];
}

AllSeriesPoints sample_series(const CameraPath& path, Size picture, double first, double last, int columns) {
  const SeriesReader reader(path, picture);
  AllSeriesPoints out;
  for (SeriesPoints& series : out) {
    series.lowest = std::numeric_limits<double>::infinity();
    series.highest = -series.lowest;
  }
  // Two frames beyond the edges: lines have to enter and leave the picture.
  const int visible_first = std::max(0, static_cast<int>(std::floor(first)) - 2);
  const int visible_last = std::min(path.frame_count() - 1, static_cast<int>(std::ceil(last)) + 2);
  const int step = std::max(1, (visible_last - visible_first + 1) / (2 * std::max(columns, 1)));
  for (const CameraPath::Shot& shot : path.shots) {
    const int begin = std::max(shot.begin, visible_first), end = std::min(shot.end, visible_last + 1);
    for (int i = begin; i < end; i += step) {
      std::array<Extremes, kSeriesCount> extremes;
      for (int j = i; j < std::min(i + step, end); ++j) {
        const auto values = reader.values(shot, j);
        for (std::size_t k = 0; k < values.size(); ++k) extremes[k].take(values[k], j);
      }
      for (std::size_t k = 0; k < extremes.size(); ++k) append(out[k], extremes[k]);
    }
    // A gap where the shot changes: paths of different shots do not continue each other.
    if (begin >= end) continue;
    for (SeriesPoints& series : out) {
      series.frame.push_back(end - 0.5);
      series.value.push_back(std::numeric_limits<double>::quiet_NaN());
    }
  }
  for (SeriesPoints& series : out)
    if (!(series.lowest <= series.highest)) series.lowest = series.highest = 0;
  return out;
}

}  // namespace keel::ui
