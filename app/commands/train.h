// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>

#include "engine/learned/training_api.h"

namespace keel::cli {

struct TrainArguments {
  std::filesystem::path photos, validation, out, start, pack;
  learned::TrainOptions options;
};

/// `keel train`: trains the learned estimators on photographs, or with --pack only writes the photographs as one small file. Returns an exit code.
int run_train(const TrainArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
