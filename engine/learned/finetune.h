// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <span>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/training_api.h"

namespace keel::learned {

/// Trains the refinement heads on real pairs without any ground truth: what counts is how alike the previous view's features and those that the estimated motion finds in the current view
/// are, over the cells that agree with it (masked feature loss). The features are those of the encoder as it was and do not change, so that alikeness cannot be bought by making them
/// all the same; the one-shot control, which reads them too, stays as good as it was. `nets` is changed whatever comes of it: whether it is any better is not this function's business (see
/// engine/compare/adoption.h). Returns the mean loss of the first and of the last tenth of the steps. Errors: kInvalidArgument (no pair), kCancelled, kInternal (LibTorch).
[[nodiscard]] Result<FinetuneStatus> finetune(MotionNets& nets, std::span<const ViewPair> pairs, const FinetuneOptions& options, std::stop_token stop);

/// The loss of one step's motion: 1 - cosine between features of the previous view and those of the current one where the motion puts them, mean over the two finer levels' cells,
/// each cell counted by `weight` of the step (held fixed) and only where its match lies inside. Zero for equal views that do not move. Differentiable in the step's corners.
[[nodiscard]] torch::Tensor feature_loss(const Step& step, const Features& prev, const Features& cur, const ViewGeometry& geometry);

}  // namespace keel::learned
