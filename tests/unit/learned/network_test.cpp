// SPDX-License-Identifier: GPL-3.0-or-later
// The pieces of the networks against references that share no code with them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>

#include "engine/learned/homography_ops.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/second_look.h"
#include "engine/learned/trainer.h"
#include "engine/learned/weights.h"
#include "engine/photos/photo_pack.h"
#include "tests/unit/learned/gradient_check.h"

namespace keel::learned {
namespace {

using torch::Tensor;

const auto kDoubles = torch::TensorOptions().dtype(torch::kDouble);

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

TEST(HomographyOpsTest, CornersThatStayExactly_GiveTheIdentityWithFiniteGradients) {
  // Elimination in a fixed order meets a zero pivot here.
  for (const auto type : {torch::kDouble, torch::kFloat}) {
    const Tensor still = square_corners().to(type), to = still.unsqueeze(0).clone().requires_grad_();
    const Tensor h = homography_from_corners(still, to);
    EXPECT_LT((h[0] - torch::eye(3, h.options())).abs().max().item<double>(), 1e-6);
    EXPECT_TRUE(torch::isfinite(torch::autograd::grad({h.square().sum()}, {to})[0]).all().item<bool>());
  }
}

TEST(HomographyOpsTest, FoldedMirroredCollapsedAndInfiniteCorners_SpanNoView) {
  const Tensor still = square_corners(), all = still.unsqueeze(0).repeat({6, 1, 1});
  all[1] = all[1] * 0.2 + 0.3;              // smaller: still a view, but a twenty-fifth of it
  all[2][0] = torch::tensor({1.5, 0.9}, kDoubles);  // a corner pushed through the opposite side
  all[3] = all[3].flip(0);                  // mirrored
  all[4][2][1] = std::numeric_limits<double>::quiet_NaN();
  all[5] = all[5] * torch::tensor({1.0, 0.0}, kDoubles);  // a line
  const Tensor spans = spans_a_view(all, still);
  EXPECT_TRUE(spans[0].item<bool>());
  for (int i = 1; i < 6; ++i) EXPECT_FALSE(spans[i].item<bool>()) << i;
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

TEST(SecondLookTest, TexturedThingInFrontOfAFaintPicture_DoesNotHideWhatThePictureDoes) {
  // A fifth of the cells, in the middle, has all the trust and its own motion; the answer so far is that motion.
  const ViewGeometry geometry{320, 176};
  Step step;
  step.level = 1;
  const std::int64_t rows = 44, columns = 80;
  step.before = torch::eye(3).unsqueeze(0);
  step.cells.shift = torch::zeros({1, 2, rows, columns});
  step.cells.shift.select(1, 0).fill_(3.0);  // 12 px to the right
  step.cells.log_weight = torch::full({1, 1, rows, columns}, -2.0);
  const auto middle = [&](const Tensor& map) { return map.slice(2, 12, 32).slice(3, 24, 58); };
  middle(step.cells.shift).fill_(-0.5);
  middle(step.cells.log_weight).fill_(3.0);
  step.inside = torch::ones({1, 1, rows, columns});
  const Tensor still = geometry.corners(torch::TensorOptions().dtype(torch::kFloat));
  const auto moved = [&](double x_px, double y_px) { return homography_from_corners(still, (still + torch::tensor({x_px, y_px}) / geometry.scale()).unsqueeze(0))[0]; };
  const Tensor answer = moved(-2, -2);
  const auto others = other_motions(step, 0, {&answer, 1}, geometry);
  ASSERT_FALSE(others.empty());
  const auto corners = [&](const Tensor& h) { return apply_homography(h.unsqueeze(0), still); };
  const auto off_px = [&](const Tensor& h) { return (corners(h) - corners(moved(12, 0))).abs().max().item<double>() * geometry.scale(); };
  double nearest_px = 1e9;
  for (const Tensor& h : others) nearest_px = std::min(nearest_px, off_px(h));
  EXPECT_LT(nearest_px, 0.5);
  // What the whole picture does has more support than what the thing does, though less trust.
  const auto residual_to = [&](double x, double y) { return ((step.cells.shift - torch::tensor({x, y}).view({1, 2, 1, 1})).norm(2, 1) * 4).flatten(1); };
  step.residual = residual_to(3, 0);
  const double picture = spread_support(step, geometry).item<double>();
  step.residual = residual_to(-0.5, -0.5);
  EXPECT_GT(picture, spread_support(step, geometry).item<double>());
}

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

// Heads that shout whatever they like: huge displacements, trust in nothing or in single cells, many iterations.
TEST(MotionNetsTest, WildWeights_GiveFiniteStepsAndGradients) {
  const ViewGeometry geometry{96, 64};
  for (int seed = 0; seed < 6; ++seed) {
    torch::manual_seed(seed);
    IhnOptions options;
    options.feature_channels = {8, 8, 8};
    options.head_channels = {8, 8, 8};
    options.iterations = {4, 3, 3};
    MotionNets nets(options);
    {
      torch::NoGradGuard no_gradient;
      for (auto& parameter : nets->ihn->named_parameters())
        if (parameter.key().find("last") != std::string::npos) parameter.value().normal_(0, seed % 2 == 0 ? 30 : 3);
    }
    // The last pair is flat: nothing to be trusted anywhere.
    Tensor prev = torch::rand({3, 1, 64, 96}), cur = torch::rand({3, 1, 64, 96});
    prev[2].fill_(0.5);
    cur[2].fill_(0.5);
    const auto steps = nets->ihn->refine(nets->ihn->encode(prev), nets->ihn->encode(cur), geometry);
    Tensor sum = torch::zeros({});
    for (const Step& step : steps) {
      EXPECT_TRUE(torch::isfinite(step.corners).all().item<bool>());
      EXPECT_TRUE(torch::isfinite(step.cur_from_prev).all().item<bool>());
      sum = sum + step.corners.square().sum() + step.cur_from_prev.square().sum();
    }
    sum.backward();
    for (const auto& parameter : nets->ihn->named_parameters())
      if (parameter.value().grad().defined()) EXPECT_TRUE(torch::isfinite(parameter.value().grad()).all().item<bool>()) << parameter.key() << ", seed " << seed;
    torch::NoGradGuard no_gradient;
    EXPECT_TRUE(torch::isfinite(nets->ihn->search(nets->ihn->encode(prev), nets->ihn->encode(cur), geometry).cur_from_prev).all().item<bool>());
  }
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
  options.steps = 40;
  options.checkpoint_minutes = 0;  // every step is told
  options.validation_pairs = 20;
  std::vector<double> losses;
  const auto status = train(nets, photos, {}, options, folder, {}, [&](const TrainStatus& s) { losses.push_back(s.loss); });
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->step, options.steps);
  ASSERT_GE(losses.size(), 40u);
  // Single batches differ by more than what 40 steps teach; means of ten do not.
  const auto mean_of_ten = [&](std::size_t first) { return std::accumulate(losses.begin() + static_cast<std::ptrdiff_t>(first), losses.begin() + static_cast<std::ptrdiff_t>(first) + 10, 0.0) / 10; };
  EXPECT_LT(mean_of_ten(30), mean_of_ten(0));
  EXPECT_TRUE(std::filesystem::exists(folder / "weights.safetensors"));

  torch::manual_seed(9);
  MotionNets resumed(small);
  options.steps = 42;
  const auto more = train(resumed, photos, photos, options, folder, {}, {});
  ASSERT_TRUE(more.ok()) << more.error().message;
  EXPECT_EQ(more->step, 42);
  EXPECT_GT(more->video_mace_px, 0);
  // The heading and a line for each checkpoint of both runs.
  std::ifstream log(folder / "loss.csv");
  EXPECT_GE(std::count(std::istreambuf_iterator<char>(log), {}, '\n'), 43);
  std::filesystem::remove_all(folder);
}

TEST(TrainerTest, WithoutPhotographs_SaysSo) {
  MotionNets nets{IhnOptions{}};
  EXPECT_EQ(train(nets, {}, {}, {}, "unused", {}, {}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace keel::learned
