// SPDX-License-Identifier: GPL-3.0-or-later
// What every smoother promises, checked on every entry of the registry.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/math/crop_window.h"
#include "engine/path/path_smoother.h"
#include "tests/support/digest.h"

namespace keel {
namespace {

constexpr Size kPicture{640, 360};
constexpr PathLimits kWide{kPicture, 0.5};

CameraPath empty_path(int frames) {
  CameraPath path;
  path.points.assign(static_cast<std::size_t>(frames), PathPoint{});
  path.weight.assign(static_cast<std::size_t>(frames), 1.0);
  for (int i = 0; i < frames; ++i) path.time_s.push_back(i / 30.0);
  if (frames > 0) path.shots.push_back({0, frames});
  return path;
}

CameraPath shaky_path(int frames, double amplitude, std::uint32_t seed = 3) {
  CameraPath path = empty_path(frames);
  std::mt19937 random(seed);
  std::normal_distribution<double> unit(0, 1);
  for (auto& p : path.points)
    for (std::size_t c = 0; c < 4; ++c) p[c] = amplitude * unit(random) * (c < 2 ? 1 : 0.3);
  return path;
}

double largest_difference(const CameraPath& a, const CameraPath& b) {
  double worst = 0;
  for (std::size_t t = 0; t < a.points.size(); ++t)
    for (std::size_t c = 0; c < kPathChannels; ++c) worst = std::max(worst, std::abs(a.points[t][c] - b.points[t][c]));
  return worst;
}

double acceleration(const CameraPath& path) {
  double sum = 0;
  for (std::size_t t = 1; t + 1 < path.points.size(); ++t)
    for (std::size_t c = 0; c < 2; ++c) sum += std::pow(path.points[t + 1][c] - 2 * path.points[t][c] + path.points[t - 1][c], 2);
  return std::sqrt(sum);
}

class EverySmoother : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] CameraPath smooth(const CameraPath& raw, const PathLimits& limits = kWide, double smoothness = 0.5) const {
    const auto smoother = std::move(*make_path_smoother(GetParam(), {{"smoothness", smoothness}}));
    return *smoother->smooth(raw, limits, {});
  }
};

// 1e-7 of half a picture width is 3e-5 px.
constexpr double kSame = 1e-7;

TEST_P(EverySmoother, ConstantPath_IsUnchanged) {
  CameraPath path = empty_path(100);
  for (auto& p : path.points) p = {3, -2, 0.1, 0.2, 0, 0, 0, 0};
  EXPECT_LT(largest_difference(smooth(path), path), kSame);
}

TEST_P(EverySmoother, LinearMotion_IsUnchangedUpToBothEnds) {
  CameraPath path = empty_path(150);
  for (int t = 0; t < 150; ++t) path.points[static_cast<std::size_t>(t)] = {0.05 * t, -0.02 * t, 0.001 * t, 0.002 * t, 0, 0, 0, 0};
  const CameraPath result = smooth(path);
  if (GetParam() == "tripod") {
    // It stands still as far as it can: a pan that is longer than the room comes out slower, but as even as it was.
    EXPECT_LT(acceleration(result), 1e-6);
    EXPECT_LT(std::abs(result.points[149][0] - result.points[0][0]), std::abs(path.points[149][0] - path.points[0][0]));
    return;
  }
  EXPECT_LT(largest_difference(result, path), kSame);
}

TEST_P(EverySmoother, ReversedTime_GivesTheReversedPath) {
  const CameraPath path = shaky_path(120, 0.02);
  CameraPath reversed = path;
  std::reverse(reversed.points.begin(), reversed.points.end());
  CameraPath expected = smooth(path);
  std::reverse(expected.points.begin(), expected.points.end());
  EXPECT_LT(largest_difference(smooth(reversed), expected), kSame);
}

TEST_P(EverySmoother, ScaledPathWithoutBindingLimits_ScalesTheResult) {
  const CameraPath path = shaky_path(120, 0.01);
  CameraPath half = path, expected = smooth(path);
  for (auto* p : {&half, &expected})
    for (auto& point : p->points)
      for (double& v : point) v *= 0.5;
  EXPECT_LT(largest_difference(smooth(half), expected), kSame);
}

