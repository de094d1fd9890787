// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/scene_cut.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace keel {
namespace {

/// Picture minus its local mean: big soft areas of light and dark resemble each other in any two scenes.
struct Detail {
  int width, height;
  std::vector<std::int16_t> values;

  explicit Detail(const GrayView& image) : width(image.width), height(image.height), values(static_cast<std::size_t>(image.width) * image.height) {
    constexpr int kRadius = 3, kCount = (2 * kRadius + 1) * (2 * kRadius + 1);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        int sum = 0;
        for (int j = -kRadius; j <= kRadius; ++j) {
          const std::uint8_t* line = image.data + static_cast<std::ptrdiff_t>(y + j) * image.stride + x;
          for (int i = -kRadius; i <= kRadius; ++i) sum += line[i];
        }
        const int here = image.data[static_cast<std::ptrdiff_t>(y) * image.stride + x];
        values[static_cast<std::size_t>(y) * width + x] = static_cast<std::int16_t>(4 * here - 4 * sum / kCount);
      }
  }
};

double correlation_at(const Detail& a, const Detail& b, int dx, int dy) {
  const int x0 = std::max(0, -dx), x1 = std::min(a.width, b.width - dx), y0 = std::max(0, -dy), y1 = std::min(a.height, b.height - dy);
  if (x1 <= x0 || y1 <= y0 || 3 * (x1 - x0) * (y1 - y0) < a.width * a.height) return -1;
  std::int64_t aa = 0, bb = 0, ab = 0;
  for (int y = y0; y < y1; ++y) {
    const std::int16_t* p = a.values.data() + static_cast<std::ptrdiff_t>(y) * a.width;
    const std::int16_t* q = b.values.data() + static_cast<std::ptrdiff_t>(y + dy) * b.width + dx;
    std::int64_t raa = 0, rbb = 0, rab = 0;
    for (int x = x0; x < x1; ++x) {
      const std::int32_t u = p[x], v = q[x];
      raa += u * u;
      rbb += v * v;
      rab += u * v;
    }
    aa += raa, bb += rbb, ab += rab;
  }
  // A quarter of a gray level of detail is coding noise, not a picture.
  const auto floor = static_cast<std::int64_t>(x1 - x0) * (y1 - y0);
  if (aa < floor || bb < floor) return 0;
  return static_cast<double>(ab) / std::sqrt(static_cast<double>(aa) * static_cast<double>(bb));
}

}  // namespace

CoarseMatch match_coarse(const GrayView& prev, const GrayView& cur, int reach) {
  const Detail a(prev), b(cur);
  CoarseMatch best{0, 0, correlation_at(a, b, 0, 0)};
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx) {
      const double c = correlation_at(a, b, dx, dy);
      if (c > best.correlation) best = {dx, dy, c};
    }
  return best;
}

double gray_deviation(const GrayView& image) {
  double sum = 0, squares = 0;
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* line = image.data + static_cast<std::ptrdiff_t>(y) * image.stride;
    for (int x = 0; x < image.width; ++x) {
      sum += line[x];
      squares += static_cast<double>(line[x]) * line[x];
    }
  }
  const double n = static_cast<double>(image.width) * image.height, mean = sum / n;
  return std::sqrt(std::max(0.0, squares / n - mean * mean));
}

MotionStatus why_no_motion(const GrayView& prev, const GrayView& cur, double correlation, bool has_features) {
  /// Gray deviation under which a picture shows nothing.
  constexpr double kFlatDeviation = 2.0;
  const bool flat_prev = gray_deviation(prev) < kFlatDeviation, flat_cur = gray_deviation(cur) < kFlatDeviation;
  if (flat_prev != flat_cur) return MotionStatus::kSceneCut;
  if (flat_prev || !has_features) return MotionStatus::kLowTexture;
  return correlation < kSameScene ? MotionStatus::kSceneCut : MotionStatus::kDiverged;
}

void confirm_scene_cuts(std::vector<PairMotion>& pairs) {
  constexpr int kNear = 3;
  const int count = static_cast<int>(pairs.size());
  std::vector<int> unconfirmed;
  for (int i = 0; i < count; ++i) {
    if (pairs[static_cast<std::size_t>(i)].status != MotionStatus::kSceneCut) continue;
    for (int k = std::max(0, i - kNear); k <= std::min(count - 1, i + kNear); ++k) {
      const MotionStatus other = pairs[static_cast<std::size_t>(k)].status;
      if (k == i || (other != MotionStatus::kSceneCut && other != MotionStatus::kDiverged)) continue;
      unconfirmed.push_back(i);
      break;
    }
  }
  for (const int i : unconfirmed) pairs[static_cast<std::size_t>(i)].status = MotionStatus::kDiverged;
}

}  // namespace keel
