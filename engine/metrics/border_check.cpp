// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/border_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/metrics/luma_small.h"

namespace keel::metrics {
namespace {

/// Coded black wanders by a few levels; anything this much above it is picture.
constexpr float kBlackSlack = 5, kPictureAbove = 14;
constexpr double kShortestRun = 0.02;
constexpr int kLeastRun = 8;
constexpr int kDeepest = 32;
/// Mean difference in gray levels up to which two coded lines are the same, and from which two lines differ.
constexpr double kSame = 1.2, kDiffer = 3.0;
/// Samples taken along an edge.
constexpr int kSamples = 200;
/// How far the registration may be off at the edge, as a share of the longer side: what the source shows is asked at each whole pixel so far
/// inwards and outwards, because a wall that ends two lines outside the picture would otherwise seem to be missing in it.
constexpr double kMapSlack = 0.0025;
/// Fewest lines of a repeated strip; more where only the source's own edge tells what is real, which need not be what the output shows.
constexpr int kFewestLines = 3, kFewestLinesUnmapped = 8;

/// One edge seen as lines: `line` 0 is the outermost, `along` runs from 0 to length - 1.
struct Edge {
  int side;  // 0 top, 1 bottom, 2 left, 3 right
  int width, height;
  [[nodiscard]] int length() const { return side < 2 ? width : height; }
  [[nodiscard]] int depth() const { return side < 2 ? height : width; }
  [[nodiscard]] Point at(int line, int along) const {
    switch (side) {
      case 0:
        return {static_cast<double>(along), static_cast<double>(line)};
      case 1:
        return {static_cast<double>(along), static_cast<double>(height - 1 - line)};
      case 2:
        return {static_cast<double>(line), static_cast<double>(along)};
      default:
        return {static_cast<double>(width - 1 - line), static_cast<double>(along)};
    }
  }
};

float value(const LumaReader& luma, Point p) { return luma.at(static_cast<int>(p.x), static_cast<int>(p.y)); }

/// The source's bilinear value at a point of the output; empty beyond its frame.
std::optional<float> source_value(const LumaReader& source, const Mat3& map, Point p) {
  const Point q = apply(map, p);
  if (!(q.x >= -0.5 && q.y >= -0.5 && q.x <= source.width() - 0.5 && q.y <= source.height() - 0.5)) return std::nullopt;
  const double x = std::clamp(q.x, 0.0, source.width() - 1.001), y = std::clamp(q.y, 0.0, source.height() - 1.001);
  const int ix = static_cast<int>(x), iy = static_cast<int>(y);
  const float fx = static_cast<float>(x - ix), fy = static_cast<float>(y - iy);
  const float top = source.at(ix, iy) * (1 - fx) + source.at(ix + 1, iy) * fx;
  const float low = source.at(ix, iy + 1) * (1 - fx) + source.at(ix + 1, iy + 1) * fx;
  return top * (1 - fy) + low * fy;
}

bool is_black(const LumaReader& luma, float v) { return v <= luma.black() + kBlackSlack; }

double black_share(const LumaReader& luma, const Edge& edge) {
  int black = 0;
  for (int i = 0; i < edge.length(); ++i) black += is_black(luma, value(luma, edge.at(0, i)));
  return static_cast<double>(black) / edge.length();
}

/// Longest run of black samples on the outermost line that the source does not explain.
bool has_black_run(const LumaReader& source, const LumaReader& output, const Edge& edge, const std::optional<Mat3>& map) {
  const int needed = std::max(kLeastRun, static_cast<int>(kShortestRun * edge.length()));
  if (!map && black_share(source, {edge.side, source.width(), source.height()}) > 0.02) return false;
  int run = 0, strange = 0;
  for (int i = 0; i < edge.length(); ++i) {
    const Point p = edge.at(0, i);
    if (!is_black(output, value(output, p))) {
      run = strange = 0;
      continue;
    }
    ++run;
    const auto real = map ? source_value(source, *map, p) : std::nullopt;
    strange += !real || *real > source.black() + kPictureAbove;
    if (run >= needed && strange >= 0.8 * run) return true;
  }
  return false;
}

double output_difference(const LumaReader& output, const Edge& edge, int a, int b) {
  double sum = 0;
  int n = 0;
  const int step = std::max(1, edge.length() / kSamples);
  for (int i = step / 2; i < edge.length(); i += step, ++n) sum += std::abs(value(output, edge.at(a, i)) - value(output, edge.at(b, i)));
  return sum / n;
}

/// The two pictures, one edge of the output and where it lies in the source.
struct EdgeView {
  const LumaReader& source;
  const LumaReader& output;
  Edge edge;
  const std::optional<Mat3>& map;

