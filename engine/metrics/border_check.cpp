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

/// Mean difference between two lines of the output, and between the places in the source that they come from.
struct LinePair {
  double output = 0, source = 0;
  bool beyond = false;  // some of the source places lie outside its frame
};

LinePair compare_lines(const LumaReader& source, const LumaReader& output, const Edge& edge, const std::optional<Mat3>& map, int a, int b) {
  LinePair pair;
  const Edge own{edge.side, source.width(), source.height()};
  const int step = std::max(1, edge.length() / kSamples);
  int n = 0, inside = 0;
  for (int i = step / 2; i < edge.length(); i += step, ++n) {
    const Point pa = edge.at(a, i), pb = edge.at(b, i);
    pair.output += std::abs(value(output, pa) - value(output, pb));
    std::optional<float> sa, sb;
    if (map) {
      sa = source_value(source, *map, pa);
      sb = source_value(source, *map, pb);
    } else if (i < own.length()) {
      sa = value(source, own.at(a, i));
      sb = value(source, own.at(b, i));
    }
    if (!sa || !sb) continue;
    pair.source += std::abs(*sa - *sb);
    ++inside;
  }
  pair.output /= n;
  pair.beyond = inside < n / 2;
  pair.source = inside > 0 ? pair.source / inside : 0;
  return pair;
}

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

bool is_strange(const LinePair& p) { return p.output < kSame && (p.beyond || p.source > std::max(kDiffer, 3 * p.output)); }

bool is_smeared(const LumaReader& source, const LumaReader& output, const Edge& edge, const std::optional<Mat3>& map) {
  // Three lines that are all the same, judged over the span of the smear so that the source has had room to change.
  for (int depth = 3; depth <= kDeepest; depth += depth < 8 ? 1 : 4) {
    bool same = true;
    for (int line = 1; line < depth && same; ++line) same = compare_lines(source, output, edge, map, 0, line).output < kSame;
    if (!same) return false;
    if (is_strange(compare_lines(source, output, edge, map, 0, depth - 1)) && inside_differs(output, edge, depth - 1)) return true;
  }
  return false;
}

bool is_mirrored(const LumaReader& source, const LumaReader& output, const Edge& edge, const std::optional<Mat3>& map) {
  for (int axis2 = 5; axis2 <= kDeepest; ++axis2) {  // twice the axis: odd ones lie between two lines
    bool strange = false, same = true;
    for (int a = 0; a < axis2 - a && same; ++a) {
      const LinePair p = compare_lines(source, output, edge, map, a, axis2 - a);
      same = p.output < 2 * kSame;
      strange = strange || (p.beyond ? same : p.source > std::max(2 * kDiffer, 3 * p.output));
    }
    if (same && strange && inside_differs(output, edge, axis2)) return true;
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
    flags.repeated = flags.repeated || is_smeared(from, to, edge, source_from_output) || is_mirrored(from, to, edge, source_from_output);
  }
  return flags;
}

}  // namespace keel::metrics
