// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/motion/scene_cut.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace keel {
namespace {

double correlation_at(const GrayView& a, const GrayView& b, int dx, int dy) {
  const int x0 = std::max(0, -dx), x1 = std::min(a.width, b.width - dx), y0 = std::max(0, -dy), y1 = std::min(a.height, b.height - dy);
  if (x1 <= x0 || y1 <= y0 || 3 * (x1 - x0) * (y1 - y0) < a.width * a.height) return -1;
  std::int64_t sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (int y = y0; y < y1; ++y) {
    const std::uint8_t* p = a.data + static_cast<std::ptrdiff_t>(y) * a.stride;
    const std::uint8_t* q = b.data + static_cast<std::ptrdiff_t>(y + dy) * b.stride + dx;
    std::int32_t ra = 0, rb = 0, raa = 0, rbb = 0, rab = 0;
    for (int x = x0; x < x1; ++x) {
      const int u = p[x], v = q[x];
      ra += u;
      rb += v;
      raa += u * u;
      rbb += v * v;
      rab += u * v;
    }
    sa += ra, sb += rb, saa += raa, sbb += rbb, sab += rab;
  }
  const double n = static_cast<double>(x1 - x0) * (y1 - y0), ma = static_cast<double>(sa) / n, mb = static_cast<double>(sb) / n;
  const double va = static_cast<double>(saa) / n - ma * ma, vb = static_cast<double>(sbb) / n - mb * mb;
  // A tenth of a gray level of deviation is coding noise, not a picture.
  if (va < 0.01 || vb < 0.01) return 0;
  return (static_cast<double>(sab) / n - ma * mb) / std::sqrt(va * vb);
}

}  // namespace

CoarseMatch match_coarse(const GrayView& prev, const GrayView& cur, int reach) {
  CoarseMatch best{0, 0, correlation_at(prev, cur, 0, 0)};
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx) {
      const double c = correlation_at(prev, cur, dx, dy);
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

}  // namespace keel
