// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/trainer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <numeric>
#include <thread>
#include <vector>

#include "engine/base/bounded_queue.h"
#include "engine/learned/homography_ops.h"
#include "engine/learned/weights.h"

namespace keel::learned {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

constexpr double kWeightDecay = 1e-5;
constexpr double kClipNorm = 1.0;
/// OneCycle: this part of the time rises to the peak, the rest falls to kFinalShare of it.
constexpr double kWarmUpShare = 0.05;
constexpr double kFinalShare = 0.01;
/// Earlier iterations count less: they need not be exact, the last one must.
constexpr double kIterationDecay = 0.8;
/// Below this corner error in px the logarithmic term flattens.
constexpr double kLogFloorPx = 0.02;
constexpr double kLogShare = 0.3;
constexpr double kCellShare = 0.15;
constexpr double kRegressionShare = 0.02;
/// Validation pairs are the same at every checkpoint, and never those of the reported figure.
constexpr std::uint64_t kValidationSeed = 77;

/// Makes batches on threads of their own; batch k is the same for any number of threads.
class BatchMaker {
 public:
  BatchMaker(std::span<const GrayPhoto> photos, const TrainOptions& options, std::int64_t first_step) : next_(first_step), queue_(8) {
    for (int t = 0; t < options.data_threads; ++t)
      threads_.emplace_back([this, photos, &options] {
        for (;;) {
          const std::int64_t step = next_.fetch_add(1);
          std::vector<SynthesizedPair> pairs;
          for (int i = 0; i < options.batch; ++i) {
            PairRandom random(options.seed * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(step * options.batch + i));
            const PairProtocol protocol = random.chance(options.coco_share) ? PairProtocol::kCoco : PairProtocol::kVideo;
            pairs.push_back(training_pair(photos, protocol, random));
          }
          if (!queue_.push(to_batch(pairs))) return;
        }
      });
  }
  ~BatchMaker() {
    queue_.close();
    for (std::thread& thread : threads_) thread.join();
  }
  PairBatch pop() { return *queue_.pop(); }

 private:
  std::atomic<std::int64_t> next_;
  BoundedQueue<PairBatch> queue_;
  std::vector<std::thread> threads_;
};

/// Laplace likelihood of the cells' displacements against the true residual motion, where that is within reach of the correlation.
Tensor cell_loss(const Step& step, const Tensor& truth, const ViewGeometry& geometry, int radius) {
  const Tensor centres = geometry.cells(step.level, truth.options());
  const double cell = level_stride(step.level) / geometry.scale();
  // prev_from_prev residual: where this cell's content lies in the grid that the estimate has warped.
  const Tensor residual = torch::matmul(torch::linalg_inv(step.before), truth);
  const Tensor target = (apply_homography(residual, centres) - centres) / cell;
  const Tensor predicted = step.cells.shift.permute({0, 2, 3, 1}).reshape(target.sizes());
  const Tensor log_weight = step.cells.log_weight.reshape({target.size(0), -1});
  const Tensor reachable = ((target.abs().amax(2) <= radius) & (step.inside.reshape({target.size(0), -1}) > 0)).to(truth.dtype());
  const Tensor miss = (target - predicted).abs().sum(2);
  const Tensor likelihood = miss * (0.5 * log_weight).exp() - log_weight;
  return (likelihood * reachable).sum() / (reachable.sum() + 1);
}

Tensor corner_loss(const Tensor& error_px) { return error_px.mean() + kLogShare * (error_px + kLogFloorPx).log().mean(); }

Tensor batch_loss(MotionNets& nets, const PairBatch& batch, const torch::Device& device) {
  const ViewGeometry geometry{batch.prev.size(3), batch.prev.size(2)};
  const Tensor truth_corners = batch.cur_corners.to(device);
  const std::int64_t n = batch.prev.size(0);
  // One pass of the encoder over both views of all pairs.
  const Features both = nets->ihn->encode(torch::cat({batch.prev, batch.cur}, 0).to(device));
  Features prev, cur;
  for (std::size_t l = 0; l < kLevels; ++l) {
    prev[l] = both[l].slice(0, 0, n);
    cur[l] = both[l].slice(0, n);
  }
  const Tensor corners = geometry.corners(truth_corners.options());
  const Tensor truth = homography_from_corners(corners, normalized_corners(truth_corners, geometry));
  const auto steps = nets->ihn->refine(prev, cur, geometry);
  Tensor loss = torch::zeros({}, truth.options());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double share = std::pow(kIterationDecay, static_cast<double>(steps.size() - 1 - i));
    loss = loss + share * (corner_loss(corner_error_px(steps[i].corners, truth_corners, geometry)) +
                           kCellShare * cell_loss(steps[i], truth, geometry, nets->ihn->options().radius[static_cast<std::size_t>(steps[i].level)]));
  }
  // The control learns on the encoder's features without changing them.
  for (std::size_t l = 0; l < kLevels; ++l) {
    prev[l] = prev[l].detach();
    cur[l] = cur[l].detach();
  }
  const Tensor once = corner_error_px(corners + nets->regression->forward(prev, cur, geometry), truth_corners, geometry);
  return loss + kRegressionShare * once.mean();
}

double one_cycle(double progress) {
  if (progress < kWarmUpShare) return kFinalShare + (1 - kFinalShare) * progress / kWarmUpShare;
  return 1 - (1 - kFinalShare) * std::min(1.0, (progress - kWarmUpShare) / (1 - kWarmUpShare));
}

double mean(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(std::max<std::size_t>(1, values.size())); }

