// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "engine/base/option_check.h"
#include "engine/motion/classical.h"
#include "engine/motion/learned_plugin.h"
#include "engine/motion/motion_estimator.h"

namespace keel {
namespace {

using Factory = Result<std::unique_ptr<MotionEstimator>> (*)(const OptionValues&, Gpu);
struct Entry {
  const AlgorithmInfo& (*info)();
  Factory make;
  Result<void> (*available)();
  int version;  ///< see EstimatorIdentity
  std::filesystem::path (*weights)();
  bool (*uses_gpu)();
  bool gpu_shows;  ///< see EstimatorIdentity
  std::optional<std::string> (*without_effect)(const OptionValues&);  ///< see motion_options_without_effect()
};

Result<void> always_available() { return {}; }
bool always() { return true; }
std::filesystem::path no_weights() { return {}; }
std::optional<std::string> all_have_effect(const OptionValues&) { return std::nullopt; }

/// A new estimator is one file and one line here.
constexpr Entry kEstimators[] = {
    {&ClassicalEstimator::description, &ClassicalEstimator::make, &always_available, 4, &no_weights, &always, false, &all_have_effect},
    {&ihn_description, &make_ihn, &learned_available, 2, &learned_weights_path, &learned_knows_gpus, true, &learned_options_without_effect},
    {&regression_description, &make_regression, &learned_available, 1, &learned_weights_path, &learned_knows_gpus, true, &learned_options_without_effect},
};

}  // namespace

std::span<const AlgorithmInfo> motion_estimators() {
  static const std::vector<AlgorithmInfo> all = [] {
    std::vector<AlgorithmInfo> list;
    for (const Entry& entry : kEstimators) list.push_back(entry.info());
    return list;
  }();
  return all;
}

Result<void> motion_estimator_available(const std::string& id) {
  for (const Entry& entry : kEstimators)
    if (entry.info().id == id) return entry.available();
  return Error{ErrorCode::kNotFound, fmt::format("There is no estimator \"{}\".", id)};
}

Result<EstimatorIdentity> motion_estimator_identity(const std::string& id) {
  for (const Entry& entry : kEstimators)
    if (entry.info().id == id) return EstimatorIdentity{entry.version, entry.weights(), entry.gpu_shows};
  return Error{ErrorCode::kNotFound, fmt::format("There is no estimator \"{}\".", id)};
}

Result<bool> motion_estimator_uses_gpu(const std::string& id) {
  for (const Entry& entry : kEstimators)
    if (entry.info().id == id) return entry.uses_gpu();
  return Error{ErrorCode::kNotFound, fmt::format("There is no estimator \"{}\".", id)};
}

std::optional<std::string> motion_options_without_effect(const std::string& id, const OptionValues& options) {
  for (const Entry& entry : kEstimators)
    if (entry.info().id == id) return entry.without_effect(options);
  return std::nullopt;
}

Result<std::unique_ptr<MotionEstimator>> make_motion_estimator(const std::string& id, const OptionValues& options, Gpu gpu) {
  std::string known;
  for (const Entry& entry : kEstimators) {
    if (entry.info().id == id) {
      KEEL_TRY(check_options(entry.info(), options));
      return entry.make(options, gpu);
    }
    known += (known.empty() ? "" : ", ") + entry.info().id;
  }
  return Error{ErrorCode::kInvalidArgument, fmt::format("There is no estimator \"{}\"; there are: {}.", id, known)};
}

}  // namespace keel
