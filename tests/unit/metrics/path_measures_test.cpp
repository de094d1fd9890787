// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/path_measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "engine/metrics/spectra.h"

namespace keel::metrics {
namespace {

constexpr Size kSize{640, 360};

PairSeries series_of(const std::vector<Point>& path) {
  PairSeries s{kSize, {}, {}};
  for (std::size_t t = 1; t < path.size(); ++t) {
    s.cur_from_prev.push_back(Mat3::translation(path[t].x - path[t - 1].x, path[t].y - path[t - 1].y));
    s.usable.push_back(true);
  }
  return s;
}

std::vector<double> wave(int n, int cycles, double amplitude) {
  std::vector<double> s;
  for (int t = 0; t < n; ++t) s.push_back(amplitude * std::sin(2 * std::numbers::pi * cycles * t / n));
  return s;
}

TEST(LowFrequencyShare, SumOfASlowAndAFastWave_IsTheShareOfTheirEnergies) {
  for (const int n : {64, 65}) {
    auto s = wave(n, 3, 2);
    const auto fast = wave(n, 20, 1);
    for (int t = 0; t < n; ++t) s[t] += fast[t] + 17;
    EXPECT_NEAR(low_frequency_share(s, 5, SpectrumHalf::kWithoutNyquist, 0), 0.8, 1e-9);  // 4 / (4 + 1)
    EXPECT_NEAR(low_frequency_share(s, 5, SpectrumHalf::kRfft, 0), 0.8, 1e-9);
    EXPECT_NEAR(low_frequency_share(s, 2, SpectrumHalf::kRfft, 0), 0.0, 1e-9);
  }
}

TEST(LowFrequencyShare, Alternation_IsTheNyquistCoefficient) {
  auto s = wave(64, 2, 1);
  for (int t = 0; t < 64; ++t) s[t] += t % 2 == 0 ? 1 : -1;
  // |F|^2: the wave has (64/2)^2, the alternation 64^2.
  EXPECT_NEAR(low_frequency_share(s, 5, SpectrumHalf::kRfft, 0), 0.2, 1e-9);
  EXPECT_NEAR(low_frequency_share(s, 5, SpectrumHalf::kWithoutNyquist, 0), 1.0, 1e-9);
}

TEST(LowFrequencyShare, ChannelBelowTheNoise_IsStill) { EXPECT_EQ(low_frequency_share(wave(64, 20, 0.1), 5, SpectrumHalf::kRfft, 0.3), 1.0); }

TEST(StabilityScores, KnownPath_GivesTheHandComputedTriplet) {
  // The pairs' sums start after the first step, so the path of n + 1 points is sampled at n: one whole period of each wave.
  constexpr int n = 100;
  std::vector<Point> path;
  for (int t = -1; t < n; ++t) {
    const double a = 2 * std::numbers::pi * t / n;
    path.push_back({40 * std::sin(4 * a) + 20 * std::sin(25 * a), 30 * std::cos(6 * a)});
  }
  const StabilityScores s = stability_scores(series_of(path));
  EXPECT_NEAR(s.bundled, 0.0, 1e-6);             // y lies in bin 6 alone: outside bins 1-5
  EXPECT_NEAR(s.gimbal, 0.5 * (0.8 + 1), 1e-6);  // x 1600 / 2000, y wholly inside 6 bins, no turn
}

TEST(PathFigures, AlternatingJitter_IsItsSecondDifference) {
  std::vector<Point> path;
  for (int t = 0; t < 60; ++t) path.push_back({t % 2 == 0 ? 0.0 : 3.0, 0.0});
  const PathFigures f = path_figures(series_of(path), 30);
  EXPECT_NEAR(f.jitter_px, 6, 1e-9);  // 0 3 0: 0 - 2 * 3 + 0
  EXPECT_NEAR(f.peak_acceleration_px, 6, 1e-9);
  EXPECT_NEAR(f.shake_px, 1.5, 0.1);  // the mean is all that the low-pass leaves; the ends lean a little
}

TEST(PathFigures, SteadyPan_HasNoJitterAndNoShake) {
  std::vector<Point> path;
  for (int t = 0; t < 60; ++t) path.push_back({7.5 * t, -2.0 * t});
  const PathFigures f = path_figures(series_of(path), 30);
  EXPECT_NEAR(f.jitter_px, 0, 1e-9);
  EXPECT_NEAR(f.shake_px, 0, 1e-9);
}

TEST(PathFigures, JumpAtACut_IsNotCounted) {
  std::vector<Point> path;
  for (int t = 0; t < 60; ++t) path.push_back({t < 30 ? 0.0 : 500.0, 0.0});
  PairSeries s = series_of(path);
  s.usable[29] = false;
  const PathFigures f = path_figures(s, 30);
  EXPECT_EQ(f.peak_acceleration_px, 0);
  EXPECT_EQ(f.shake_px, 0);
  EXPECT_EQ(f.accelerations, 56);  // 28 in each half
}

}  // namespace
}  // namespace keel::metrics
