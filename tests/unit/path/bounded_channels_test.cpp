// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/path/bounded_channels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/path/difference_form.h"
#include "engine/path/path_smoother.h"
#include "engine/path/stay_inside.h"

namespace keel {
namespace {

constexpr int kFrames = 240;

/// A still camera whose zoom jerks in by a factor of 1.8 within a third of a second, rests, and jerks out again.
CameraPath crash_zoom() {
  CameraPath path;
  for (int t = 0; t < kFrames; ++t) {
    PathPoint p{};
    p[kPathLogZoom] = 0.06 * (std::clamp(t - 80, 0, 10) - std::clamp(t - 160, 0, 10));
    path.points.push_back(p);
    path.time_s.push_back(t / 30.0);
    path.weight.push_back(1);
  }
  path.shots.push_back({0, kFrames});
  return path;
}

PathPoint reach_of_zoom(double reach) {
  PathPoint out;
  out.fill(std::numeric_limits<double>::infinity());
  out[kPathLogZoom] = reach;
  return out;
}

double sharpest_turn(const std::vector<PathPoint>& points, std::size_t channel) {
  double most = 0;
  for (std::size_t t = 1; t + 1 < points.size(); ++t) most = std::max(most, std::abs(points[t + 1][channel] - 2 * points[t][channel] + points[t - 1][channel]));
  return most;
}

TEST(BoundChannels, AllWithinReach_StaysAsItIs) {
  const CameraPath raw = crash_zoom();
  std::vector<PathPoint> correction(kFrames);
  for (std::size_t t = 0; t < correction.size(); ++t) correction[t][kPathLogZoom] = 0.05 * std::sin(static_cast<double>(t));
  const std::vector<PathPoint> before = correction;
  ASSERT_TRUE(bound_channels(reach_of_zoom(0.05), DifferenceForm(raw, raw.shots[0], 0.35).band(), correction, {}).ok());
  EXPECT_EQ(correction, before);
}

TEST(BoundChannels, AChannelBeyondItsReach_IsWithinItAndItsPathStillTurnsGently) {
  const CameraPath raw = crash_zoom();
  constexpr double kReach = 0.06;
  // What smooths the zoom wholly takes three times the reach: to its mean over two seconds.
  std::vector<PathPoint> correction(kFrames), clipped(kFrames);
  for (int t = 0; t < kFrames; ++t) {
    double mean = 0;
    for (int k = -30; k <= 30; ++k) mean += raw.points[static_cast<std::size_t>(std::clamp(t + k, 0, kFrames - 1))][kPathLogZoom] / 61;
    const auto at = static_cast<std::size_t>(t);
    correction[at][kPathLogZoom] = mean - raw.points[at][kPathLogZoom];
    correction[at][kPathX] = 0.4;
    clipped[at][kPathLogZoom] = std::clamp(correction[at][kPathLogZoom], -kReach, kReach);
  }
  ASSERT_TRUE(bound_channels(reach_of_zoom(kReach), DifferenceForm(raw, raw.shots[0], 0.35).band(), correction, {}).ok());
  std::vector<PathPoint> smooth = raw.points, cut = raw.points;
  double largest = 0;
  for (std::size_t t = 0; t < smooth.size(); ++t) {
    largest = std::max(largest, std::abs(correction[t][kPathLogZoom]));
    smooth[t][kPathLogZoom] += correction[t][kPathLogZoom];
    cut[t][kPathLogZoom] += clipped[t][kPathLogZoom];
    EXPECT_EQ(correction[t][kPathX], 0.4) << "A channel without a bound was touched in frame " << t;
  }
  EXPECT_LE(largest, kReach);
  EXPECT_GT(largest, 0.99 * kReach);
  const double raw_turn = sharpest_turn(raw.points, kPathLogZoom);
  EXPECT_GT(sharpest_turn(cut, kPathLogZoom), 0.9 * raw_turn) << "Clipping would do as well: this shows nothing.";
  EXPECT_LT(sharpest_turn(smooth, kPathLogZoom), 0.25 * raw_turn);
}

TEST(BoundChannels, NoReachAtAll_LeavesNoCorrection) {
  const CameraPath raw = crash_zoom();
  std::vector<PathPoint> correction(kFrames);
  for (PathPoint& d : correction) d[kPathLogZoom] = 0.1;
  ASSERT_TRUE(bound_channels(reach_of_zoom(0), DifferenceForm(raw, raw.shots[0], 0.35).band(), correction, {}).ok());
  for (const PathPoint& d : correction) EXPECT_EQ(d[kPathLogZoom], 0);
}

TEST(BoundChannels, ACancelledSolve_SaysSo) {
  const CameraPath raw = crash_zoom();
  std::vector<PathPoint> correction(kFrames);
  correction[100][kPathLogZoom] = 0.2;
  std::stop_source source;
  source.request_stop();
  const auto done = bound_channels(reach_of_zoom(0.05), DifferenceForm(raw, raw.shots[0], 0.35).band(), correction, source.get_token());
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
}

TEST(EveryPlanningSmoother, CrashZoomWithMoreShakeThanRoom_IsEasedWithinItsPartOfTheRoom) {
  CameraPath raw = crash_zoom();
  // A sway that does not fit: the limits bind, so that the zoom has to do with its part.
  for (std::size_t t = 0; t < raw.points.size(); ++t) raw.points[t][kPathX] = 0.25 * std::sin(0.8 * static_cast<double>(t));
  const PathLimits limits{{640, 360}, 0.8};
  const double reach = unlimited_reach(limits.crop)[kPathLogZoom], raw_turn = sharpest_turn(raw.points, kPathLogZoom);
  for (const char* id : {"l2-optimal", "l1-optimal", "tripod"}) {
    const auto smooth = (*make_path_smoother(id, {}))->smooth(raw, limits, {});
    ASSERT_TRUE(smooth.ok()) << id;
    for (std::size_t t = 0; t < raw.points.size(); ++t) EXPECT_LE(std::abs(smooth->points[t][kPathLogZoom] - raw.points[t][kPathLogZoom]), reach + 1e-12) << id << ", frame " << t;
    EXPECT_LT(sharpest_turn(smooth->points, kPathLogZoom), 0.3 * raw_turn) << id;
  }
}

}  // namespace
}  // namespace keel
