// SPDX-License-Identifier: GPL-3.0-or-later
// The entries of the plug-in library; everything else in it is hidden.
#include <malloc.h>

#include "engine/base/option_check.h"
#include "engine/learned/finetune.h"
#include "engine/learned/learned_estimator.h"
#include "engine/learned/trainer.h"
#include "engine/learned/weights.h"
#include "engine/motion/learned_plugin.h"

namespace keel::learned {
namespace {

/// Maps of a few MB come and go with every layer; from the heap instead of fresh pages of the kernel they cost a sixth less time. Freed memory goes back
/// above the second figure.
void keep_freed_maps() {
  static const bool done = mallopt(M_MMAP_THRESHOLD, 64 << 20) != 0 && mallopt(M_TRIM_THRESHOLD, 128 << 20) != 0;
  (void)done;
}

/// What the weights' file says holds where nothing is said here.
void use_looks(MotionNets& nets, const OptionValues& options) {
  if (const auto looks = options.find("looks"); looks != options.end()) nets->ihn->set_looks(static_cast<int>(looks->second));
}

Result<std::unique_ptr<MotionEstimator>> make(const AlgorithmInfo& info, const OptionValues& options, const std::filesystem::path& weights, Gpu gpu) {
  keep_freed_maps();
  KEEL_ASSIGN(MotionNets nets, load_weights(weights));
  const double view_px = option_or_default(info, options, "view");
  const NetKind kind = info.id == "regression" ? NetKind::kRegression : NetKind::kIhn;
  use_looks(nets, options);
  NetDevice device;
  device.precision = option_or_default(info, options, kPrecisionOption) == kHalfPrecision ? NetPrecision::kHalf : NetPrecision::kFull;
  device.gpu = gpu;
  if (gpu.runtime != nullptr) device.make = gpu_runner(nets, kind, device.precision);
  return Result<std::unique_ptr<MotionEstimator>>(std::make_unique<LearnedEstimator>(info, kind, nets, static_cast<int>(view_px), device));
}

Result<TrainStatus> train_from(std::span<const GrayPhoto> photos, std::span<const GrayPhoto> validation, const TrainOptions& options, const std::filesystem::path& folder,
                               const std::filesystem::path& start, std::stop_token stop, const TrainStatusFn& report) {
  keep_freed_maps();
  torch::manual_seed(options.seed);
  MotionNets nets{IhnOptions{}};
  if (!start.empty()) {
    KEEL_ASSIGN(nets, load_weights(start));
  }
  return train(nets, photos, validation, options, folder, stop, report);
}

Result<CornerErrors> evaluate_weights(const std::filesystem::path& weights, std::span<const GrayPhoto> photos, PairProtocol protocol, int pairs, std::uint64_t seed,
                                      const OptionValues& options) {
  KEEL_ASSIGN(MotionNets nets, load_weights(weights));
  use_looks(nets, options);
  try {
    return evaluate(nets, photos, protocol, pairs, seed, torch::kCPU);
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, "The network failed: " + std::string(error.what()).substr(0, 200)};
  }
}

Result<FinetuneStatus> finetune_weights(std::span<const ViewPair> pairs, const FinetuneOptions& options, const std::filesystem::path& start, const std::filesystem::path& out,
                                        std::stop_token stop) {
  keep_freed_maps();
  KEEL_ASSIGN(MotionNets nets, load_weights(start));
  KEEL_ASSIGN(const FinetuneStatus status, finetune(nets, pairs, options, stop));
  KEEL_TRY(save_weights(nets, out));
  return status;
}

}  // namespace
}  // namespace keel::learned

extern "C" {
[[gnu::visibility("default")]] extern const keel::LearnedEstimatorApi keel_learned_estimators;
const keel::LearnedEstimatorApi keel_learned_estimators{&keel::learned::make};
[[gnu::visibility("default")]] extern const keel::learned::TrainingApi keel_training;
const keel::learned::TrainingApi keel_training{&keel::learned::train_from, &keel::learned::evaluate_weights, &keel::learned::finetune_weights};
}
