// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/luma_small.h"

#include <algorithm>
#include <cmath>

#include "engine/metrics/block_math.h"

namespace keel::metrics {
namespace {

constexpr int kTopSide = 100;

template <class Sample>
void read_row(const PlaneView& plane, int y, float scale, std::vector<float>& line) {
  const Sample* row = plane.row<Sample>(y);
  for (int x = 0; x < plane.width; ++x) line[static_cast<std::size_t>(x)] = scale * static_cast<float>(row[x]);
}

void shrink_row(const std::vector<float>& line, const std::vector<BoxTap>& taps, std::vector<float>& out) {
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const float* from = line.data() + taps[i].first;
    float sum = 0;
    for (std::size_t k = 0; k < taps[i].share.size(); ++k) sum += taps[i].share[k] * from[k];
    out[i] = sum;
  }
}

GrayImage halve(const GrayImage& a) {
  GrayImage h{a.width / 2, a.height / 2, {}};
  h.px.resize(static_cast<std::size_t>(h.width) * static_cast<std::size_t>(h.height));
  for (int y = 0; y < h.height; ++y) {
    const float *r0 = a.row(2 * y), *r1 = a.row(2 * y + 1);
    float* out = h.row(y);
    for (int x = 0; x < h.width; ++x) out[x] = 0.25F * (r0[2 * x] + r0[2 * x + 1] + r1[2 * x] + r1[2 * x + 1]);
  }
  return h;
}

IntImage quantized(const GrayImage& a) {
  IntImage q{a.width, a.height, std::vector<std::int16_t>(a.px.size())};
  for (std::size_t i = 0; i < a.px.size(); ++i) q.px[i] = quarter_steps(a.px[i]);
  return q;
}

}  // namespace

std::vector<BoxTap> box_taps(int from, int to) {
  std::vector<BoxTap> taps(static_cast<std::size_t>(to));
  const double ratio = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * ratio, end = (i + 1) * ratio;
    BoxTap& tap = taps[static_cast<std::size_t>(i)];
    tap.first = static_cast<int>(begin);
    for (int k = tap.first; k < from && k < end - 1e-9; ++k)
      tap.share.push_back(static_cast<float>((std::min<double>(k + 1, end) - std::max<double>(k, begin)) / ratio));
  }
  return taps;
}

LumaReader::LumaReader(const Frame& frame) : plane_(frame.plane(0)), wide_(frame.format().bytes_per_sample() == 2) {
  scale_ = 1.0F / static_cast<float>(1 << (frame.format().bit_depth - 8));
  if (is_full_range(frame.format(), frame.color())) black_ = 0;
}

Size work_size(Size full) {
  const int longer = std::max(full.width, full.height);
  if (longer <= kWorkSide) return full;
  const double k = static_cast<double>(kWorkSide) / longer;
  return {std::max(1, static_cast<int>(std::lround(full.width * k))), std::max(1, static_cast<int>(std::lround(full.height * k)))};
}

GrayImage luma_small(const Frame& frame) {
  const PlaneView& plane = frame.plane(0);
  const Size size = work_size({plane.width, plane.height});
  GrayImage out{size.width, size.height, {}};
  out.px.assign(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), 0.0F);
  const auto across = box_taps(plane.width, size.width), down = box_taps(plane.height, size.height);
  const float scale = 1.0F / static_cast<float>(1 << (frame.format().bit_depth - 8));
  const bool wide = frame.format().bytes_per_sample() == 2, copy = size.width == plane.width;
  std::vector<float> line(static_cast<std::size_t>(plane.width)), narrow(static_cast<std::size_t>(size.width));
  for (int y = 0; y < size.height; ++y) {
    const BoxTap& tap = down[static_cast<std::size_t>(y)];
    for (std::size_t k = 0; k < tap.share.size(); ++k) {
      const int from = tap.first + static_cast<int>(k);
      if (wide)
        read_row<std::uint16_t>(plane, from, scale, line);
      else
        read_row<std::uint8_t>(plane, from, scale, line);
      if (!copy) shrink_row(line, across, narrow);
      const std::vector<float>& row = copy ? line : narrow;
      float* to = out.row(y);
      for (int x = 0; x < size.width; ++x) to[x] += tap.share[k] * row[static_cast<std::size_t>(x)];
    }
  }
  return out;
}

std::vector<Size> level_sizes(Size picture) {
  std::vector<Size> sizes{picture};
  while (std::max(sizes.back().width, sizes.back().height) > kTopSide && std::min(sizes.back().width, sizes.back().height) >= 2 * kFineBlock)
    sizes.push_back({sizes.back().width / 2, sizes.back().height / 2});
  return sizes;
}

Picture make_picture(GrayImage luma) {
  Picture picture;
  picture.luma = std::move(luma);
  picture.levels.push_back(quantized(picture.luma));
  GrayImage level;
  for (std::size_t l = 1; l < level_sizes(picture.luma.size()).size(); ++l) {
    level = halve(l == 1 ? picture.luma : level);
    picture.levels.push_back(quantized(level));
  }
  return picture;
}

}  // namespace keel::metrics
