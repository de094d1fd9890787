// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/coarse_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace keel::metrics {
namespace {

constexpr double kSmallestZoom = 0.9, kLargestZoom = 2.25, kZoomStep = 1.07;
constexpr double kTurnStep_rad = 3.0 * std::numbers::pi / 180.0;
constexpr int kTurns = 2;

void add_probes(const IntImage& output, double source_per_output, double turn, std::vector<Probe>& list) {
  const double cx = 0.5 * (output.width - 1), cy = 0.5 * (output.height - 1);
  const double c = std::cos(turn) * source_per_output, s = std::sin(turn) * source_per_output;
  for (int y = 1; y < output.height; y += 2)
    for (int x = 1; x < output.width; x += 2)
      list.push_back(
          {static_cast<int>(std::lround(c * (x - cx) - s * (y - cy))), static_cast<int>(std::lround(s * (x - cx) + c * (y - cy))), *output.at(x, y)});
}

double correlation(const IntImage& source, std::span<const Probe> probes, int cx, int cy) {
  // As soon as too few can still lie inside, the rest changes nothing.
  const auto all = static_cast<int>(probes.size());
  const double fewest = kSmallestOverlap * static_cast<double>(all);
  int n = 0, possible = all;
  std::int64_t so = 0, ss = 0, soo = 0, sss = 0, sso = 0;
  for (const Probe& p : probes) {
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
  return place_score(n, all, so, ss, soo, sss, sso);
}

}  // namespace

std::vector<CoarseSpot> search_places(const IntImage& source, const PlaceSearch& search) {
  std::vector<CoarseSpot> spots;
  for (const PlaceLayer& layer : search.layers) {
    const std::span<const Probe> probes(search.probes.data() + layer.first_probe, static_cast<std::size_t>(layer.probes));
    CoarseSpot spot;
    for (int row = 0; row < layer.rows; ++row)
      for (int column = 0; column < layer.columns; ++column) {
        const int cx = layer.left + 2 * column, cy = layer.top + 2 * row;
        spot.offer(cx, cy, correlation(source, probes, cx, cy));
      }
    const CoarseSpot rough = spot;
    for (int dy = -1; dy <= 1; ++dy)
      for (int dx = -1; dx <= 1; ++dx) spot.offer(rough.x + dx, rough.y + dy, correlation(source, probes, rough.x + dx, rough.y + dy));
    spots.push_back(spot);
  }
  return spots;
}

std::vector<CoarsePlace> find_places(const Picture& source, const Picture& output, const Pixels& pixels) {
  const IntImage &src = source.levels.back(), &out = output.levels.back();
  const double src_px = static_cast<double>(1 << (source.levels.size() - 1)), out_px = static_cast<double>(1 << (output.levels.size() - 1));
  const Mat3 work_from_src = Mat3::translation(0.5 * (src_px - 1), 0.5 * (src_px - 1)) * Mat3::scaling(src_px, src_px);
  const Mat3 out_from_work = Mat3::scaling(1 / out_px, 1 / out_px) * Mat3::translation(-0.5 * (out_px - 1), -0.5 * (out_px - 1));
  PlaceSearch search;
  std::vector<Mat3> spins;
  for (double zoom = kSmallestZoom; zoom < kLargestZoom; zoom *= kZoomStep) {
    const double ratio = static_cast<double>(src.width) / out.width / zoom;
    // Half the output's extent may not leave by more than the overlap allows.
    const int mx = static_cast<int>(0.2 * ratio * out.width), my = static_cast<int>(0.2 * ratio * out.height);
    const auto every_other = [](int length) { return std::max(0, (length + 1) / 2); };
    for (int k = -kTurns; k <= kTurns; ++k) {
      const double turn = k * kTurnStep_rad;
      const auto first = static_cast<int>(search.probes.size());
      add_probes(out, ratio, turn, search.probes);
      search.layers.push_back({first, static_cast<int>(search.probes.size()) - first, mx, my, every_other(src.width - 2 * mx), every_other(src.height - 2 * my)});
      spins.push_back(Mat3::rotation(turn) * Mat3::scaling(ratio, ratio) * Mat3::translation(-0.5 * (out.width - 1), -0.5 * (out.height - 1)));
    }
  }
  const std::vector<CoarseSpot> spots = pixels.search_places(source, search);
  std::vector<CoarsePlace> places;
  for (std::size_t zoom = 0; zoom < spots.size(); zoom += 2 * kTurns + 1) {
    CoarsePlace best;
    for (std::size_t l = zoom; l < zoom + 2 * kTurns + 1; ++l)
      if (spots[l].score > best.score) best = {work_from_src * Mat3::translation(spots[l].x, spots[l].y) * spins[l] * out_from_work, spots[l].score};
    if (best.score > 0) places.push_back(best);
  }
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  if (places.size() > 3) places.resize(3);
  return places;
}

}  // namespace keel::metrics
