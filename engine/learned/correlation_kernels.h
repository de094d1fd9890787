// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace keel::learned {

/// Shape of one local correlation; all maps are contiguous [channels, height, width].
struct CorrelationShape {
  std::int64_t channels = 0, height = 0, width = 0;
  int radius = 0;
  [[nodiscard]] int taps() const { return (2 * radius + 1) * (2 * radius + 1); }
};

/// Bodies for one image of a batch, float and double; see local_correlation.h for the meaning. `out`: [taps,H,W].
void correlate(const CorrelationShape& shape, const float* a, const float* b, float* out);
void correlate(const CorrelationShape& shape, const double* a, const double* b, double* out);
/// Given the gradient of `out`, writes the gradients of a and b, each [C,H,W].
void correlate_backward(const CorrelationShape& shape, const float* grad_out, const float* a, const float* b, float* grad_a, float* grad_b);
void correlate_backward(const CorrelationShape& shape, const double* grad_out, const double* a, const double* b, double* grad_a, double* grad_b);

}  // namespace keel::learned