TEST_P(EverySmoother, Shake_LosesNearlyAllAcceleration) {
  const CameraPath path = shaky_path(300, 0.01);
  EXPECT_LT(acceleration(smooth(path)), 0.02 * acceleration(path));
}

/// Frames whose correction leaves the limits' window partly outside the picture.
int frames_outside(const CameraPath& path, const CameraPath& result, const PathLimits& limits) {
  const PathFrame frame{kPicture};
  int outside = 0;
  for (std::size_t t = 0; t < path.points.size(); ++t) {
    PathPoint back;
    for (std::size_t c = 0; c < kPathChannels; ++c) back[c] = path.points[t][c] - result.points[t][c];
    // 0.2 % of the picture: the plan trims what a smoother leaves over.
    outside += largest_crop(frame.pixel_from_normalized() * exp_path_point(back) * frame.normalized_from_pixel(), kPicture) < limits.crop - 0.002;
  }
  return outside;
}

TEST_P(EverySmoother, TightLimits_ResultStaysInside) {
  const CameraPath path = shaky_path(300, 0.05);
  const PathLimits limits{kPicture, 0.9};
  EXPECT_EQ(frames_outside(path, smooth(path, limits), limits), 0);
}

TEST_P(EverySmoother, HardlyAnyRoomAndAllChannelsShaking_ResultStaysInside) {
  CameraPath path = shaky_path(300, 0.02);
  const CameraPath small = shaky_path(300, 0.02, 4);
  for (std::size_t t = 0; t < path.points.size(); ++t)
    for (std::size_t c = 4; c < kPathChannels; ++c) path.points[t][c] = small.points[t][c - 4];
  // Nine pixels on each side, of which the zoom and the four small channels would take more than there is.
  const PathLimits limits{kPicture, 0.97};
  EXPECT_EQ(frames_outside(path, smooth(path, limits), limits), 0);
}

TEST_P(EverySmoother, JoltsFarOutside_AtFullSmoothness_LeaveTheFramesBetweenThemSmooth) {
  constexpr int kEvery = 40;
  CameraPath path = shaky_path(200, 0.01);
  for (std::size_t t = kEvery / 2; t < path.points.size(); t += kEvery) path.points[t][0] += 0.5;
  const CameraPath result = smooth(path, {kPicture, 0.9}, 1);
  // Of what lies between two jolts, the half that is far from both.
  const auto between = [](const CameraPath& whole) {
    double sum = 0;
    for (int t = 1; t + 1 < whole.frame_count(); ++t) {
      const int from_jolt = std::abs(t % kEvery - kEvery / 2);
      const auto at = static_cast<std::size_t>(t);
      if (from_jolt > kEvery / 4) sum += std::pow(whole.points[at + 1][0] - 2 * whole.points[at][0] + whole.points[at - 1][0], 2);
    }
    return std::sqrt(sum);
  };
  EXPECT_LT(between(result), 0.25 * between(path));
}

TEST_P(EverySmoother, FewFrames_Work) {
  for (const int frames : {0, 1, 2, 3, 4, 5}) EXPECT_EQ(smooth(shaky_path(frames, 0.01)).frame_count(), frames);
}

TEST_P(EverySmoother, WindowLongerThanTheClip_Works) {
  const CameraPath path = shaky_path(12, 0.01);
  const CameraPath result = smooth(path, kWide, 1.0);
  EXPECT_LT(acceleration(result), 0.05 * acceleration(path));
}

TEST_P(EverySmoother, TwoShots_DoNotTouchEachOther) {
  CameraPath path = shaky_path(80, 0.01);
  path.shots = {{0, 40}, {40, 80}};
  CameraPath other = path;
  for (int t = 40; t < 80; ++t) other.points[static_cast<std::size_t>(t)][0] += 5;
  const CameraPath a = smooth(path), b = smooth(other);
  for (int t = 0; t < 40; ++t) EXPECT_EQ(a.points[static_cast<std::size_t>(t)], b.points[static_cast<std::size_t>(t)]);
}

