// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/learned/torch_api.h"

namespace keel::learned {

/// Local correlation of two feature maps: out[n, (dy + R)(2R + 1) + dx + R, y, x] = sum over c of a[n,c,y,x] b[n,c,y+dy,x+dx], with zeros outside b.
/// a, b: [N,C,H,W], float or double; returns [N,(2R+1)^2,H,W]. Differentiable in both.
/// The plain form in tensor operations: the oracle of the fused ones. Cost: (2R+1)^2 passes over the maps.
[[nodiscard]] torch::Tensor local_correlation_reference(const torch::Tensor& a, const torch::Tensor& b, int radius);

/// The same by one fused operator with its own backward pass, vectorised on the CPU, a kernel of its own on CUDA devices where this build has one (nvcc and a LibTorch with
/// CUDA). Elsewhere, for other types and radii above 4, and where the self-check below failed, it is the reference.
[[nodiscard]] torch::Tensor local_correlation(const torch::Tensor& a, const torch::Tensor& b, int radius);

/// Compares the fused operator with the reference on `device`, values and gradients, on small random maps; run once per device and remembered.
/// Returns true where they agree to 1e-4 of the values' magnitude.
[[nodiscard]] bool fused_correlation_agrees(const torch::Device& device);

}  // namespace keel::learned
