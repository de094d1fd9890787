// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <span>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/training_api.h"

namespace keel::learned {

/// Trains both networks by OneCycle AdamW on synthesised pairs, scheduled by wall time or by steps. `folder` receives checkpoint.pt (atomically replaced, read again by the next run),
/// loss.csv (one line a checkpoint) and weights.safetensors. The loss of each iteration is the corner error plus its logarithm (so that small errors go on falling) and a
/// Laplace likelihood of the cells' displacements, which gives every cell a teacher. Errors: kIo, kUnsupported (device not there), kCancelled (a checkpoint is left).
[[nodiscard]] Result<TrainStatus> train(MotionNets& nets, std::span<const GrayPhoto> photos, std::span<const GrayPhoto> validation, const TrainOptions& options,
                                        const std::filesystem::path& folder, std::stop_token stop, const TrainStatusFn& report);

}  // namespace keel::learned