TEST_P(EverySmoother, SameInputTwice_GivesTheSameBits) {
  const CameraPath path = shaky_path(700, 0.03);
  EXPECT_EQ(smooth(path).points, smooth(path).points);
}

TEST_P(EverySmoother, StopRequested_ReturnsCancelled) {
  std::stop_source stop;
  stop.request_stop();
  const auto smoother = std::move(*make_path_smoother(GetParam(), {}));
  const auto result = smoother->smooth(shaky_path(400, 0.3), {kPicture, 0.95}, stop.get_token());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

TEST(SmootherCancel, StopWhileAnOptimumIsSought_EndsWithinASecond) {
  // Half an hour of frames that meet their limits: each of these takes seconds.
  const CameraPath path = shaky_path(60'000, 0.05);
  for (const char* id : {"l1-tv", "l1-optimal", "l2-optimal", "tripod"}) {
    std::stop_source stop;
    std::chrono::steady_clock::time_point asked;
    std::jthread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      asked = std::chrono::steady_clock::now();
      stop.request_stop();
    });
    const auto result = (*make_path_smoother(id, {}))->smooth(path, {kPicture, 0.9}, stop.get_token());
    const auto ended = std::chrono::steady_clock::now();
    other.join();
    ASSERT_FALSE(result.ok()) << id << " was through before it was asked to stop";
    EXPECT_EQ(result.error().code, ErrorCode::kCancelled) << id;
    // What the window promises for every cancel.
    EXPECT_LT(std::chrono::duration<double>(ended - asked).count(), 1.0) << id;
  }
}

TEST(SmootherTimes, UnevenTimesAndConstantSpeed_IsUnchanged) {
  CameraPath path = empty_path(100);
  for (int t = 0; t < 100; ++t) {
    auto& time = path.time_s[static_cast<std::size_t>(t)];
    time += 0.4 / 30 * std::sin(1.7 * t);
    path.points[static_cast<std::size_t>(t)][kPathX] = 2 * time;
  }
  // Tripod slows a pan down.
  for (const char* id : {"gaussian", "kalman-rts", "l1-tv", "l1-optimal", "l2-optimal"})
    EXPECT_LT(largest_difference(*(*make_path_smoother(id, {}))->smooth(path, kWide, {}), path), kSame) << id;
}

TEST(SmootherTimes, SteadyPanWithFramesMissing_IsUnchanged) {
  CameraPath path = empty_path(100);
  double time_s = 0;
  for (int t = 0; t < 100; ++t) {
    // Of a phone that drops frames in the dark, one here and three there.
    time_s += t == 40 ? 2 / 30.0 : t == 60 ? 4 / 30.0 : 1 / 30.0;
    path.time_s[static_cast<std::size_t>(t)] = time_s;
    path.points[static_cast<std::size_t>(t)][kPathX] = 2 * time_s;
  }
  for (const char* id : {"gaussian", "kalman-rts", "l1-tv", "l1-optimal", "l2-optimal"})
    EXPECT_LT(largest_difference(*(*make_path_smoother(id, {}))->smooth(path, kWide, {}), path), kSame) << id;
}

TEST(SmootherTimes, TimesInWholeMilliseconds_AreTakenForEven) {
  for (const double rate_hz : {30.0, 59.94, 240.0}) {
    CameraPath path = shaky_path(300, 0.01);
    for (int t = 0; t < 300; ++t) path.time_s[static_cast<std::size_t>(t)] = t / rate_hz;
    CameraPath rounded = path;
    for (double& time : rounded.time_s) time = 1e-3 * std::round(1e3 * time);
    const auto smoother = *make_path_smoother("l2-optimal", {});
    // The rounding of the last time moves the mean step by a part in 2,000.
    EXPECT_LT(largest_difference(*smoother->smooth(rounded, kWide, {}), *smoother->smooth(path, kWide, {})), 1e-4) << rate_hz;
  }
}

