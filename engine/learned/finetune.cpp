// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/finetune.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "engine/learned/homography_ops.h"

namespace keel::learned {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

/// Sides of the piece of a view that a step looks at: what the networks were trained on.
constexpr int kPiece = 128;
constexpr double kClipNorm = 1.0;
/// Earlier iterations count less, as in training.
constexpr double kIterationDecay = 0.8;
constexpr double kReportedShare = 0.1;

/// The same piece of both views, somewhere: [1,1,H,W] in 0..1 each.
void append_piece(const ViewPair& pair, PairRandom& random, std::vector<Tensor>& prev, std::vector<Tensor>& cur) {
  const int x = random.index(pair.view.width - kPiece + 1), y = random.index(pair.view.height - kPiece + 1);
  const auto piece = [&](const std::vector<std::uint8_t>& view) {
    Tensor pixels = torch::empty({1, 1, kPiece, kPiece}, torch::kFloat);
    float* out = pixels.data_ptr<float>();
    for (int row = 0; row < kPiece; ++row) {
      const std::uint8_t* from = view.data() + static_cast<std::ptrdiff_t>(y + row) * pair.view.width + x;
      out = std::transform(from, from + kPiece, out, [](std::uint8_t v) { return static_cast<float>(v) / 255.0f; });
    }
    return pixels;
  };
  prev.push_back(piece(pair.prev));
  cur.push_back(piece(pair.cur));
}

bool is_usable(const ViewPair& pair) {
  const std::size_t size = static_cast<std::size_t>(std::max(0, pair.view.width)) * static_cast<std::size_t>(std::max(0, pair.view.height));
  return pair.view.width >= kPiece && pair.view.height >= kPiece && pair.prev.size() == size && pair.cur.size() == size;
}

double mean_of(const std::vector<double>& values, std::size_t begin, std::size_t end) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += values[i];
  return sum / static_cast<double>(std::max<std::size_t>(1, end - begin));
}

Result<FinetuneStatus> run(MotionNets& nets, std::span<const ViewPair> pairs, const FinetuneOptions& options, std::stop_token stop) {
  torch::manual_seed(options.seed);
  at::set_num_threads(options.compute_threads);
  nets->train();
  std::vector<Tensor> learned;
  for (auto& parameter : nets->ihn->named_parameters())
    if (parameter.key().rfind("encoder", 0) != 0) learned.push_back(parameter.value());
  torch::optim::AdamW optimizer(learned, torch::optim::AdamWOptions(options.learning_rate).weight_decay(0));
  PairRandom random(options.seed);
  const ViewGeometry geometry{kPiece, kPiece};
  const auto start = Clock::now();
  const auto minutes = [&] { return std::chrono::duration<double>(Clock::now() - start).count() / 60; };
  std::vector<double> losses;
  while (losses.empty() || minutes() < options.minutes) {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Fine-tuning was cancelled; the weights are as they were."};
    std::vector<Tensor> prev_pieces, cur_pieces;
    for (int i = 0; i < options.batch; ++i) append_piece(pairs[static_cast<std::size_t>(random.index(static_cast<int>(pairs.size())))], random, prev_pieces, cur_pieces);
    Features prev, cur;
    {
      torch::NoGradGuard encoder_stays;
      prev = nets->ihn->encode(torch::cat(prev_pieces, 0));
      cur = nets->ihn->encode(torch::cat(cur_pieces, 0));
    }
    const auto steps = nets->ihn->refine(prev, cur, geometry);
    Tensor loss = torch::zeros({});
    for (std::size_t i = 0; i < steps.size(); ++i)
      loss = loss + std::pow(kIterationDecay, static_cast<double>(steps.size() - 1 - i)) * feature_loss(steps[i], prev, cur, geometry);
    optimizer.zero_grad();
    loss.backward();
    if (std::isfinite(torch::nn::utils::clip_grad_norm_(learned, kClipNorm))) optimizer.step();
    losses.push_back(loss.item<double>());
  }
  nets->eval();
  const std::size_t tenth = std::max<std::size_t>(1, static_cast<std::size_t>(kReportedShare * static_cast<double>(losses.size())));
  return FinetuneStatus{static_cast<std::int64_t>(losses.size()), mean_of(losses, 0, tenth), mean_of(losses, losses.size() - tenth, losses.size())};
}

}  // namespace

Tensor feature_loss(const Step& step, const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  namespace F = torch::nn::functional;
  const std::int64_t n = step.corners.size(0);
  Tensor loss = torch::zeros({}, step.corners.options());
  for (int level = 1; level < kLevels; ++level) {
    const auto l = static_cast<std::size_t>(level);
    const Tensor& from = prev[l];
    const std::int64_t rows = from.size(2), columns = from.size(3);
    const Tensor centres = geometry.cells(level, from.options());
    // grid_sample wants -1..1 over the centres of the border cells.
    const Tensor first = centres.slice(0, 0, 1), last = centres.slice(0, centres.size(0) - 1);
    const Tensor places = ((apply_homography(step.cur_from_prev, centres) - first) / (last - first) * 2 - 1).view({n, rows, columns, 2});
    const Tensor found = F::grid_sample(cur[l], places, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(true));
    const std::int64_t step_size = level_stride(step.level);
    Tensor mask = step.weight.detach().view({n, 1, geometry.height / step_size, geometry.width / step_size});
    mask = F::interpolate(mask, F::InterpolateFuncOptions().size(std::vector<std::int64_t>{rows, columns}).mode(torch::kNearest));
    mask = mask * (places.detach().abs().amax(3) <= 1).to(mask.dtype()).unsqueeze(1);
    mask = mask / (mask.mean({1, 2, 3}, true) + 1e-6);
    const Tensor unlike = 1 - (from * found).sum(1, true) * torch::rsqrt((from.square().sum(1, true) * found.square().sum(1, true)).clamp_min(1e-8));
    loss = loss + (mask * unlike).mean() / (kLevels - 1);
  }
  return loss;
}

Result<FinetuneStatus> finetune(MotionNets& nets, std::span<const ViewPair> pairs, const FinetuneOptions& options, std::stop_token stop) {
  if (pairs.empty() || !std::all_of(pairs.begin(), pairs.end(), is_usable))
    return Error{ErrorCode::kInvalidArgument, "Fine-tuning needs pairs of frames of at least 128x128 pixels."};
  try {
    return run(nets, pairs, options, stop);
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "Fine-tuning failed: " + std::string(error.what()).substr(0, 200)};
  }
}

}  // namespace keel::learned
