// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/kernels/kernels_cpu.h"

#include <cstring>

#include "engine/backend/device.h"
#include "engine/base/result.h"
#include "engine/kernels/area_luma.h"
#include "engine/kernels/fast_variants.h"
#include "engine/kernels/pyramid.h"
#include "engine/kernels/row_filters.h"

namespace keel {
namespace {

/// Exact floor(n / d) for n < 2^52: the double quotient is off by one at most.
std::uint64_t divide_exact(std::uint64_t n, std::uint64_t d, double inverse) {
  auto q = static_cast<std::uint64_t>(static_cast<double>(n) * inverse);
  if (q * d > n) --q;
  else if ((q + 1) * d <= n) ++q;
  return q;
}

/// The body's sums are separable and exact in integers: rows first, then spans of columns.
template <class Sample>
void area_luma_separable(const AreaLumaBody<Sample>& b) {
  std::vector<AreaSpan> spans(static_cast<std::size_t>(b.dst_width));
  for (int x = 0; x < b.dst_width; ++x) spans[static_cast<std::size_t>(x)] = area_span(x, b.src_width, b.dst_width);
  std::vector<std::uint32_t> columns(static_cast<std::size_t>(b.src_width));
  for (int y = 0; y < b.dst_height; ++y) {
    const AreaSpan sy = area_span(y, b.src_height, b.dst_height);
    std::fill(columns.begin(), columns.end(), 0u);
    for (int j = 0; j < sy.count; ++j)
      add_weighted_row(columns.data(), b.src + (sy.first + j) * b.src_stride, static_cast<std::uint32_t>(sy.weight(j)), b.src_width);
    std::uint8_t* out = b.dst + static_cast<std::ptrdiff_t>(y) * b.dst_stride;
    std::uint64_t norm = 0;
    double inverse = 0;
    for (int x = 0; x < b.dst_width; ++x) {
      const AreaSpan& sx = spans[static_cast<std::size_t>(x)];
      const std::uint32_t* c = columns.data() + sx.first;
      std::uint64_t sum = static_cast<std::uint64_t>(sx.first_weight) * c[0];
      if (sx.count > 1) {
        std::uint64_t inner = 0;
        for (int i = 1; i < sx.count - 1; ++i) inner += c[i];
        sum += 256 * inner + static_cast<std::uint64_t>(sx.last_weight) * c[sx.count - 1];
      }
      const std::uint64_t n = (static_cast<std::uint64_t>(sx.total()) * static_cast<std::uint64_t>(sy.total())) << b.depth_shift;
      if (n != norm) {
        norm = n;
        inverse = 1.0 / static_cast<double>(n);
      }
      const std::uint64_t value = divide_exact(sum + norm / 2, norm, inverse);
      out[x] = static_cast<std::uint8_t>(value > 255 ? 255 : value);
    }
  }
}

template <class Sample>
void fill_luma(const Frame& frame, GrayImage& out) {
  const PlaneView& plane = frame.plane(0);
  AreaLumaBody<Sample> body;
  body.src = plane.row<Sample>(0);
  body.src_stride = plane.stride_bytes / static_cast<std::ptrdiff_t>(sizeof(Sample));
  body.src_width = plane.width;
  body.src_height = plane.height;
  body.depth_shift = frame.format().bit_depth - 8;
  body.dst = out.row(0);
  body.dst_stride = out.stride();
  body.dst_width = out.size().width;
  body.dst_height = out.size().height;
  if constexpr (sizeof(Sample) == 1) {
    if (plane.width == body.dst_width && plane.height == body.dst_height) {
      for (int y = 0; y < body.dst_height; ++y) std::memcpy(out.row(y), plane.row<Sample>(y), static_cast<std::size_t>(plane.width));
      return;
    }
  }
  area_luma_separable(body);
}

template <class Sample>
void warp_rows_any(const WarpPlane<Sample>& plane, int taps, int begin, int end) {
  const bool fast = simd_avx2_enabled();
  for (int y = begin; y < end; ++y) {
    if (fast) {
      if (taps == 4) warp_row_bicubic_avx2(plane, y);
      else warp_row_bilinear_avx2(plane, y);
      continue;
    }
    if (taps == 4) {
      const WarpBody<Sample, 4> body{plane};
      for (int x = 0; x < plane.dst_width; ++x) body(x, y);
    } else {
      const WarpBody<Sample, 2> body{plane};
      for (int x = 0; x < plane.dst_width; ++x) body(x, y);
    }
  }
}

}  // namespace

GrayImage area_luma(const Frame& frame, Size size) {
  KEEL_CHECK(size.width <= frame.size().width && size.height <= frame.size().height);
  GrayImage out(size);
  if (frame.format().bytes_per_sample() == 1) fill_luma<std::uint8_t>(frame, out);
  else fill_luma<std::uint16_t>(frame, out);
  out.replicate_border();
  return out;
}

GrayImage pyramid_down(const GrayImage& src) {
  const Size size{(src.size().width + 1) / 2, (src.size().height + 1) / 2};
  GrayImage out(size);
  const int wide = 2 * size.width + 4;
  std::vector<std::uint16_t> columns(static_cast<std::size_t>(wide) + 16);
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* rows[5];
    for (int j = 0; j < 5; ++j) rows[j] = src.row(2 * y + j - 2) - 2;
    binomial_column(columns.data(), rows, wide);
    binomial_row_half(out.row(y), columns.data() + 2, size.width);
  }
  out.replicate_border();
  return out;
}

std::vector<float> corner_response(const GrayView& src) {
  const int wide = src.width + 2 * kCornerRadius;
  std::vector<float> out(static_cast<std::size_t>(src.width) * src.height);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(3 * wide), 0);
  std::int32_t *gxx = sums.data(), *gxy = gxx + wide, *gyy = gxy + wide;
  const auto add = [&](int y, int sign) {
    accumulate_gradient_products(gxx, gxy, gyy, src.data + static_cast<std::ptrdiff_t>(y) * src.stride - kCornerRadius, src.stride, sign, wide);
  };
  for (int y = -kCornerRadius; y < kCornerRadius; ++y) add(y, 1);
  for (int y = 0; y < src.height; ++y) {
    add(y + kCornerRadius, 1);
    box_min_eigenvalue(out.data() + static_cast<std::size_t>(y) * src.width, gxx, gxy, gyy, src.width);
    add(y - kCornerRadius, -1);
  }
  return out;
}

void track_points(const PyramidView& prev, const PyramidView& cur, bool round_trip, const LkParams& params, std::span<LkMatch> matches) {
  const LkBody<LkScalarOps> body{prev, cur, matches.data(), round_trip, params};
  if (simd_avx2_enabled()) {
    track_points_avx2(body, matches);
    return;
  }
  for (int i = 0; i < static_cast<int>(matches.size()); ++i) body(i, 0);
}

void warp_rows(const WarpPlane<std::uint8_t>& plane, int taps, int begin, int end) { warp_rows_any(plane, taps, begin, end); }
void warp_rows(const WarpPlane<std::uint16_t>& plane, int taps, int begin, int end) { warp_rows_any(plane, taps, begin, end); }

}  // namespace keel