TEST(SmootherTimes, FrameThatIsWrittenLateAndMadeUpFor_IsTakenForEven) {
  // Found in recordings: steps of 2, 0.25 and 0.75 where all that was filmed is even.
  CameraPath path = shaky_path(300, 0.01), late = path;
  for (int t = 0; t < 300; ++t) path.time_s[static_cast<std::size_t>(t)] = late.time_s[static_cast<std::size_t>(t)] = t / 30.0;
  late.time_s[101] += 1 / 30.0;
  late.time_s[102] += 0.25 / 30;
  // Nor is the time at which the recorder was stopped, given to the last frame.
  late.time_s[299] += 2 / 30.0;
  // The last time moves the mean step by a part in 150.
  const auto smoother = *make_path_smoother("l2-optimal", {});
  EXPECT_LT(largest_difference(*smoother->smooth(late, kWide, {}), *smoother->smooth(path, kWide, {})), 1e-4);
}

TEST(SmootherTimes, HighSpeedCameraAndFullSmoothness_HaveAnAnswer) {
  for (const double rate_hz : {240.0, 960.0}) {
    CameraPath path = shaky_path(2000, 0.01);
    for (int t = 0; t < 2000; ++t) {
      path.time_s[static_cast<std::size_t>(t)] = t / rate_hz;
      if (t > 500 && t < 900) path.weight[static_cast<std::size_t>(t)] = 0;
    }
    for (const char* id : {"gaussian", "kalman-rts", "l1-optimal", "l2-optimal"}) {
      const auto result = (*make_path_smoother(id, {{"smoothness", 1}}))->smooth(path, {kPicture, 0.9}, {});
      ASSERT_TRUE(result.ok()) << id << " " << rate_hz << ": " << result.error().message;
      for (const PathPoint& p : result->points) EXPECT_TRUE(std::isfinite(p[kPathX])) << id << " " << rate_hz;
    }
  }
}

