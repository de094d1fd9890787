// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plan/framing.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace keel {
namespace {

/// Minimum over [t - reach, t + reach] for every t, in O(n): the queue holds the indices that may still become the minimum.
std::vector<double> running_minimum(const double* values, int n, int reach) {
  std::vector<double> low(static_cast<std::size_t>(n));
  std::deque<int> candidates;
  for (int i = 0; i < n + reach; ++i) {
    if (i < n) {
      while (!candidates.empty() && values[candidates.back()] >= values[i]) candidates.pop_back();
      candidates.push_back(i);
    }
    if (const int t = i - reach; t >= 0) {
      while (candidates.front() < t - reach) candidates.pop_front();
      low[static_cast<std::size_t>(t)] = values[candidates.front()];
    }
  }
  return low;
}

/// The part of a convex polygon where keep(p) = a x + b y + c >= 0.
std::vector<Point> clip(const std::vector<Point>& polygon, double a, double b, double c) {
  std::vector<Point> out;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point p = polygon[i], q = polygon[(i + 1) % polygon.size()];
    const double at_p = a * p.x + b * p.y + c, at_q = a * q.x + b * q.y + c;
    if (at_p >= 0) out.push_back(p);
    if ((at_p >= 0) != (at_q >= 0)) {
      const double f = at_p / (at_p - at_q);
      out.push_back({p.x + f * (q.x - p.x), p.y + f * (q.y - p.y)});
    }
  }
  return out;
}

double area(const std::vector<Point>& polygon) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point p = polygon[i], q = polygon[(i + 1) % polygon.size()];
    twice += p.x * q.y - q.x * p.y;
  }
  return 0.5 * std::abs(twice);
}

/// The output pixels that show source: every side of the source picture is a half plane of the output, as src = H dst reads
/// (row - bound * last row) . dst >= 0 where the denominator is positive.
double inside_area(const Mat3& h, Size output, Size source) {
  const double right = output.width - 0.5, bottom = output.height - 0.5;
  std::vector<Point> polygon{{-0.5, -0.5}, {right, -0.5}, {right, bottom}, {-0.5, bottom}};
  const auto keep = [&](int row, double sign, double bound) {
    polygon = clip(polygon, sign * (h(row, 0) - bound * h(2, 0)), sign * (h(row, 1) - bound * h(2, 1)), sign * (h(row, 2) - bound * h(2, 2)));
  };
  polygon = clip(polygon, h(2, 0), h(2, 1), h(2, 2));
  keep(0, 1, -0.5);
  keep(0, -1, source.width - 0.5);
  keep(1, 1, -0.5);
  keep(1, -1, source.height - 0.5);
  return area(polygon);
}

}  // namespace

std::vector<double> slow_windows(const std::vector<double>& largest, const CameraPath& path, double window_s) {
  constexpr int kMostFrames = 1000;
  std::vector<double> out = largest;
  for (const auto& shot : path.shots) {
    const int n = shot.end - shot.begin;
    if (n < 2) continue;
    const double step_s = (path.time_s[static_cast<std::size_t>(shot.end) - 1] - path.time_s[static_cast<std::size_t>(shot.begin)]) / (n - 1);
    const int reach = std::clamp(static_cast<int>(std::lround(window_s / std::max(step_s, 1e-3))), 1, kMostFrames);
    const std::vector<double> low = running_minimum(largest.data() + shot.begin, n, reach);
    std::vector<double> weight(static_cast<std::size_t>(reach) + 1);
    for (int k = 0; k <= reach; ++k) weight[static_cast<std::size_t>(k)] = 1 + std::cos(3.14159265358979 * k / (reach + 1));
    for (int t = 0; t < n; ++t) {
      double sum = 0, total = 0;
      for (int i = std::max(0, t - reach); i <= std::min(n - 1, t + reach); ++i) {
        const double w = weight[static_cast<std::size_t>(std::abs(i - t))];
        sum += w * low[static_cast<std::size_t>(i)];
        total += w;
      }
      // Rounding of the mean must not cross the bound.
      out[static_cast<std::size_t>(shot.begin + t)] = std::min(sum / total, largest[static_cast<std::size_t>(shot.begin + t)]);
    }
  }
  return out;
}

FilledBorder measure_filled(const std::vector<FrameWarp>& frames, Size output, Size source) {
  FilledBorder filled;
  const double all = static_cast<double>(output.width) * output.height;
  for (std::size_t t = 0; t < frames.size(); ++t) {
    const double share = std::clamp(1 - inside_area(frames[t].src_from_dst, output, source) / all, 0.0, 1.0);
    filled.mean_share += share / static_cast<double>(frames.size());
    if (share > filled.largest_share) {
      filled.largest_share = share;
      filled.frame = static_cast<int>(t);
    }
  }
  return filled;
}

}  // namespace keel
