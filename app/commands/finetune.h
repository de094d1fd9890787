// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "engine/learned/training_api.h"

namespace keel::cli {

struct FinetuneArguments {
  std::vector<std::filesystem::path> clips, held_out;
  std::filesystem::path out;        ///< folder for ihn.safetensors (the weights in force) and adoption.json
  std::filesystem::path start;      ///< weights in force where `out` has none; empty: the installed ones
  std::filesystem::path candidate;  ///< judge these weights in place of training any
  learned::FinetuneOptions options;
};

/// `keel train --finetune` and `--candidate`: new weights, from real pairs of `clips` or from a file, take the place of those in `out` only where pictures of the held-out clips say that they
/// are better (engine/compare/adoption.h); else the old ones stay, to the bit. adoption.json tells what was measured and decided. Returns an exit code: 0 for either decision.
int run_finetune(const FinetuneArguments& arguments, std::stop_token stop);

}  // namespace keel::cli
