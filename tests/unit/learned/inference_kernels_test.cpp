// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/inference_kernels.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/learned/corner_fit.h"
#include "engine/learned/ihn.h"

namespace keel::learned {
namespace {

using torch::Tensor;

double largest_difference(const Tensor& a, const Tensor& b) { return (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>(); }

TEST(SoftPeakTest, AnyRadiusAndCount_IsTheSoftmaxOfTheTensorLibrary) {
  torch::manual_seed(3);
  for (const int radius : {1, 3, 4})
    // Whole blocks, a rest, and less than one block.
    for (const std::int64_t count : {64, 77, 5})
      for (const float sharpness : {0.5f, 12.0f, 300.0f}) {
        const int span = 2 * radius + 1;
        const Tensor correlation = torch::rand({span * span, count}) * 2 - 1;
        std::vector<float> x(static_cast<std::size_t>(count)), y(x);
        soft_peak(correlation.data_ptr<float>(), count, radius, sharpness, x.data(), y.data());
        const Tensor share = torch::softmax(correlation.to(torch::kDouble) * static_cast<double>(sharpness), 0);
        const Tensor line = torch::arange(-radius, radius + 1, torch::kDouble);
        const Tensor expected_x = (share.view({span, span, count}).sum(0) * line.view({span, 1})).sum(0), expected_y = (share.view({span, span, count}).sum(1) * line.view({span, 1})).sum(0);
        // Cells; some dozen single-precision roundings of values up to the radius.
        EXPECT_LT(largest_difference(torch::from_blob(x.data(), {count}), expected_x), 1e-5) << radius << ' ' << count << ' ' << sharpness;
        EXPECT_LT(largest_difference(torch::from_blob(y.data(), {count}), expected_y), 1e-5) << radius << ' ' << count << ' ' << sharpness;
      }
}

TEST(CornerFitTest, LoopsAndTensorOperations_FindTheSameCorners) {
  torch::manual_seed(5);
  const torch::NoGradGuard no_gradient;
  for (const ViewGeometry geometry : {ViewGeometry{128, 128}, ViewGeometry{320, 176}, ViewGeometry{144, 256}})
    for (int level = 0; level < kLevels; ++level)
      for (const bool first : {true, false}) {
        const LevelGrid grid = make_grid(geometry, level, torch::TensorOptions());
        const std::int64_t columns = grid.lines.columns(), rows = static_cast<std::int64_t>(grid.lines.y.size());
        // A motion that all share, noise, and a third of the cells that go elsewhere.
        const Tensor still = torch::randn({2, 8}), shared = torch::matmul(still, grid.basis.reshape({2 * columns * rows, 8}).t()).view({2, rows, columns, 2}).permute({0, 3, 1, 2});
        const Tensor elsewhere = (torch::rand({2, 1, rows, columns}) < 0.33).to(torch::kFloat) * 3;
        const Tensor shift = shared + 0.1 * torch::randn({2, 2, rows, columns}) + elsewhere, trust = torch::rand({2, rows * columns});
        const Tensor log_outlier = torch::tensor(-0.7f);
        const CornerFit plain = fit_corners_reference(grid, shift, trust, log_outlier, first), loops = fit_corners(grid, shift, trust, log_outlier, first);
        // Cells; the reference solves in single precision's normal equations.
        EXPECT_LT(largest_difference(plain.corners, loops.corners), 2e-4) << geometry.width << " level " << level << " first " << first;
        EXPECT_LT(largest_difference(plain.weight, loops.weight), 2e-4);
        EXPECT_LT(largest_difference(plain.residual, loops.residual), 5e-4);
      }
}

TEST(CornerFitTest, NothingTrusted_MovesNothing) {
  const torch::NoGradGuard no_gradient;
  const LevelGrid grid = make_grid({128, 128}, 0, torch::TensorOptions());
  const CornerFit fit = fit_corners(grid, torch::ones({1, 2, 16, 16}), torch::zeros({1, 256}), torch::tensor(0.0f), true);
  EXPECT_EQ(fit.corners.abs().max().item<float>(), 0.0f);
}

TEST(CornerFitTest, WhatIsNoNumber_DoesNotBecomeOne) {
  const torch::NoGradGuard no_gradient;
  const LevelGrid grid = make_grid({128, 128}, 0, torch::TensorOptions());
  const Tensor bad = torch::full({1, 2, 16, 16}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(torch::isfinite(fit_corners(grid, bad, torch::ones({1, 256}), torch::tensor(0.0f), true).corners).any().item<bool>());
}

TEST(IhnTest, InferenceAndTraining_GiveTheSameMotion) {
  torch::manual_seed(8);
  Ihn net;
  const Tensor prev = torch::rand({2, 1, 96, 128}), cur = torch::roll(prev, {1, 2}, {2, 3});
  const ViewGeometry geometry{128, 96};
  const Tensor trained = net->refine(net->encode(prev), net->encode(cur), geometry).back().corners.detach();
  const torch::NoGradGuard no_gradient;
  const Tensor inferred = net->refine(net->encode(prev), net->encode(cur), geometry).back().corners;
  // Half widths: 0.006 px of this view after six iterations.
  EXPECT_LT(largest_difference(trained, inferred), 1e-4);
}

}  // namespace
}  // namespace keel::learned
