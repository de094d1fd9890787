// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/options.h"
#include "engine/base/result.h"
#include "engine/motion/motion_estimator.h"

namespace keel {

/// What the plug-in library of the learned estimators offers to the registry; it is built from the same sources as the program. LibTorch costs 400 ms and 160 MB at start,
/// so it is loaded when the first learned estimator is made, on the thread that makes it.
struct LearnedEstimatorApi {
  /// With a `gpu` it computes on LibTorch's, where it has one that agrees, and reads what was decoded in the context of `gpu` there. Errors: kNotFound, kCorrupt
  /// (weights), kInternal.
  Result<std::unique_ptr<MotionEstimator>> (*make)(const AlgorithmInfo& info, const OptionValues& options, const std::filesystem::path& weights, Gpu gpu);
};
inline constexpr const char* kLearnedEstimatorSymbol = "keel_learned_estimators";

/// The option that says in what a GPU computes convolutions, and its values.
inline constexpr const char* kPrecisionOption = "precision";
inline constexpr double kFullPrecision = 0, kHalfPrecision = 1;
inline constexpr const char* kHalfHasNoEffect = "Half precision has no effect on the CPU, which computes in full precision.";

/// `ihn` and `regression`: known to lists without LibTorch. A `gpu` is a wish: LibTorch finds the device by itself, the first one too.
[[nodiscard]] const AlgorithmInfo& ihn_description();
[[nodiscard]] const AlgorithmInfo& regression_description();
[[nodiscard]] Result<std::unique_ptr<MotionEstimator>> make_ihn(const OptionValues& options, Gpu gpu);
[[nodiscard]] Result<std::unique_ptr<MotionEstimator>> make_regression(const OptionValues& options, Gpu gpu);
/// Whether the LibTorch that this was built with computes on GPUs.
[[nodiscard]] bool learned_knows_gpus();
/// See motion_options_without_effect().
[[nodiscard]] std::optional<std::string> learned_options_without_effect(const OptionValues& options);
/// `ihn` from any weights file, for judging it, on the CPU. Errors as of LearnedEstimatorApi::make.
[[nodiscard]] Result<std::unique_ptr<MotionEstimator>> make_ihn_from(const std::filesystem::path& weights);
/// Whether the plug-in and the weights are there, without loading them. Error: kNotFound with what is missing.
[[nodiscard]] Result<void> learned_available();

/// A function or table of the plug-in by name; loads the library on first use and keeps it. Error: kNotFound or kInternal with the reason.
[[nodiscard]] Result<void*> learned_symbol(const char* name);

/// Places tried for the library and the models, relative to the program: ../lib/keel and ../share/keel/models, the same in the build and when installed; the
/// environment variables KEEL_LEARNED_LIBRARY and KEEL_MODELS come first.
[[nodiscard]] std::filesystem::path learned_library_path();
[[nodiscard]] std::filesystem::path learned_weights_path();

}  // namespace keel
