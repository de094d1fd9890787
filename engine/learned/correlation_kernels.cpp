// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/correlation_kernels.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/learned/vector_lanes.h"

namespace keel::learned {
namespace {

/// Channels that share one load of the gradient.
constexpr std::int64_t kChannels = 4;

/// A copy of `channels` maps with a border of zeros of `radius`, rows rounded up so that whole blocks may be read.
template <class T>
struct Padded {
  std::int64_t stride = 0, plane = 0;
  int radius = 0;
  std::vector<T> values;

  Padded(const T* maps, std::int64_t channels, std::int64_t height, std::int64_t width, int radius_px) : radius(radius_px) {
    stride = (width + kLanes - 1) / kLanes * kLanes + 2 * radius;
    plane = stride * (height + 2 * radius);
    values.assign(static_cast<std::size_t>(plane * channels), T(0));
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t y = 0; y < height; ++y)
        std::copy_n(maps + (c * height + y) * width, width, values.begin() + c * plane + (y + radius) * stride + radius);
  }
  /// Row `y` (may be outside by the radius), from column -radius on.
  [[nodiscard]] const T* row(std::int64_t c, std::int64_t y) const { return values.data() + c * plane + (y + radius) * stride; }
};

template <class T, int kSpan>
[[gnu::always_inline]] inline void correlate_rows(const CorrelationShape& s, const Padded<T>& a, const Padded<T>& b, T* out) {
  using Vector = typename Eight<T>::Vector;
  for (std::int64_t y = 0; y < s.height; ++y)
    for (std::int64_t x = 0; x < s.width; x += kLanes)
      for (int dy = 0; dy < kSpan; ++dy) {
        Vector sums[kSpan] = {};
        const T* left = a.row(0, y) + x;
        const T* right = b.row(0, y + dy - b.radius) + x;
        for (std::int64_t c = 0; c < s.channels; ++c, left += a.plane, right += b.plane) {
          Vector l, r;
          load<T>(l, left);
#pragma GCC unroll 9
          for (int dx = 0; dx < kSpan; ++dx) {
            load<T>(r, right + dx);
            sums[dx] += l * r;
          }
        }
#pragma GCC unroll 9
        for (int dx = 0; dx < kSpan; ++dx) store<T>(sums[dx], out + ((dy * kSpan + dx) * s.height + y) * s.width + x, s.width - x);
      }
}

template <class T>
[[gnu::always_inline]] inline void correlate_body(const CorrelationShape& s, const T* a_maps, const T* b_maps, T* out) {
  const Padded<T> a(a_maps, s.channels, s.height, s.width, 0), b(b_maps, s.channels, s.height, s.width, s.radius);
  switch (s.radius) {
    case 1: correlate_rows<T, 3>(s, a, b, out); break;
    case 2: correlate_rows<T, 5>(s, a, b, out); break;
    case 3: correlate_rows<T, 7>(s, a, b, out); break;
    case 4: correlate_rows<T, 9>(s, a, b, out); break;
    default: break;  // local_correlation() takes the reference for other radii
  }
}

/// grad[c,y,x] = sum over taps of g[tap, y + sign_y, x + sign_x] other[c, y + d, x + d]: for `a` the gradient is read in place and b displaced, for `b`
/// both are displaced the other way.
template <class T, bool kOfA>
[[gnu::always_inline]] inline void gather_gradient(const CorrelationShape& s, const Padded<T>& grad, const Padded<T>& other, T* out) {
  using Vector = typename Eight<T>::Vector;
  const int span = 2 * s.radius + 1;
  for (std::int64_t c0 = 0; c0 < s.channels; c0 += kChannels) {
    const std::int64_t channels = std::min(kChannels, s.channels - c0);
    for (std::int64_t y = 0; y < s.height; ++y)
      for (std::int64_t x = 0; x < s.width; x += kLanes) {
        Vector sums[kChannels] = {};
        for (int tap = 0; tap < span * span; ++tap) {
          const int dy = kOfA ? tap / span - s.radius : s.radius - tap / span, dx = kOfA ? tap % span - s.radius : s.radius - tap % span;
          Vector g, m;
          load<T>(g, grad.row(tap, kOfA ? y : y + dy) + grad.radius + x + (kOfA ? 0 : dx));
          const T* maps = other.row(c0, y + dy) + other.radius + x + dx;
          if (channels == kChannels) {
#pragma GCC unroll 4
            for (std::int64_t k = 0; k < kChannels; ++k) {
              load<T>(m, maps + k * other.plane);
              sums[k] += g * m;
            }
          } else {
            for (std::int64_t k = 0; k < channels; ++k) {
              load<T>(m, maps + k * other.plane);
              sums[k] += g * m;
            }
          }
        }
        for (std::int64_t k = 0; k < channels; ++k) store<T>(sums[k], out + ((c0 + k) * s.height + y) * s.width + x, s.width - x);
      }
  }
}

template <class T>
[[gnu::always_inline]] inline void backward_body(const CorrelationShape& s, const T* grad_out, const T* a_maps, const T* b_maps, T* grad_a, T* grad_b) {
  {
    const Padded<T> grad(grad_out, s.taps(), s.height, s.width, 0), b(b_maps, s.channels, s.height, s.width, s.radius);
    gather_gradient<T, true>(s, grad, b, grad_a);
  }
  const Padded<T> grad(grad_out, s.taps(), s.height, s.width, s.radius), a(a_maps, s.channels, s.height, s.width, s.radius);
  gather_gradient<T, false>(s, grad, a, grad_b);
}

}  // namespace

KEEL_VECTOR_CLONES void correlate(const CorrelationShape& shape, const float* a, const float* b, float* out) { correlate_body(shape, a, b, out); }
KEEL_VECTOR_CLONES void correlate(const CorrelationShape& shape, const double* a, const double* b, double* out) { correlate_body(shape, a, b, out); }
KEEL_VECTOR_CLONES void correlate_backward(const CorrelationShape& shape, const float* grad_out, const float* a, const float* b, float* grad_a, float* grad_b) {
  backward_body(shape, grad_out, a, b, grad_a, grad_b);
}
KEEL_VECTOR_CLONES void correlate_backward(const CorrelationShape& shape, const double* grad_out, const double* a, const double* b, double* grad_a,
                                           double* grad_b) {
  backward_body(shape, grad_out, a, b, grad_a, grad_b);
}

}  // namespace keel::learned
