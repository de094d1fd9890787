// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/coarse_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace keel::metrics {
namespace {

constexpr double kSmallestZoom = 0.9, kLargestZoom = 2.25, kZoomStep = 1.07;
constexpr double kTurnStep_rad = 3.0 * std::numbers::pi / 180.0;
constexpr int kTurns = 2;
constexpr double kSmallestOverlap = 0.7;

/// One output sample and its offset in the source thumbnail from where the output's centre falls.
struct Probe {
  int dx, dy;
  int value;
};

struct CoarseSpot {
  int x = 0, y = 0;
  double score = -1;
  void offer(int at_x, int at_y, double found) {
    if (found > score) *this = {at_x, at_y, found};
  }
};

std::vector<Probe> probes(const IntImage& output, double source_per_output, double turn) {
  std::vector<Probe> list;
  const double cx = 0.5 * (output.width - 1), cy = 0.5 * (output.height - 1);
  const double c = std::cos(turn) * source_per_output, s = std::sin(turn) * source_per_output;
  for (int y = 1; y < output.height; y += 2)
    for (int x = 1; x < output.width; x += 2)
      list.push_back(
          {static_cast<int>(std::lround(c * (x - cx) - s * (y - cy))), static_cast<int>(std::lround(s * (x - cx) + c * (y - cy))), *output.at(x, y)});
  return list;
}

double correlation(const IntImage& source, const std::vector<Probe>& list, int cx, int cy) {
  // As soon as too few can still lie inside, the rest changes nothing.
  const double fewest = kSmallestOverlap * static_cast<double>(list.size());
  int n = 0, possible = static_cast<int>(list.size());
  long so = 0, ss = 0, soo = 0, sss = 0, sso = 0;
  for (const Probe& p : list) {
    const int x = cx + p.dx, y = cy + p.dy;
    if (x < 0 || y < 0 || x >= source.width || y >= source.height) {
      if (--possible < fewest) return -1;
      continue;
    }
    const int v = *source.at(x, y);
    ++n;
    so += p.value, ss += v;
    soo += p.value * p.value, sss += v * v, sso += p.value * v;
  }
  const double vo = static_cast<double>(n) * static_cast<double>(soo) - static_cast<double>(so) * static_cast<double>(so);
  const double vs = static_cast<double>(n) * static_cast<double>(sss) - static_cast<double>(ss) * static_cast<double>(ss);
  if (vo <= 0 || vs <= 0) return -1;
  return (static_cast<double>(n) * static_cast<double>(sso) - static_cast<double>(so) * static_cast<double>(ss)) / std::sqrt(vo * vs);
}

}  // namespace

std::vector<CoarsePlace> find_places(const Picture& source, const Picture& output) {
  const IntImage &src = source.levels.back(), &out = output.levels.back();
  const double src_px = static_cast<double>(1 << (source.levels.size() - 1)), out_px = static_cast<double>(1 << (output.levels.size() - 1));
  const Mat3 work_from_src = Mat3::translation(0.5 * (src_px - 1), 0.5 * (src_px - 1)) * Mat3::scaling(src_px, src_px);
  const Mat3 out_from_work = Mat3::scaling(1 / out_px, 1 / out_px) * Mat3::translation(-0.5 * (out_px - 1), -0.5 * (out_px - 1));
  std::vector<CoarsePlace> places;
  for (double zoom = kSmallestZoom; zoom < kLargestZoom; zoom *= kZoomStep) {
    const double ratio = static_cast<double>(src.width) / out.width / zoom;
    CoarsePlace best;
    for (int k = -kTurns; k <= kTurns; ++k) {
      const double turn = k * kTurnStep_rad;
      const auto list = probes(out, ratio, turn);
      const Mat3 spin = Mat3::rotation(turn) * Mat3::scaling(ratio, ratio) * Mat3::translation(-0.5 * (out.width - 1), -0.5 * (out.height - 1));
      // Half the output's extent may not leave by more than the overlap allows.
      const int mx = static_cast<int>(0.2 * ratio * out.width), my = static_cast<int>(0.2 * ratio * out.height);
      CoarseSpot spot;
      for (int cy = my; cy < src.height - my; cy += 2)
        for (int cx = mx; cx < src.width - mx; cx += 2) spot.offer(cx, cy, correlation(src, list, cx, cy));
      const CoarseSpot rough = spot;
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) spot.offer(rough.x + dx, rough.y + dy, correlation(src, list, rough.x + dx, rough.y + dy));
      if (spot.score > best.score) best = {work_from_src * Mat3::translation(spot.x, spot.y) * spin * out_from_work, spot.score};
    }
    if (best.score > 0) places.push_back(best);
  }
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  if (places.size() > 3) places.resize(3);
  return places;
}

}  // namespace keel::metrics