std::vector<std::string> ids() {
  std::vector<std::string> list;
  for (const AlgorithmInfo& info : path_smoothers()) list.push_back(info.id);
  return list;
}
INSTANTIATE_TEST_SUITE_P(Registry, EverySmoother, testing::ValuesIn(ids()), [](const auto& param_info) {
  std::string name = param_info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

/// Of every smoother's result for a path that meets its limits.
std::uint64_t digest() {
  test::Fnv hash;
  for (const std::string& id : ids()) {
    const CameraPath result = *(*make_path_smoother(id, {}))->smooth(shaky_path(900, 0.03), {kPicture, 0.9}, {});
    for (const PathPoint& p : result.points)
      for (const double v : p) hash.add(v);
  }
  return hash.value();
}

TEST(SmootherDigest, EverySmoother_CanBeSaidInANumber) { std::cout << "digest " << digest() << std::endl; }

TEST(SmootherThreads, OneTwoOrSeven_GiveTheSameBits) { test::expect_same_digest_on_any_threads("SmootherDigest.*", digest()); }

TEST(SmootherRegistry, UnknownIdOptionOrValue_IsRefusedInWords) {
  EXPECT_NE(make_path_smoother("magic", {}).error().message.find("gaussian"), std::string::npos);
  EXPECT_FALSE(make_path_smoother("gaussian", {{"nonsense", 1}}).ok());
  EXPECT_FALSE(make_path_smoother("gaussian", {{"smoothness", std::nan("")}}).ok());
}

CameraPath tripod(const CameraPath& raw, double crop) { return *(*make_path_smoother("tripod", {}))->smooth(raw, {kPicture, crop}, {}); }

TEST(L2Optimal, FullSmoothnessWhileTheZoomSwaysSlowly_IsNoLessSteadyThanTheDefault) {
  // A sway beyond the room, which is all used, while somebody walks to and fro. Smoothing that zoom away, too, would take a third of the room.
  const auto default_smoother = *make_path_smoother("l2-optimal", {{"smoothness", 0.5}}), full = *make_path_smoother("l2-optimal", {{"smoothness", 1.0}});
  CameraPath path = shaky_path(600, 0.003);
  for (std::size_t t = 0; t < path.points.size(); ++t) {
    path.points[t][0] += 0.3 * std::sin(6.28 * 0.4 * path.time_s[t]);
    path.points[t][1] += 0.2 * std::sin(6.28 * 0.7 * path.time_s[t]);
    path.points[t][kPathLogZoom] = 0.1 * std::sin(6.28 * 0.15 * path.time_s[t]);
  }
  const PathLimits limits{kPicture, 0.8};
  EXPECT_LE(acceleration(*full->smooth(path, limits, {})), acceleration(*default_smoother->smooth(path, limits, {})));
}

TEST(Tripod, SwayAndDriftThatFit_AreLockedExactly) {
  CameraPath path = shaky_path(300, 0.004);
  for (int t = 0; t < 300; ++t) path.points[static_cast<std::size_t>(t)][kPathX] += 0.0002 * t + 0.03 * std::sin(0.01 * t);
  const CameraPath result = tripod(path, 0.8);
  for (const PathPoint& p : result.points)
    for (std::size_t c = 0; c < kPathChannels; ++c) EXPECT_NEAR(p[c], result.points[0][c], 1e-12);
}

TEST(Tripod, DriftThatIsKnown_IsStoodStillAgainst) {
  CameraPath path = shaky_path(300, 0.004);
  path.drift.resize(300);
  for (std::size_t t = 0; t < 300; ++t) path.drift[t][kPathY] = 1e-4 * static_cast<double>(t);
  const CameraPath result = tripod(path, 0.8);
  // The correction locks points and drift together: what is left of the points is the drift, backwards.
  for (std::size_t t = 0; t < 300; ++t) EXPECT_NEAR(result.points[t][kPathY] + path.drift[t][kPathY], result.points[0][kPathY], 1e-12) << t;
}

TEST(Tripod, PanBetweenTwoRests_RestsAndMovesOnce) {
  CameraPath path = shaky_path(300, 0.002);
  for (int t = 0; t < 300; ++t) path.points[static_cast<std::size_t>(t)][kPathX] += 0.01 * std::clamp(t - 100, 0, 100);
  const CameraPath result = tripod(path, 0.8);
  // A thousandth of half the width, 0.3 px of this picture.
  EXPECT_NEAR(result.points[0][kPathX], result.points[80][kPathX], 1e-3);
  EXPECT_NEAR(result.points[299][kPathX], result.points[220][kPathX], 1e-3);
  // Room is 0.1 on either side of a pan of 1, less the shake and the inset.
  EXPECT_LT(result.points[299][kPathX] - result.points[0][kPathX], 0.85);
  EXPECT_LT(acceleration(result), 0.05 * acceleration(path));
}

TEST(KalmanRts, OutlierOfLittleTrust_IsBridged) {
  CameraPath path = empty_path(120);
  for (int t = 0; t < 120; ++t) path.points[static_cast<std::size_t>(t)][kPathX] = 0.01 * t;
  path.points[60][kPathX] += 0.1;
  const auto deviation = [&] {
    const auto smoother = std::move(*make_path_smoother("kalman-rts", {}));
    return std::abs(smoother->smooth(path, kWide, {})->points[60][kPathX] - 0.6);
  };
  const double trusted = deviation();
  path.weight[60] = 0.05;
  // The variance is 400 times that of its neighbours.
  EXPECT_LT(deviation(), 0.01 * trusted);
}

TEST(KalmanRts, Response_HalvesTheFrequencyThatTheGaussianHalves) {
  // exp(-(sigma w)^2 / 2) = 1 / 2 at smoothness 0.5, sigma 0.5 s.
  const double w = std::sqrt(2 * std::log(2.0)) / 0.5;
  CameraPath path = empty_path(3000);
  for (std::size_t t = 0; t < 3000; ++t) path.points[t][kPathX] = 0.01 * std::cos(w * (path.time_s[t] - path.time_s[1500]));
  for (const char* id : {"gaussian", "kalman-rts"})
    EXPECT_NEAR((*make_path_smoother(id, {}))->smooth(path, kWide, {})->points[1500][kPathX], 0.005, 1e-4) << id;
}

}  // namespace
}  // namespace keel
