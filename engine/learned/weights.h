// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "engine/base/result.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/safetensors.h"

namespace keel::learned {

/// All parameters by name, and the network's sizes as metadata.
[[nodiscard]] StoredTensors stored_weights(MotionNets& nets);
/// Builds the networks that a weights file describes and fills them. Errors: kCorrupt when a size, a tensor or a shape is missing, wrong or not finite.
[[nodiscard]] Result<MotionNets> nets_from(const StoredTensors& stored);

[[nodiscard]] Result<void> save_weights(MotionNets& nets, const std::filesystem::path& path);
/// Errors: kNotFound, kCorrupt (with the file's name).
[[nodiscard]] Result<MotionNets> load_weights(const std::filesystem::path& path);

}  // namespace keel::learned
