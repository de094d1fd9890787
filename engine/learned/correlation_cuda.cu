// SPDX-License-Identifier: GPL-3.0-or-later
// The local correlation on the device. No LibTorch in here: compiled wherever nvcc is, used where LibTorch has CUDA too.
#include <type_traits>

#include "engine/backend/launch.cuh"
#include "engine/learned/correlation_bodies.h"
#include "engine/learned/correlation_cuda.h"

namespace keel::learned {
namespace {

const char* text_of(cudaError_t error) { return error == cudaSuccess ? nullptr : cudaGetErrorString(error); }

template <class T, int kRadius>
const char* forward(const CorrelationShape& s, int images, const T* a, const T* b, T* out, cudaStream_t stream) {
  const CorrelateBody<T, kRadius> body{static_cast<int>(s.channels), static_cast<int>(s.height), static_cast<int>(s.width), a, b, out};
  return text_of(launch_cuda(body.extent(images), body, stream));
}

template <class T, int kRadius>
const char* backward(const CorrelationShape& s, int images, const T* grad_out, const T* a, const T* b, T* grad_a, T* grad_b, cudaStream_t stream) {
  const int channels = static_cast<int>(s.channels), height = static_cast<int>(s.height), width = static_cast<int>(s.width);
  const CorrelateGradientBody<T, kRadius, true> of_a{channels, height, width, grad_out, b, grad_a};
  const CorrelateGradientBody<T, kRadius, false> of_b{channels, height, width, grad_out, a, grad_b};
  if (const char* failure = text_of(launch_cuda(of_a.extent(images), of_a, stream))) return failure;
  return text_of(launch_cuda(of_b.extent(images), of_b, stream));
}

/// Calls `run` with the radius as a constant.
template <class Run>
const char* with_radius(int radius, const Run& run) {
  switch (radius) {
    case 1: return run(std::integral_constant<int, 1>());
    case 2: return run(std::integral_constant<int, 2>());
    case 3: return run(std::integral_constant<int, 3>());
    case 4: return run(std::integral_constant<int, 4>());
    default: return "the radius is not 1 to 4";
  }
}

}  // namespace

template <class T>
const char* correlate_on_device(const CorrelationShape& shape, int images, const T* a, const T* b, T* out, void* stream) {
  return with_radius(shape.radius, [&](auto radius) { return forward<T, decltype(radius)::value>(shape, images, a, b, out, static_cast<cudaStream_t>(stream)); });
}

template <class T>
const char* correlate_backward_on_device(const CorrelationShape& shape, int images, const T* grad_out, const T* a, const T* b, T* grad_a, T* grad_b, void* stream) {
  return with_radius(shape.radius, [&](auto radius) {
    return backward<T, decltype(radius)::value>(shape, images, grad_out, a, b, grad_a, grad_b, static_cast<cudaStream_t>(stream));
  });
}

template const char* correlate_on_device(const CorrelationShape&, int, const float*, const float*, float*, void*);
template const char* correlate_on_device(const CorrelationShape&, int, const double*, const double*, double*, void*);
template const char* correlate_backward_on_device(const CorrelationShape&, int, const float*, const float*, const float*, float*, float*, void*);
template const char* correlate_backward_on_device(const CorrelationShape&, int, const double*, const double*, const double*, double*, double*, void*);

}  // namespace keel::learned
