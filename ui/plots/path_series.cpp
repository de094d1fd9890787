// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/path_series.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace keel::ui {
namespace {

QString translated(const char* text) { return QCoreApplication::translate("plots", text); }

/// Reads one series of a path: what does not change from frame to frame is worked out once, because plots of long clips read every frame.
class SeriesReader {
 public:
  SeriesReader(const CameraPath& path, PathSeries series, Size picture) : path_(path), series_(series) {
    const double unit_px = PathFrame{picture}.unit_px();
    switch (series) {
      case PathSeries::kX:
        channel_ = kPathX, factor_ = unit_px;
        return;
      case PathSeries::kY:
        channel_ = kPathY, factor_ = unit_px;
        return;
      case PathSeries::kRotation:
        channel_ = kPathRotation, factor_ = 180 / std::numbers::pi;
        return;
      case PathSeries::kZoom:
        channel_ = kPathLogZoom, factor_ = 100;
        return;
      case PathSeries::kAcceleration:
        factor_ = unit_px;
        return;
    }
  }

  [[nodiscard]] double value(const CameraPath::Shot& shot, int index) const {
    const auto at = static_cast<std::size_t>(index);
    if (series_ != PathSeries::kAcceleration) return path_.points[at][channel_] * factor_;
    if (index <= shot.begin || index + 1 >= shot.end) return 0;
    const PathPoint &before = path_.points[at - 1], &point = path_.points[at], &after = path_.points[at + 1];
    const double x = before[kPathX] - 2 * point[kPathX] + after[kPathX], y = before[kPathY] - 2 * point[kPathY] + after[kPathY];
    return factor_ * std::sqrt(x * x + y * y);
  }

 private:
  const CameraPath& path_;
  PathSeries series_;
  std::size_t channel_ = 0;
  double factor_ = 1;
};

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
      return translated("shake, px/frame²");
  }
  return {};
}

double series_value(const CameraPath& path, const CameraPath::Shot& shot, int index, PathSeries series, Size picture) {
  return SeriesReader(path, series, picture).value(shot, index);
}

SeriesPoints sample_series(const CameraPath& path, PathSeries series, Size picture, double first, double last, int columns) {
  const SeriesReader reader(path, series, picture);
  SeriesPoints out;
  out.lowest = std::numeric_limits<double>::infinity();
  out.highest = -out.lowest;
  // Two frames beyond the edges: lines have to enter and leave the picture.
  const int visible_first = std::max(0, static_cast<int>(std::floor(first)) - 2);
  const int visible_last = std::min(path.frame_count() - 1, static_cast<int>(std::ceil(last)) + 2);
  const int step = std::max(1, (visible_last - visible_first + 1) / (2 * std::max(columns, 1)));
  const auto add = [&](double frame, double value) {
    out.frame.push_back(frame);
    out.value.push_back(value);
  };
  for (const CameraPath::Shot& shot : path.shots) {
    const int begin = std::max(shot.begin, visible_first), end = std::min(shot.end, visible_last + 1);
    for (int i = begin; i < end; i += step) {
      int low_at = i, high_at = i;
      double low = std::numeric_limits<double>::infinity(), high = -low;
      for (int j = i; j < std::min(i + step, end); ++j) {
        const double value = reader.value(shot, j);
        if (value < low) low = value, low_at = j;
        if (value > high) high = value, high_at = j;
      }
      out.lowest = std::min(out.lowest, low);
      out.highest = std::max(out.highest, high);
      low_at <= high_at ? add(low_at, low) : add(high_at, high);
      if (low_at != high_at) low_at <= high_at ? add(high_at, high) : add(low_at, low);
    }
    // A gap where the shot changes: paths of different shots do not continue each other.
    if (begin < end) add(end - 0.5, std::numeric_limits<double>::quiet_NaN());
  }
  if (!(out.lowest <= out.highest)) out.lowest = out.highest = 0;
  return out;
}

}  // namespace keel::ui