  [[nodiscard]] int slack() const { return map ? std::max(1, static_cast<int>(std::lround(kMapSlack * std::max(edge.width, edge.height)))) : 0; }

  [[nodiscard]] int fewest_lines() const { return map ? kFewestLines : kFewestLinesUnmapped; }

  /// Mean difference between the places in the source that two lines of the output come from, if the map is off by `shift` lines; empty when most of
  /// them lie outside its frame.
  [[nodiscard]] std::optional<double> source_difference(int a, int b, int shift) const {
    const Edge own{edge.side, source.width(), source.height()};
    const int step = std::max(1, edge.length() / kSamples);
    double sum = 0;
    int n = 0, inside = 0;
    for (int i = step / 2; i < edge.length(); i += step, ++n) {
      std::optional<float> sa, sb;
      if (map) {
        sa = source_value(source, *map, edge.at(a + shift, i));
        sb = source_value(source, *map, edge.at(b + shift, i));
      } else if (i < own.length()) {
        sa = value(source, own.at(a, i));
        sb = value(source, own.at(b, i));
      }
      if (!sa || !sb) continue;
      sum += std::abs(*sa - *sb);
      ++inside;
    }
    if (inside < n / 2) return std::nullopt;
    return inside > 0 ? sum / inside : 0;
  }

  /// True when `strange(shift)` holds for every shift that the map may be off by.
  template <class Strange>
  [[nodiscard]] bool whatever_the_shift(const Strange& strange) const {
    for (int distance = 0; distance <= slack(); ++distance)
      if (!strange(distance) || !strange(-distance)) return false;
    return true;
  }
};

/// True when the picture further inside does change from line to line at this distance, so that equal lines mean something.
bool inside_differs(const LumaReader& output, const Edge& edge, int distance) {
  double sum = 0;
  int n = 0;
  const int step = std::max(1, edge.length() / kSamples);
  for (int line = kDeepest; line < kDeepest + 8; ++line)
    for (int i = step / 2; i < edge.length(); i += step, ++n)
      sum += std::abs(value(output, edge.at(line, i)) - value(output, edge.at(line + distance, i)));
  return sum / n > kDiffer;
}

bool is_smeared(const EdgeView& view) {
  // Lines that are all the same, judged over the span of the smear so that the source has had room to change.
  for (int depth = view.fewest_lines(); depth <= kDeepest; depth += depth < 8 ? 1 : 4) {
    for (int line = 1; line < depth; ++line)
      if (output_difference(view.output, view.edge, 0, line) >= kSame) return false;
    const double own = output_difference(view.output, view.edge, 0, depth - 1);
    const auto strange = [&](int shift) {
      const auto real = view.source_difference(0, depth - 1, shift);
      return !real || *real > std::max(kDiffer, 3 * own);
    };
    if (inside_differs(view.output, view.edge, depth - 1) && view.whatever_the_shift(strange)) return true;
  }
  return false;
}

bool is_mirrored(const EdgeView& view) {
  for (int axis2 = 2 * view.fewest_lines() - 1; axis2 <= kDeepest; ++axis2) {  // twice the axis: odd ones lie between two lines
    bool same = true;
    for (int a = 0; a < axis2 - a && same; ++a) same = output_difference(view.output, view.edge, a, axis2 - a) < 2 * kSame;
    if (!same || !inside_differs(view.output, view.edge, axis2)) continue;
    const auto strange = [&](int shift) {
      for (int a = 0; a < axis2 - a; ++a) {
        const auto real = view.source_difference(a, axis2 - a, shift);
        if (!real || *real > std::max(2 * kDiffer, 3 * output_difference(view.output, view.edge, a, axis2 - a))) return true;
      }
      return false;
    };
    if (view.whatever_the_shift(strange)) return true;
  }
  return false;
}

}  // namespace

BorderFlags check_border(const Frame& source, const Frame& output, const std::optional<Mat3>& source_from_output) {
  BorderFlags flags;
  const LumaReader from(source), to(output);
  for (int side = 0; side < 4; ++side) {
    const Edge edge{side, to.width(), to.height()};
    flags.black = flags.black || has_black_run(from, to, edge, source_from_output);
    if (edge.depth() < 4 * kDeepest || from.width() < 4 * kDeepest || from.height() < 4 * kDeepest) continue;
    if (black_share(to, edge) > 0.5) continue;  // a black band repeats its lines, but is told above
    const EdgeView view{from, to, edge, source_from_output};
    flags.repeated = flags.repeated || is_smeared(view) || is_mirrored(view);
  }
  return flags;
}

}  // namespace keel::metrics
