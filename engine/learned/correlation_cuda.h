// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/learned/correlation_kernels.h"

namespace keel::learned {

/// The bodies of correlation_bodies.h queued on a stream (a cudaStream_t) for `images` images, contiguous device memory, radius 1 to 4; float and double.
/// Returns nothing, or the runtime's words for what failed.
template <class T>
[[nodiscard]] const char* correlate_on_device(const CorrelationShape& shape, int images, const T* a, const T* b, T* out, void* stream);
template <class T>
[[nodiscard]] const char* correlate_backward_on_device(const CorrelationShape& shape, int images, const T* grad_out, const T* a, const T* b, T* grad_a, T* grad_b, void* stream);

}  // namespace keel::learned
