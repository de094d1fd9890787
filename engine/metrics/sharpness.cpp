// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/sharpness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/metrics/gray_image.h"
#include "engine/metrics/luma_small.h"

namespace keel::metrics {
namespace {

constexpr int kWindowWidth = 480, kWindowHeight = 360;
constexpr int kLobes = 3;
constexpr int kSteps = 256;  // entries of the kernel table per px
/// Variance of the Laplacian below which a picture holds no detail to lose, gray^2.
constexpr double kNoDetail = 0.5;

/// Lanczos-3 by distance in px, from a table.
class Lanczos {
 public:
  Lanczos() {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const double x = std::numbers::pi * static_cast<double>(i) / kSteps;
      table_[i] = x == 0 ? 1.0F : x >= kLobes * std::numbers::pi ? 0.0F : static_cast<float>(kLobes * std::sin(x) * std::sin(x / kLobes) / (x * x));
    }
  }
  [[nodiscard]] float operator()(double distance) const {
    const auto i = static_cast<std::size_t>(std::abs(distance) * kSteps + 0.5);
    return i < table_.size() ? table_[i] : 0.0F;
  }

 private:
  std::array<float, kLobes * kSteps + 1> table_{};
};

double laplacian_variance(const GrayImage& a) {
  double sum = 0, squares = 0;
  for (int y = 1; y + 1 < a.height; ++y) {
    const float *up = a.row(y - 1), *mid = a.row(y), *down = a.row(y + 1);
    for (int x = 1; x + 1 < a.width; ++x) {
      const double v = up[x] + down[x] + mid[x - 1] + mid[x + 1] - 4 * mid[x];
      sum += v;
      squares += v * v;
    }
  }
  const double n = static_cast<double>(a.width - 2) * (a.height - 2);
  return squares / n - (sum / n) * (sum / n);
}

/// A rectangle of the source as floats, so that the taps below run over contiguous memory.
struct Patch {
  int x0, y0;
  GrayImage px;
};

bool cut_patch(const Frame& source, const Mat3& map, Point first, Size window, double margin, Patch& patch) {
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const double x : {0.0, window.width - 1.0})
    for (const double y : {0.0, window.height - 1.0}) {
      const Point q = apply(map, {first.x + x, first.y + y});
      left = std::min(left, q.x), right = std::max(right, q.x), top = std::min(top, q.y), bottom = std::max(bottom, q.y);
    }
  const LumaReader luma(source);
  if (!(left - margin >= 0 && top - margin >= 0 && right + margin <= luma.width() - 1 && bottom + margin <= luma.height() - 1)) return false;
  patch.x0 = static_cast<int>(left - margin), patch.y0 = static_cast<int>(top - margin);
  const int x1 = static_cast<int>(right + margin), y1 = static_cast<int>(bottom + margin);
  patch.px = {x1 - patch.x0 + 1, y1 - patch.y0 + 1, {}};
  patch.px.px.resize(static_cast<std::size_t>(patch.px.width) * static_cast<std::size_t>(patch.px.height));
  for (int y = 0; y < patch.px.height; ++y)
    for (int x = 0; x < patch.px.width; ++x) patch.px.row(y)[x] = luma.at(patch.x0 + x, patch.y0 + y);
  return true;
}

float resample(const Patch& patch, Point q, double widen, const Lanczos& kernel) {
  constexpr int kMostTaps = 32;
  std::array<float, kMostTaps> wx;
  const double reach = kLobes * widen, x = q.x - patch.x0, y = q.y - patch.y0;
  const int x0 = static_cast<int>(std::ceil(x - reach)), y0 = static_cast<int>(std::ceil(y - reach));
  const int nx = std::min(kMostTaps, static_cast<int>(std::floor(x + reach)) - x0 + 1), ny = static_cast<int>(std::floor(y + reach)) - y0 + 1;
  float wsum = 0, vsum = 0, total = 0;
  for (int i = 0; i < nx; ++i) {
    wx[static_cast<std::size_t>(i)] = kernel((x0 + i - x) / widen);
    wsum += wx[static_cast<std::size_t>(i)];
  }
  for (int j = 0; j < ny; ++j) {
    const float wy = kernel((y0 + j - y) / widen);
    const float* row = patch.px.row(y0 + j) + x0;
    float v = 0;
    for (int i = 0; i < nx; ++i) v += wx[static_cast<std::size_t>(i)] * row[i];
    vsum += wy * v;
    total += wy * wsum;
  }
  return vsum / total;
}

}  // namespace

std::optional<double> sharpness_ratio(const Frame& source, const Frame& output, const Mat3& map) {
  static const Lanczos kernel;
  const LumaReader luma(output);
  const Size window{std::min(kWindowWidth, luma.width() * 3 / 4), std::min(kWindowHeight, luma.height() * 3 / 4)};
  if (window.width < 16 || window.height < 16) return std::nullopt;
  const int x0 = (luma.width() - window.width) / 2, y0 = (luma.height() - window.height) / 2;
  const double scale = std::sqrt(std::abs(map(0, 0) * map(1, 1) - map(0, 1) * map(1, 0)));
  const double widen = std::clamp(scale, 1.0, 5.0);
  Patch patch;
  if (!cut_patch(source, map, {static_cast<double>(x0), static_cast<double>(y0)}, window, kLobes * widen + 1, patch)) return std::nullopt;
  GrayImage seen{window.width, window.height, {}};
  seen.px.resize(static_cast<std::size_t>(window.width) * static_cast<std::size_t>(window.height));
  GrayImage ideal = seen;
  for (int y = 0; y < window.height; ++y)
    for (int x = 0; x < window.width; ++x) {
      seen.row(y)[x] = luma.at(x0 + x, y0 + y);
      const Point q = apply(map, {static_cast<double>(x0 + x), static_cast<double>(y0 + y)});
      ideal.row(y)[x] = resample(patch, q, widen, kernel);
    }
  const double detail = laplacian_variance(ideal);
  if (detail < kNoDetail) return std::nullopt;
  return laplacian_variance(seen) / detail;
}

}  // namespace keel::metrics
