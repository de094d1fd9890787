// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/learned_plugin.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>

namespace keel {
namespace {

namespace fs = std::filesystem;

/// `variable` when it is set, else `relative` to the folder above the program's.
fs::path place(const char* variable, const fs::path& relative) {
  if (const char* set = std::getenv(variable)) return set;
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  return failure ? relative : program.parent_path().parent_path() / relative;
}

OptionDescriptor view_option() {
  return {"view", "View", "px", "Longer side of the picture that the network sees; larger is slower and finer", 128, 640, 320};
}

OptionDescriptor looks_option() {
  return {"looks", "Looks", "", "How often each of the two finer scales is refined; 1 costs half the time and is a little less exact", 1, 4, 2, true};
}

OptionDescriptor precision_option() {
  return {kPrecisionOption, "Precision", "", "half has a GPU compute the convolutions in 16 bits, and reports how far corners moved; on the CPU it has no effect",
          kFullPrecision, kHalfPrecision, kFullPrecision, true, {"full", "half"}};
}

Result<std::unique_ptr<MotionEstimator>> make(const AlgorithmInfo& info, const OptionValues& options, Gpu gpu) {
  KEEL_TRY(learned_available());
  KEEL_ASSIGN(void* const table, learned_symbol(kLearnedEstimatorSymbol));
  return static_cast<const LearnedEstimatorApi*>(table)->make(info, options, learned_weights_path(), gpu);
}

}  // namespace

fs::path learned_library_path() { return place("KEEL_LEARNED_LIBRARY", "lib/keel/libkeel_learned.so"); }
fs::path learned_weights_path() { return place("KEEL_MODELS", "share/keel/models") / "ihn.safetensors"; }

Result<void> learned_available() {
  for (const fs::path& needed : {learned_library_path(), learned_weights_path()}) {
    std::error_code failure;
    if (!fs::is_regular_file(needed, failure))
      return Error{ErrorCode::kNotFound, "The learned estimators are not available because " + needed.string() + " is missing; use --estimator classical or install them."};
  }
  return {};
}

Result<void*> learned_symbol(const char* name) {
  static std::mutex mutex;
  static void* library = nullptr;  // guarded by mutex; never closed: LibTorch leaves threads behind
  const std::lock_guard lock(mutex);
  if (library == nullptr) library = dlopen(learned_library_path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Error{ErrorCode::kInternal, std::string("The learned estimators cannot be loaded: ") + dlerror() + "."};
  void* const symbol = dlsym(library, name);
  if (symbol == nullptr) return Error{ErrorCode::kInternal, learned_library_path().string() + " belongs to another version of Keel; install both again."};
  return symbol;
}

const AlgorithmInfo& ihn_description() {
  static const AlgorithmInfo info{
      "ihn", "Learned (IHN)", "Iterative homography network: learned features, local correlation, six refinements", {view_option(), looks_option(), precision_option()}};
  return info;
}

const AlgorithmInfo& regression_description() {
  static const AlgorithmInfo info{
      "regression", "Learned, one shot", "The control for IHN: the same features, one look, no refinement; coarse by design", {view_option(), precision_option()}};
  return info;
}

bool learned_knows_gpus() {
#ifdef KEEL_LEARNED_CUDA
  return true;
#else
  return false;
#endif
}

std::optional<std::string> learned_options_without_effect(const OptionValues& options) {
  const auto precision = options.find(kPrecisionOption);
  return precision != options.end() && precision->second == kHalfPrecision ? std::optional<std::string>(kHalfHasNoEffect) : std::nullopt;
}

Result<std::unique_ptr<MotionEstimator>> make_ihn(const OptionValues& options, Gpu gpu) { return make(ihn_description(), options, gpu); }
Result<std::unique_ptr<MotionEstimator>> make_ihn_from(const fs::path& weights) {
  KEEL_ASSIGN(void* const table, learned_symbol(kLearnedEstimatorSymbol));
  return static_cast<const LearnedEstimatorApi*>(table)->make(ihn_description(), {}, weights, {});
}
Result<std::unique_ptr<MotionEstimator>> make_regression(const OptionValues& options, Gpu gpu) { return make(regression_description(), options, gpu); }

}  // namespace keel