/// Everything that a later run needs to go on.
class Checkpoint {
 public:
  Checkpoint(std::filesystem::path folder, MotionNets& nets, torch::optim::AdamW& optimizer) : folder_(std::move(folder)), nets_(nets), optimizer_(optimizer) {}

  bool load(TrainStatus& status, const torch::Device& device) {
    const auto path = folder_ / "checkpoint.pt";
    if (!std::filesystem::exists(path)) return false;
    torch::serialize::InputArchive archive;
    archive.load_from(path.string(), device);
    nets_->load(archive);
    torch::serialize::InputArchive optimizer_state;
    archive.read("optimizer", optimizer_state);
    optimizer_.load(optimizer_state);
    Tensor progress;
    archive.read("progress", progress);
    status.step = static_cast<std::int64_t>(progress[0].item<double>());
    status.minutes = progress[1].item<double>();
    return true;
  }

  Result<void> save(const TrainStatus& status) {
    torch::serialize::OutputArchive archive, optimizer_state;
    nets_->save(archive);
    optimizer_.save(optimizer_state);
    archive.write("optimizer", optimizer_state);
    archive.write("progress", torch::tensor({static_cast<double>(status.step), status.minutes}, torch::kDouble));
    const auto path = folder_ / "checkpoint.pt", part = folder_ / "checkpoint.pt.part";
    archive.save_to(part.string());
    std::error_code failure;
    std::filesystem::rename(part, path, failure);
    if (failure) return Error{ErrorCode::kIo, "The checkpoint " + path.string() + " could not be written: " + failure.message() + "."};
    KEEL_TRY(save_weights(nets_, folder_ / "weights.safetensors"));
    std::ofstream log(folder_ / "loss.csv", std::ios::app);
    if (log.tellp() == 0) log << "step,minutes,loss,coco_mace_px,video_mace_px,regression_mace_px\n";
    log << status.step << ',' << status.minutes << ',' << status.loss << ',' << status.coco_mace_px << ',' << status.video_mace_px << ',' << status.regression_mace_px << '\n';
    return {};
  }

 private:
  std::filesystem::path folder_;
  MotionNets& nets_;
  torch::optim::AdamW& optimizer_;
};

void validate(MotionNets& nets, std::span<const GrayPhoto> photos, const TrainOptions& options, const torch::Device& device, TrainStatus& status) {
  if (photos.empty()) return;
  const CornerErrors coco = evaluate(nets, photos, PairProtocol::kCoco, options.validation_pairs, kValidationSeed, device);
  const CornerErrors video = evaluate(nets, photos, PairProtocol::kVideo, options.validation_pairs, kValidationSeed, device);
  status.coco_mace_px = mean(coco.ihn);
  status.video_mace_px = mean(video.ihn);
  status.regression_mace_px = mean(coco.regression);
}

Result<TrainStatus> run(MotionNets& nets, std::span<const GrayPhoto> photos, std::span<const GrayPhoto> validation, const TrainOptions& options,
                        const std::filesystem::path& folder, std::stop_token stop, const TrainStatusFn& report) {
  const torch::Device device(options.device);
  torch::manual_seed(options.seed);
  at::set_num_threads(options.compute_threads);
  nets->to(device);
  torch::optim::AdamW optimizer(nets->parameters(), torch::optim::AdamWOptions(options.peak_learning_rate).weight_decay(kWeightDecay));
  Checkpoint checkpoint(folder, nets, optimizer);
  TrainStatus status;
  checkpoint.load(status, device);

  BatchMaker batches(photos, options, status.step);
  const double earlier_minutes = status.minutes;
  const auto start = Clock::now();
  const auto minutes_now = [&] { return earlier_minutes + std::chrono::duration<double>(Clock::now() - start).count() / 60; };
  double saved_at = earlier_minutes, loss_sum = 0;
  int loss_count = 0;
  for (bool done = false; !done;) {
    status.minutes = minutes_now();
    const double progress = options.steps > 0 ? static_cast<double>(status.step) / static_cast<double>(options.steps) : status.minutes / options.minutes;
    done = progress >= 1 || stop.stop_requested();
    if (!done) {
      const double rate = options.peak_learning_rate * one_cycle(progress);
      for (auto& group : optimizer.param_groups()) static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
      nets->train();
      optimizer.zero_grad();
      const Tensor loss = batch_loss(nets, batches.pop(), device);
      loss.backward();
      const double norm = torch::nn::utils::clip_grad_norm_(nets->parameters(), kClipNorm);
      // One bad batch (a fold, an overflow) must not poison the weights.
      if (std::isfinite(norm)) {
        optimizer.step();
        loss_sum += loss.item<double>();
        ++loss_count;
      }
      ++status.step;
    }
    if (done || status.minutes - saved_at >= options.checkpoint_minutes) {
      saved_at = status.minutes;
      status.loss = loss_sum / std::max(1, loss_count);
      loss_sum = loss_count = 0;
      validate(nets, validation, options, device, status);
      KEEL_TRY(checkpoint.save(status));
      if (report) report(status);
    }
  }
  if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "Training was stopped; run the same command again to go on from the checkpoint."};
  return status;
}

}  // namespace

Result<TrainStatus> train(MotionNets& nets, std::span<const GrayPhoto> photos, std::span<const GrayPhoto> validation, const TrainOptions& options,
                          const std::filesystem::path& folder, std::stop_token stop, const TrainStatusFn& report) {
  if (photos.empty()) return Error{ErrorCode::kInvalidArgument, "There are no photographs to train on."};
  try {
    std::filesystem::create_directories(folder);
    return run(nets, photos, validation, options, folder, stop, report);
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "Training in " + folder.string() + " failed: " + std::string(error.what()).substr(0, 300)};
  }
}

}  // namespace keel::learned
