// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/photos/pair_synthesis.h"

// What the command line may ask of the plug-in besides an estimator. No LibTorch in here: the program is compiled without it.
namespace keel::learned {

struct TrainOptions {
  double minutes = 10;          ///< wall time of the whole schedule, earlier runs of the same folder counted in
  std::int64_t steps = 0;       ///< where positive, the schedule is this many steps instead: the same run on a fast and on a slow machine
  int batch = 8;                ///< pairs a step
  double peak_learning_rate = 1.5e-3;
  double coco_share = 0.35;     ///< of the pairs; the others follow the video mixture
  int data_threads = 1;         ///< making pairs
  int compute_threads = 1;      ///< of LibTorch on the CPU
  std::uint64_t seed = 1;
  std::string device = "cpu";   ///< or "cuda"
  double checkpoint_minutes = 3;
  int validation_pairs = 300;   ///< of each protocol at every checkpoint, from the validation photographs
};

/// State of a run as told at every checkpoint.
struct TrainStatus {
  std::int64_t step = 0;
  double minutes = 0, loss = 0, coco_mace_px = 0, video_mace_px = 0, regression_mace_px = 0;
};
using TrainStatusFn = std::function<void(const TrainStatus&)>;

/// Two neighbouring frames of a clip, reduced: pixels row by row, `view` in size (both sides at least 128 px). Nobody knows their motion.
struct ViewPair {
  Size view;
  std::vector<std::uint8_t> prev, cur;
};

struct FinetuneOptions {
  double minutes = 5;           ///< wall time
  int batch = 4;                ///< pairs a step
  double learning_rate = 3e-5;
  int compute_threads = 1;
  std::uint64_t seed = 1;
};

/// How the masked feature loss went; it says nothing about whether the weights became better.
struct FinetuneStatus {
  std::int64_t steps = 0;
  double first_loss = 0, last_loss = 0;
};

/// Corner errors of both networks on the same pairs, px, one per pair.
struct CornerErrors {
  std::vector<double> ihn, regression;
};

struct TrainingApi {
  /// Trains (see trainer.h) from new weights, from `folder`'s checkpoint, or, where there is none and `start` is not empty, from a weights file.
  Result<TrainStatus> (*train)(std::span<const GrayPhoto> photos, std::span<const GrayPhoto> validation, const TrainOptions& options, const std::filesystem::path& folder,
                               const std::filesystem::path& start, std::stop_token stop, const TrainStatusFn& report);
  /// Corner errors of a weights file (see evaluate() in motion_nets.h). Of the estimator's options only `looks` matters to pairs of 128 px.
  Result<CornerErrors> (*evaluate)(const std::filesystem::path& weights, std::span<const GrayPhoto> photos, PairProtocol protocol, int pairs, std::uint64_t seed,
                                   const OptionValues& options);
  /// Reads the weights `start`, trains them on real pairs (see finetune.h) and writes them to `out` by a rename. Errors besides finetune()'s: those of the files.
  Result<FinetuneStatus> (*finetune)(std::span<const ViewPair> pairs, const FinetuneOptions& options, const std::filesystem::path& start, const std::filesystem::path& out,
                                     std::stop_token stop);
};
inline constexpr const char* kTrainingSymbol = "keel_training";

}  // namespace keel::learned
