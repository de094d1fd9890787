// SPDX-License-Identifier: GPL-3.0-or-later
// The fused local correlation against its plain form, on every device that is there; KEEL_REQUIRE_GPU in the environment makes a missing GPU a failure.
#include <gtest/gtest.h>

#include <cstdlib>
#include <tuple>
#include <vector>

#include "engine/learned/correlation_bodies.h"
#include "engine/learned/local_correlation.h"
#include "tests/unit/learned/gradient_check.h"

namespace keel::learned {
namespace {

using torch::Tensor;

std::vector<torch::Device> devices() {
  std::vector<torch::Device> all{torch::kCPU};
  if (torch::cuda::is_available()) all.emplace_back(torch::kCUDA, 0);
  else EXPECT_EQ(std::getenv("KEEL_REQUIRE_GPU"), nullptr) << "A GPU is required, and LibTorch finds none.";
  return all;
}

Tensor random_maps(std::int64_t images, int channels, int height, int width, const torch::Device& device) {
  return torch::randn({images, channels, height, width}, torch::kDouble).to(device);
}

double largest(const Tensor& difference) { return difference.abs().max().item<double>(); }

const std::vector<std::tuple<int, int, int>> kShapes{{5, 7, 9}, {8, 16, 16}, {3, 1, 1}, {6, 11, 40}};

TEST(LocalCorrelationTest, FusedOperator_AgreesWithTheReferenceInValuesAndGradients) {
  torch::manual_seed(7);
  for (const torch::Device& device : devices())
    for (int radius = 1; radius <= 4; ++radius)
      for (const auto& [channels, height, width] : kShapes) {
        const Tensor a = random_maps(2, channels, height, width, device).requires_grad_(), b = random_maps(2, channels, height, width, device).requires_grad_();
        const Tensor fused = local_correlation(a, b, radius), plain = local_correlation_reference(a, b, radius);
        ASSERT_EQ(fused.sizes(), plain.sizes());
        EXPECT_LT(largest(fused - plain), 1e-5);
        const Tensor weight = torch::randn_like(plain);
        const auto of_fused = torch::autograd::grad({(fused * weight).sum()}, {a, b}), of_plain = torch::autograd::grad({(plain * weight).sum()}, {a, b});
        for (int k = 0; k < 2; ++k) EXPECT_LT(largest(of_fused[k] - of_plain[k]), 1e-5) << device << ", input " << k << ", radius " << radius;
      }
}

TEST(LocalCorrelationTest, GradientOfTheFusedOperator_MatchesCentralDifferences) {
  for (const torch::Device& device : devices()) {
    torch::manual_seed(8);
    const Tensor a = random_maps(1, 3, 4, 5, device), b = random_maps(1, 3, 4, 5, device), weight = random_maps(1, 25, 4, 5, device);
    // Central differences of step 1e-6 are right to about 1e-8 of values of order one.
    EXPECT_LT(gradient_error([&](const std::vector<Tensor>& in) { return (local_correlation(in[0], in[1], 2) * weight).sum(); }, {a, b}), 1e-6) << device;
  }
}

TEST(LocalCorrelationTest, FusedOperatorOfThisMachine_PassesItsOwnCheck) {
  EXPECT_TRUE(fused_correlation_agrees(torch::kCPU));
  // A device that no build knows has no fused operator, and that is an answer.
  EXPECT_FALSE(fused_correlation_agrees(torch::Device(torch::kMeta)));
}

/// The device's bodies in the emulated grid, for one radius.
template <int kRadius>
void expect_bodies_agree() {
  torch::manual_seed(kRadius);
  for (const auto& [channels, height, width] : kShapes) {
    const Tensor a = random_maps(2, channels, height, width, torch::kCPU).requires_grad_(), b = random_maps(2, channels, height, width, torch::kCPU).requires_grad_();
    const Tensor plain = local_correlation_reference(a, b, kRadius), weight = torch::randn_like(plain);
    const auto gradients = torch::autograd::grad({(plain * weight).sum()}, {a, b});
    // Wrong numbers, to see that every place is written.
    Tensor out = torch::full_like(plain, 99), grad_a = torch::full_like(a, 99), grad_b = torch::full_like(b, 99);
    const Tensor a_values = a.detach(), b_values = b.detach();
    const auto* const left = a_values.data_ptr<double>();
    const auto* const right = b_values.data_ptr<double>();
    const CorrelateBody<double, kRadius> forward{channels, height, width, left, right, out.template data_ptr<double>()};
    launch_emulated(forward.extent(2), forward);
    const CorrelateGradientBody<double, kRadius, true> of_a{channels, height, width, weight.data_ptr<double>(), right, grad_a.template data_ptr<double>()};
    launch_emulated(of_a.extent(2), of_a);
    const CorrelateGradientBody<double, kRadius, false> of_b{channels, height, width, weight.data_ptr<double>(), left, grad_b.template data_ptr<double>()};
    launch_emulated(of_b.extent(2), of_b);
    EXPECT_LT(largest(out - plain), 1e-12);
    EXPECT_LT(largest(grad_a - gradients[0]), 1e-12);
    EXPECT_LT(largest(grad_b - gradients[1]), 1e-12);
  }
}

TEST(LocalCorrelationTest, BodiesOfTheDevice_AgreeWithTheReferenceInTheEmulatedGrid) {
  expect_bodies_agree<1>();
  expect_bodies_agree<2>();
  expect_bodies_agree<3>();
  expect_bodies_agree<4>();
}

}  // namespace
}  // namespace keel::learned
