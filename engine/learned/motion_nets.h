// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "engine/learned/ihn.h"
#include "engine/learned/training_api.h"
#include "engine/photos/pair_synthesis.h"

namespace keel::learned {

/// Both estimators' networks. They share the encoder: `regression` has a head only and reads what `ihn` encoded.
struct MotionNetsImpl : torch::nn::Module {
  explicit MotionNetsImpl(const IhnOptions& options = {}) {
    ihn = register_module("ihn", Ihn(options));
    regression = register_module("regression", Regression(options));
  }
  /// Has all convolutions computed in another type, in inference; see IhnImpl::compute_in.
  void compute_in(torch::ScalarType type) {
    ihn->compute_in(type);
    regression->compute_in(type);
  }
  Ihn ihn{nullptr};
  Regression regression{nullptr};
};
TORCH_MODULE(MotionNets);

/// Pairs as tensors: views [N,1,H,W] in 0..1, and where the previous view's corners lie in the current one, [N,4,2] in pixels.
struct PairBatch {
  torch::Tensor prev, cur, cur_corners;
};
[[nodiscard]] PairBatch to_batch(std::span<const SynthesizedPair> pairs);

/// Mean distance in px over the four corners, one per pair: [N]. `corners`: [N,4,2] in normalised coordinates of the geometry.
[[nodiscard]] torch::Tensor corner_error_px(const torch::Tensor& corners, const torch::Tensor& cur_corners_px, const ViewGeometry& geometry);
[[nodiscard]] torch::Tensor normalized_corners(const torch::Tensor& corners_px, const ViewGeometry& geometry);

/// Evaluates on `pairs` pairs: pair i is made from photograph i mod their number with a generator of its own seed, so that the set depends on nothing else.
[[nodiscard]] CornerErrors evaluate(MotionNets& nets, std::span<const GrayPhoto> photos, PairProtocol protocol, int pairs, std::uint64_t seed,
                                    const torch::Device& device);

}  // namespace keel::learned
