// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/sharpness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/metrics/block_math.h"
#include "engine/metrics/gray_image.h"
#include "engine/metrics/luma_small.h"

namespace keel::metrics {
namespace {

constexpr int kWindowWidth = 480, kWindowHeight = 360;
/// Variance of the Laplacian below which a picture holds no detail to lose, gray^2.
constexpr double kNoDetail = 0.5;

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

/// Fills the patch of a window; false where that leaves the source by less than `margin`.
bool cut_patch(const Frame& source, double margin, DrawWindow& window) {
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const double x : {0.0, window.size.width - 1.0})
    for (const double y : {0.0, window.size.height - 1.0}) {
      const Point q = apply(window.source_from_output, {window.x0 + x, window.y0 + y});
      left = std::min(left, q.x), right = std::max(right, q.x), top = std::min(top, q.y), bottom = std::max(bottom, q.y);
    }
  const LumaReader luma(source);
  if (!(left - margin >= 0 && top - margin >= 0 && right + margin <= luma.width() - 1 && bottom + margin <= luma.height() - 1)) return false;
  window.patch_x = static_cast<int>(left - margin), window.patch_y = static_cast<int>(top - margin);
  const int x1 = static_cast<int>(right + margin), y1 = static_cast<int>(bottom + margin);
  GrayImage& patch = window.patch;
  patch = {x1 - window.patch_x + 1, y1 - window.patch_y + 1, {}};
  patch.px.resize(static_cast<std::size_t>(patch.width) * static_cast<std::size_t>(patch.height));
  for (int y = 0; y < patch.height; ++y)
    for (int x = 0; x < patch.width; ++x) patch.row(y)[x] = luma.at(window.patch_x + x, window.patch_y + y);
  return true;
}

float resample(const DrawWindow& window, Point q, const float* table) {
  constexpr int kMostTaps = 32;
  std::array<float, kMostTaps> wx;
  const double widen = window.widen, reach = kLobes * widen, x = q.x - window.patch_x, y = q.y - window.patch_y;
  // Nothing is divided by 1, which is what a cropped picture has.
  const auto weight = [&](int tap, double at) { return lanczos(table, widen == 1 ? tap - at : (tap - at) / widen); };
  const int x0 = static_cast<int>(std::ceil(x - reach)), y0 = static_cast<int>(std::ceil(y - reach));
  const int nx = std::min(kMostTaps, static_cast<int>(std::floor(x + reach)) - x0 + 1), ny = static_cast<int>(std::floor(y + reach)) - y0 + 1;
  float wsum = 0, vsum = 0, total = 0;
  for (int i = 0; i < nx; ++i) {
    wx[static_cast<std::size_t>(i)] = weight(x0 + i, x);
    wsum += wx[static_cast<std::size_t>(i)];
  }
  for (int j = 0; j < ny; ++j) {
    const float wy = weight(y0 + j, y);
    const float* row = window.patch.row(y0 + j) + x0;
    float v = 0;
    for (int i = 0; i < nx; ++i) v += wx[static_cast<std::size_t>(i)] * row[i];
    vsum += wy * v;
    total += wy * wsum;
  }
  return vsum / total;
}

}  // namespace

std::span<const float> lanczos_table() {
  static const auto table = [] {
    std::array<float, kLanczosEntries> entries{};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const double x = std::numbers::pi * static_cast<double>(i) / kLanczosSteps;
      entries[i] = x == 0 ? 1.0F : x >= kLobes * std::numbers::pi ? 0.0F : static_cast<float>(kLobes * std::sin(x) * std::sin(x / kLobes) / (x * x));
    }
    return entries;
  }();
  return table;
}

GrayImage draw_sharp(const DrawWindow& window) {
  const float* table = lanczos_table().data();
  GrayImage drawn{window.size.width, window.size.height, {}};
  drawn.px.resize(static_cast<std::size_t>(window.size.width) * static_cast<std::size_t>(window.size.height));
  for (int y = 0; y < window.size.height; ++y)
    for (int x = 0; x < window.size.width; ++x) {
      const Point q = apply(window.source_from_output, {static_cast<double>(window.x0 + x), static_cast<double>(window.y0 + y)});
      drawn.row(y)[x] = resample(window, q, table);
    }
  return drawn;
}

std::optional<double> sharpness_ratio(const Frame& source, const Frame& output, const Mat3& map, const Pixels& pixels) {
  const LumaReader luma(output);
  const Size size{std::min(kWindowWidth, luma.width() * 3 / 4), std::min(kWindowHeight, luma.height() * 3 / 4)};
  if (size.width < 16 || size.height < 16) return std::nullopt;
  const double scale = std::sqrt(std::abs(map(0, 0) * map(1, 1) - map(0, 1) * map(1, 0)));
  DrawWindow window{{}, 0, 0, map, (luma.width() - size.width) / 2, (luma.height() - size.height) / 2, size, std::clamp(scale, 1.0, 5.0)};
  if (!cut_patch(source, kLobes * window.widen + 1, window)) return std::nullopt;
  GrayImage seen{size.width, size.height, {}};
  seen.px.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) seen.row(y)[x] = luma.at(window.x0 + x, window.y0 + y);
  const double detail = laplacian_variance(pixels.draw_window(window));
  if (detail < kNoDetail) return std::nullopt;
  return laplacian_variance(seen) / detail;
}

}  // namespace keel::metrics
