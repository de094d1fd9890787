// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/metrics/metrics.h"
#include "metrics_support.h"

namespace keel::metrics {
namespace {

using testing::paint;
using testing::Plane;
using testing::source_of;
using testing::views;

constexpr Size kSize{480, 270};

/// A hand-held pan: uneven in x, y and turn, the same for a seed.
std::vector<Mat3> handheld(int frames, double jitter_px) {
  std::mt19937 random(5);
  std::normal_distribution<double> shake(0, jitter_px);
  std::vector<Mat3> cameras;
  for (int t = 0; t < frames; ++t)
    cameras.push_back(Mat3::translation(2.0 * t + shake(random), shake(random)) * Mat3::rotation(0.002 * shake(random)));
  return cameras;
}

std::vector<Mat3> pan(int frames, double step_px) {
  std::vector<Mat3> cameras;
  for (int t = 0; t < frames; ++t) cameras.push_back(Mat3::translation(step_px * t, 0));
  return cameras;
}

/// The centred crop of a view that keeps `share` of its sides.
Mat3 centred_crop(double share) {
  const double cx = 0.5 * (kSize.width - 1), cy = 0.5 * (kSize.height - 1);
  return Mat3::translation(cx, cy) * Mat3::scaling(share, share) * Mat3::translation(-cx, -cy);
}

MetricsReport measured(std::vector<Frame> original, std::vector<Frame> stabilized) {
  auto r = measure(source_of(std::move(original)), source_of(std::move(stabilized)), {});
  EXPECT_TRUE(r.ok());
  return r.value();
}

TEST(Measure, IdentityCopy_KeepsEverythingAtOne) {
  const auto frames = views(Plane(41), kSize, handheld(16, 2));
  const MetricsReport r = measured(frames, frames);
  EXPECT_FALSE(r.failure) << *r.failure;
  EXPECT_EQ(r.registered_frames, 16);
  EXPECT_NEAR(r.kept.mean_linear, 1.0, 0.001);
  EXPECT_NEAR(r.kept.worst_area, 1.0, 0.002);
  EXPECT_DOUBLE_EQ(r.jitter_ratio, 1.0);
  EXPECT_DOUBLE_EQ(r.shake_ratio, 1.0);
  EXPECT_DOUBLE_EQ(r.wobble_ratio, 1.0);
  EXPECT_NEAR(r.sharpness, 1.0, 0.005);
  EXPECT_GT(r.sharpness_frames, 0);
  EXPECT_EQ(r.border.any_share, 0);
  EXPECT_NEAR(r.fusta.cropping, 1.0, 0.001);
  EXPECT_GT(r.gimbal.distortion, 0.998);
  EXPECT_DOUBLE_EQ(r.original.itf_db, r.stabilized.itf_db);
}

TEST(Measure, CropToFourFifths_IsKeptWithinHalfAPercent) {
  const Plane plane(42);
  const auto cameras = handheld(12, 2);
  auto cropped = cameras;
  for (Mat3& m : cropped) m = m * centred_crop(0.8);
  const MetricsReport r = measured(views(plane, kSize, cameras), views(plane, kSize, cropped));
  EXPECT_FALSE(r.failure);
  EXPECT_NEAR(r.kept.mean_linear, 0.8, 0.005);
  EXPECT_NEAR(r.kept.worst_linear, 0.8, 0.005);
  EXPECT_NEAR(r.kept.mean_area, 0.64, 0.008);
  for (const Triplet& t : {r.fusta, r.bundled, r.gimbal}) {
    EXPECT_NEAR(t.cropping, 0.8, 0.005);
    EXPECT_GT(t.distortion, 0.995);
  }
  EXPECT_EQ(r.border.any_share, 0);
}

TEST(Measure, OutputAtAnotherSize_IsNoCrop) {
  const Plane plane(43);
  const auto cameras = handheld(12, 2);
  std::vector<Mat3> halved;
  for (const Mat3& m : cameras) halved.push_back(m * Mat3::translation(0.5, 0.5) * Mat3::scaling(2, 2));
  const MetricsReport r = measured(views(plane, kSize, cameras), views(plane, {240, 135}, halved));
  EXPECT_FALSE(r.failure);
  EXPECT_NEAR(r.kept.mean_linear, 1.0, 0.005);
  EXPECT_NEAR(r.jitter_ratio, 1.0, 0.02);
  EXPECT_NEAR(r.bundled.cropping, 1.0, 0.005);
}

TEST(Measure, KnownJitter_IsMeasuredWithinFivePercent) {
  constexpr double kAmplitude = 1.5;  // px at 480: alternating +-1.5 has a second difference of 6
  std::vector<Mat3> cameras;
  for (int t = 0; t < 20; ++t) cameras.push_back(Mat3::translation(t % 2 == 0 ? kAmplitude : -kAmplitude, 0));
  const auto frames = views(Plane(44), kSize, cameras);
  const MetricsReport r = measured(frames, views(Plane(44), kSize, std::vector<Mat3>(20)));
  const double expected = 4 * kAmplitude * 640 / kSize.width;
  EXPECT_NEAR(r.original.path.jitter_px, expected, 0.05 * expected);
  EXPECT_LT(r.jitter_ratio, 0.02);
}

TEST(Measure, SmoothPan_HasNearlyNoJitter) {
  const auto frames = views(Plane(45), kSize, pan(16, 3.37));
  const MetricsReport r = measured(frames, frames);
  EXPECT_LT(r.original.path.jitter_px, 0.05);
  EXPECT_LT(r.original.path.shake_px, 0.05);
  EXPECT_GT(r.original.tracked_share, 0.8);
}

TEST(Measure, BlackBorderOnAQuarterOfTheFrames_IsThatShare) {
  const Plane plane(46);
  const auto cameras = pan(16, 1.0);
  auto outputs = views(plane, kSize, cameras);
  for (int t = 0; t < 16; t += 4) outputs[t] = paint(kSize, [&](int x, int y) { return x < 10 ? 0.0 : plane.value(x - 10 + 1.0 * t, y); });
  const MetricsReport r = measured(views(plane, kSize, cameras), outputs);
  EXPECT_DOUBLE_EQ(r.border.black_share, 0.25);
  EXPECT_DOUBLE_EQ(r.border.outside_share, 0.25);
  EXPECT_DOUBLE_EQ(r.border.any_share, 0.25);
  EXPECT_NEAR(r.border.worst_outside_px, 10 * 640.0 / kSize.width, 0.3);
}

TEST(Measure, MirroredBorder_IsRepeatedAndOutside) {
  const Plane plane(47);
  const auto cameras = pan(12, 1.0);
  std::vector<Frame> outputs;
  for (int t = 0; t < 12; ++t) outputs.push_back(paint(kSize, [&](int x, int y) { return plane.value((x < 8 ? 15 - x : x) - 8 + t, y); }));
  const MetricsReport r = measured(views(plane, kSize, cameras), outputs);
  EXPECT_DOUBLE_EQ(r.border.repeated_share, 1.0);
  EXPECT_DOUBLE_EQ(r.border.outside_share, 1.0);
  EXPECT_DOUBLE_EQ(r.border.black_share, 0.0);
}

TEST(Measure, CutInTheMiddle_IsCountedAndLeftOutOfThePath) {
  auto frames = views(Plane(48), kSize, pan(12, 2));
  for (auto& f : views(Plane(49), kSize, pan(12, 2))) frames.push_back(f);
  const MetricsReport r = measured(frames, frames);
  EXPECT_FALSE(r.failure) << *r.failure;
  EXPECT_EQ(r.original.cuts, 1);
  EXPECT_EQ(r.original.measured, 22);
  EXPECT_LT(r.original.path.peak_acceleration_px, 0.1);
}

TEST(Measure, BlackClip_IsAFailureWithAReason) {
  const std::vector<Frame> black(12, paint(kSize, [](int, int) { return 0.0; }));
  const MetricsReport r = measured(black, black);
  ASSERT_TRUE(r.failure);
  EXPECT_NE(r.failure->find("original"), std::string::npos);
  EXPECT_EQ(r.original.measured, 0);
}

TEST(Measure, StabilizedGoesBlackHalfway_IsAFailureNotAPerfectScore) {
  const auto frames = views(Plane(50), kSize, handheld(16, 2));
  auto outputs = frames;
  for (int t = 8; t < 16; ++t) outputs[t] = paint(kSize, [](int, int) { return 0.0; });
  const MetricsReport r = measured(frames, outputs);
  ASSERT_TRUE(r.failure);
  EXPECT_NE(r.failure->find("stabilized"), std::string::npos);
}

TEST(Measure, StabilizedShowsAnotherScene_IsAFailure) {
  const MetricsReport r = measured(views(Plane(51), kSize, pan(12, 2)), views(Plane(52), kSize, pan(12, 2)));
  EXPECT_TRUE(r.failure);
}

TEST(Measure, DifferentFrameCounts_CompareTheCommonBeginningAndSaySo) {
  auto frames = views(Plane(53), kSize, handheld(14, 2));
  const MetricsReport r = measured(frames, {frames.begin(), frames.begin() + 12});
  EXPECT_FALSE(r.failure);
  EXPECT_EQ(r.original_frames, 14);
  EXPECT_EQ(r.stabilized_frames, 12);
  EXPECT_EQ(r.compared_frames, 12);
}

TEST(Measure, SourceThatFails_PassesItsErrorOn) {
  const FrameSource broken = []() -> Result<std::optional<Frame>> { return Error{ErrorCode::kCorrupt, "broken"}; };
  const auto r = measure(broken, broken, {});
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.error().message, "broken");
}

}  // namespace
}  // namespace keel::metrics
