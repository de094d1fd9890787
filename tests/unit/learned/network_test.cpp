// SPDX-License-Identifier: GPL-3.0-or-later
// The pieces of the networks against references that share no code with them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <tuple>

#include "engine/learned/homography_ops.h"
#include "engine/learned/local_correlation.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/trainer.h"
#include "engine/learned/weights.h"
#include "engine/photos/photo_pack.h"

namespace keel::learned {
namespace {

using torch::Tensor;

const auto kDoubles = torch::TensorOptions().dtype(torch::kDouble);

/// Largest difference between the analytic gradient of a scalar and central differences, over all elements of `inputs`.
double gradient_error(const std::function<Tensor(const std::vector<Tensor>&)>& scalar, std::vector<Tensor> inputs) {
  constexpr double kStep = 1e-6;
  for (Tensor& input : inputs) input = input.detach().clone().requires_grad_();
  const auto gradients = torch::autograd::grad({scalar(inputs)}, {inputs.begin(), inputs.end()});
  double worst = 0;
  // Values through the differentiable way too: without gradients the solver takes another path.
  for (std::size_t k = 0; k < inputs.size(); ++k)
    for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
      const auto moved = [&](double by) {
        std::vector<Tensor> changed = inputs;
        changed[k] = inputs[k].detach().clone();
        changed[k].view(-1)[i] += by;
        changed[k].requires_grad_();
        return scalar(changed).item<double>();
      };
      worst = std::max(worst, std::abs((moved(kStep) - moved(-kStep)) / (2 * kStep) - gradients[k].reshape(-1)[i].item<double>()));
    }
  return worst;
}

Tensor square_corners() { return torch::tensor({-1.0, -0.6, 1.0, -0.6, 1.0, 0.6, -1.0, 0.6}, kDoubles).view({4, 2}); }

TEST(HomographyOpsTest, CornersMovedByAKnownHomography_GiveItBack) {
  torch::manual_seed(3);
  for (int i = 0; i < 20; ++i) {
    Tensor h = torch::eye(3, kDoubles) + 0.2 * torch::randn({3, 3}, kDoubles) * torch::tensor({1, 1, 1, 1, 1, 1, 1, 1, 0}, kDoubles).view({3, 3});
    const Tensor to = apply_homography(h.unsqueeze(0), square_corners());
    // Asked: 1e-5 in float64; elimination of a well-conditioned 8x8 system is far better.
    EXPECT_LT((homography_from_corners(square_corners(), to)[0] - h).abs().max().item<double>(), 1e-9);
    torch::NoGradGuard loops;
    EXPECT_LT((homography_from_corners(square_corners(), to)[0] - h).abs().max().item<double>(), 1e-9);
  }
}

TEST(HomographyOpsTest, DltGradient_MatchesCentralDifferences) {
  torch::manual_seed(4);
  const Tensor to = (square_corners() + 0.1 * torch::randn({4, 2}, kDoubles)).unsqueeze(0);
  const Tensor weight = torch::randn({3, 3}, kDoubles);
  const auto scalar = [&](const std::vector<Tensor>& in) { return (homography_from_corners(square_corners(), in[0])[0] * weight).sum(); };
  // Central differences of step 1e-6 are right to about 1e-8 of values of order one.
  EXPECT_LT(gradient_error(scalar, {to}), 1e-6);
}

TEST(HomographyOpsTest, SolveWithoutPivoting_AgreesWithTheLibrarysSolver) {
  torch::manual_seed(5);
  const Tensor root = torch::randn({6, 8, 8}, kDoubles), a = torch::matmul(root, root.transpose(1, 2)) + torch::eye(8, kDoubles), b = torch::randn({6, 8}, kDoubles);
  const Tensor library = torch::linalg_solve(a, b.unsqueeze(2)).squeeze(2);
  EXPECT_LT((solve_no_pivot(a, b) - library).abs().max().item<double>(), 1e-6);
  torch::NoGradGuard loops;
  EXPECT_LT((solve_no_pivot(a, b) - library).abs().max().item<double>(), 1e-6);
}

TEST(HomographyOpsTest, CornerBasis_IsTheTangentOfTheCornersHomography) {
  torch::manual_seed(6);
  const Tensor points = torch::rand({10, 2}, kDoubles) - 0.5, moves = torch::randn({8}, kDoubles);
  constexpr double kSmall = 1e-5;
  const Tensor h = homography_from_corners(square_corners(), (square_corners() + kSmall * moves.view({4, 2})).unsqueeze(0));
  const Tensor moved = (apply_homography(h, points)[0] - points) / kSmall, linear = torch::matmul(corner_basis(points, square_corners()), moves);
  // The second-order rest of a move of 1e-5.
  EXPECT_LT((moved - linear).abs().max().item<double>(), 1e-4);
}

TEST(LocalCorrelationTest, FusedOperator_AgreesWithTheReferenceInValuesAndGradients) {
  torch::manual_seed(7);
  for (int radius = 1; radius <= 4; ++radius)
    for (const auto& [channels, height, width] : {std::tuple{5, 7, 9}, std::tuple{8, 16, 16}, std::tuple{3, 1, 1}}) {
      const Tensor a = torch::randn({2, channels, height, width}, kDoubles).requires_grad_(), b = torch::randn({2, channels, height, width}, kDoubles).requires_grad_();
      const Tensor fused = local_correlation(a, b, radius), plain = local_correlation_reference(a, b, radius);
      ASSERT_EQ(fused.sizes(), plain.sizes());
      EXPECT_LT((fused - plain).abs().max().item<double>(), 1e-5);
      const Tensor weight = torch::randn_like(plain);
      const auto of_fused = torch::autograd::grad({(fused * weight).sum()}, {a, b}), of_plain = torch::autograd::grad({(plain * weight).sum()}, {a, b});
      for (int k = 0; k < 2; ++k) EXPECT_LT((of_fused[k] - of_plain[k]).abs().max().item<double>(), 1e-5) << "input " << k << ", radius " << radius;
    }
}

TEST(LocalCorrelationTest, GradientOfTheFusedOperator_MatchesCentralDifferences) {
  torch::manual_seed(8);
  const Tensor a = torch::randn({1, 3, 4, 5}, kDoubles), b = torch::randn({1, 3, 4, 5}, kDoubles), weight = torch::randn({1, 25, 4, 5}, kDoubles);
  EXPECT_LT(gradient_error([&](const std::vector<Tensor>& in) { return (local_correlation(in[0], in[1], 2) * weight).sum(); }, {a, b}), 1e-6);
}

TEST(LocalCorrelationTest, FusedOperatorOfThisMachine_PassesItsOwnCheck) { EXPECT_TRUE(fused_correlation_agrees(torch::kCPU)); }

TEST(MotionNetsTest, BothEstimators_ReadTheSameEncoder) {
  torch::manual_seed(1);
  MotionNets nets{IhnOptions{}};
  for (const auto& parameter : nets->regression->named_parameters()) EXPECT_EQ(parameter.key().find("encoder"), std::string::npos);
  torch::NoGradGuard no_gradient;
  const ViewGeometry geometry{64, 64};
  const Features before = nets->ihn->encode(torch::rand({1, 1, 64, 64}));
  const Tensor answer = nets->regression->forward(before, before, geometry);
  nets->ihn->encoder->parameters()[0].mul_(-1);
  torch::manual_seed(1);
  const Features after = nets->ihn->encode(torch::rand({1, 1, 64, 64}));
  EXPECT_GT((nets->regression->forward(after, after, geometry) - answer).abs().max().item<double>(), 0);
}

TEST(MotionNetsTest, SavedAndReloadedNetworks_GiveTheSameBits) {
  torch::manual_seed(2);
  IhnOptions options;
  options.feature_channels = {24, 16, 8};
  MotionNets nets(options);
  const auto path = std::filesystem::temp_directory_path() / "keel-weights-test.safetensors";
  ASSERT_TRUE(save_weights(nets, path).ok());
  auto loaded = load_weights(path);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ((*loaded)->ihn->options(), options);
  torch::NoGradGuard no_gradient;
  const Tensor prev = torch::rand({2, 1, 64, 96}), cur = torch::rand({2, 1, 64, 96});
  const ViewGeometry geometry{96, 64};
  const auto answer = [&](MotionNets& n) { return n->ihn->refine(n->ihn->encode(prev), n->ihn->encode(cur), geometry).back().corners; };
  EXPECT_TRUE(torch::equal(answer(nets), answer(*loaded)));
  std::filesystem::remove(path);
}

TEST(MotionNetsTest, WeightsWithAWrongShapeAMissingTensorOrNoNumber_AreRefused) {
  MotionNets nets{IhnOptions{}};
  const StoredTensors good = stored_weights(nets);
  ASSERT_TRUE(nets_from(good).ok());
  StoredTensors bad = good;
  bad.tensors.erase(bad.tensors.begin());
  EXPECT_FALSE(nets_from(bad).ok());
  bad = good;
  bad.tensors.begin()->second.values[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(nets_from(bad).ok());
  bad = good;
  bad.tensors.begin()->second.shape.push_back(1);
  EXPECT_FALSE(nets_from(bad).ok());
  bad = good;
  bad.metadata["radius"] = "4,4,99";
  EXPECT_FALSE(nets_from(bad).ok());
  bad.metadata["radius"] = "4,4";
  EXPECT_FALSE(nets_from(bad).ok());
}

std::vector<GrayPhoto> noise_photos() {
  std::vector<GrayPhoto> photos;
  for (int p = 0; p < 3; ++p) {
    // Blobs of random brightness: texture at several scales.
    GrayPhoto coarse{{40, 30}, {}};
    PairRandom random(static_cast<std::uint64_t>(p));
    for (int i = 0; i < 40 * 30; ++i) coarse.pixels.push_back(static_cast<std::uint8_t>(random.index(256)));
    photos.push_back(resize_photo(coarse, kPackedPhotoSize));
  }
  return photos;
}

TEST(TrainerTest, ShortRun_LowersTheErrorAndResumesFromItsCheckpoint) {
  const auto folder = std::filesystem::temp_directory_path() / "keel-trainer-test";
  std::filesystem::remove_all(folder);
  const auto photos = noise_photos();
  IhnOptions small;
  small.feature_channels = {8, 8, 8};
  small.head_channels = {8, 8, 8};
  torch::manual_seed(1);
  MotionNets nets(small);
  TrainOptions options;
  options.coco_share = 0;
  options.batch = 4;
  options.validation_pairs = 20;
  options.minutes = 0.15;
  options.checkpoint_minutes = 0.05;
  std::vector<TrainStatus> told;
  const auto status = train(nets, photos, photos, options, folder, {}, [&](const TrainStatus& s) { told.push_back(s); });
  ASSERT_TRUE(status.ok()) << status.error().message;
  ASSERT_GE(told.size(), 2u);
  EXPECT_LT(told.back().loss, told.front().loss);
  EXPECT_TRUE(std::filesystem::exists(folder / "weights.safetensors"));

  torch::manual_seed(9);
  MotionNets resumed(small);
  options.minutes = told.back().minutes + 0.02;
  const auto more = train(resumed, photos, photos, options, folder, {}, {});
  ASSERT_TRUE(more.ok()) << more.error().message;
  EXPECT_GT(more->step, status->step);
  // Three checkpoints' lines and the heading at least.
  std::ifstream log(folder / "loss.csv");
  EXPECT_GE(std::count(std::istreambuf_iterator<char>(log), {}, '\n'), 3);
  std::filesystem::remove_all(folder);
}

TEST(TrainerTest, WithoutPhotographs_SaysSo) {
  MotionNets nets{IhnOptions{}};
  EXPECT_EQ(train(nets, {}, {}, {}, "unused", {}, {}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace keel::learned
