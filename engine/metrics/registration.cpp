// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/registration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/metrics/block_matcher.h"
#include "engine/metrics/coarse_search.h"
#include "engine/metrics/pair_tracker.h"

namespace keel::metrics {
namespace {

constexpr int kFewestBlocks = 8;
constexpr double kSmallestShare = 0.35;
/// Eight unknowns want this many agreeing blocks; below, the affine map is the safer answer.
constexpr int kBlocksForHomography = 40;
/// A correction that moves a corner by more than this is measured again from the better start, px.
constexpr double kSmallCorrection_px = 1.0;
constexpr int kMostRounds = 4;

std::array<Point, 4> outline(Size size) {
  const double w = size.width - 0.5, h = size.height - 0.5;
  return {{{-0.5, -0.5}, {w, -0.5}, {w, h}, {-0.5, h}}};
}

/// True when the whole block around `p` of the drawing shows the source, not its repeated edge.
bool shows_source(const Mat3& source_from_output, Point p, Size source) {
  const double half = 0.5 * kFineBlock;
  for (const double dx : {-half, half})
    for (const double dy : {-half, half}) {
      const Point q = apply(source_from_output, {p.x + dx, p.y + dy});
      if (!(q.x >= 0 && q.y >= 0 && q.x <= source.width - 1 && q.y <= source.height - 1)) return false;
    }
  return true;
}

/// False for maps that no stabilizer makes: entries that are not finite, a horizon in or near the picture, an edge stretched or shrunk tenfold.
bool plausible(const Mat3& source_from_output, Size output) {
  for (const double v : source_from_output.m)
    if (!std::isfinite(v)) return false;
  const auto corners = outline(output);
  for (const Point c : corners)
    if (denominator(source_from_output, c) < 0.2) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point a = corners[i], b = corners[(i + 1) % 4], p = apply(source_from_output, a), q = apply(source_from_output, b);
    const double stretch = std::hypot(q.x - p.x, q.y - p.y) / std::hypot(b.x - a.x, b.y - a.y);
    if (!(stretch > 0.1 && stretch < 10)) return false;
  }
  return true;
}

struct Round {
  Mat3 drawn_from_output;
  int agreeing = 0, tried = 0;
  double residual_px = 0;
};

std::optional<Round> correct(const Picture& source, const Picture& output, const Mat3& guess, int level, int radius, const Pixels& pixels) {
  const Picture drawn = pixels.drawn(source, guess, output.luma.size());
  BlockField field = match_blocks(output, drawn, {level, radius, Mat3::identity(), false, radius * static_cast<double>(1 << level), {}}, pixels);
  const auto hidden = [&](const BlockMatch& m) { return !shows_source(guess, m.to, source.luma.size()); };
  std::erase_if(field.matches, hidden);
  auto fit = fit_motion(FitModel::kAffine, field.matches, {field.b_from_a, 4, 0.1});
  if (!fit) return std::nullopt;
  if (fit->inliers >= kBlocksForHomography)
    if (auto bent = fit_motion(FitModel::kHomography, field.matches, {fit->to_from_from, std::max(1.0, fit->scale_px), 0.1}))
      if (bent->inliers >= fit->inliers) fit = bent;
  const auto shown = [&](Point p) { return shows_source(guess, apply(field.b_from_a, p), source.luma.size()); };
  const auto tried = std::count_if(field.tried.begin(), field.tried.end(), shown);
  Round round{fit->to_from_from, fit->inliers, std::max(fit->inliers, static_cast<int>(tried)), 0};
  std::vector<double> off = fit->residual;
  std::nth_element(off.begin(), off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2), off.end());
  round.residual_px = off[off.size() / 2];
  return round;
}

std::optional<Registration> settle(const Picture& source, const Picture& output, Mat3 guess, int level, int radius, const Pixels& pixels) {
  if (!plausible(guess, output.luma.size())) return std::nullopt;
  for (int i = 0; i < kMostRounds; ++i) {
    const auto round = correct(source, output, guess, i == 0 ? level : 2, i == 0 ? radius : 2, pixels);
    if (!round || round->agreeing < kFewestBlocks) return std::nullopt;
    const auto next = normalized(guess * round->drawn_from_output);
    if (!next) return std::nullopt;
    guess = *next;
    if (!plausible(guess, output.luma.size())) return std::nullopt;
    const double moved = mean_corner_distance(round->drawn_from_output, Mat3::identity(), output.luma.size());
    if (moved > kSmallCorrection_px && i + 1 < kMostRounds) continue;
    if (moved > 4 * kSmallCorrection_px || round->agreeing < kSmallestShare * round->tried) return std::nullopt;
    return Registration{guess, static_cast<double>(round->agreeing) / round->tried, round->residual_px};
  }
  return std::nullopt;
}

double cross(Point a, Point b, Point p) { return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x); }

/// Sutherland-Hodgman: the part of a convex polygon on the inner side of an edge a -> b.
std::vector<Point> clipped(const std::vector<Point>& polygon, Point a, Point b) {
  std::vector<Point> kept;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point p = polygon[i], q = polygon[(i + 1) % polygon.size()];
    const double sp = cross(a, b, p), sq = cross(a, b, q);
    if (sp >= 0) kept.push_back(p);
    if ((sp >= 0) != (sq >= 0)) {
      const double t = sp / (sp - sq);
      kept.push_back({p.x + t * (q.x - p.x), p.y + t * (q.y - p.y)});
    }
  }
  return kept;
}

}  // namespace

std::optional<Registration> register_output(const Picture& source, const Picture& output, const std::optional<Mat3>& guess, const Pixels& pixels) {
  std::optional<Registration> best;
  if (guess) best = settle(source, output, *guess, 2, 3, pixels);
  if (best) return best;
  for (const CoarsePlace& place : find_places(source, output, pixels)) {
    auto found = settle(source, output, place.source_from_output, 2, 6, pixels);
    if (found && (!best || found->agreeing_share > best->agreeing_share)) best = found;
    if (best && best->agreeing_share > 0.7) break;
  }
  return best;
}

GrayImage draw(const GrayImage& source, const Mat3& m, Size size) {
  GrayImage out{size.width, size.height, {}};
  out.px.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  const double right = source.width - 1.001, bottom = source.height - 1.001;
  for (int y = 0; y < size.height; ++y) {
    float* to = out.row(y);
    double nx = m(0, 1) * y + m(0, 2), ny = m(1, 1) * y + m(1, 2), nw = m(2, 1) * y + m(2, 2);
    for (int x = 0; x < size.width; ++x, nx += m(0, 0), ny += m(1, 0), nw += m(2, 0)) {
      const double inv = 1 / nw;
      const double sx = std::clamp(nx * inv, 0.0, right), sy = std::clamp(ny * inv, 0.0, bottom);
      const int ix = static_cast<int>(sx), iy = static_cast<int>(sy);
      const float fx = static_cast<float>(sx - ix), fy = static_cast<float>(sy - iy);
      const float *r0 = source.row(iy) + ix, *r1 = r0 + source.width;
      const float top = r0[0] + fx * (r0[1] - r0[0]), low = r1[0] + fx * (r1[1] - r1[0]);
      to[x] = top + fy * (low - top);
    }
  }
  return out;
}

double kept_area(const Mat3& source_from_output, Size source, Size output) {
  std::vector<Point> polygon;
  for (const Point p : outline(output)) polygon.push_back(apply(source_from_output, p));
  const auto frame = outline(source);
  for (std::size_t i = 0; i < 4 && !polygon.empty(); ++i) polygon = clipped(polygon, frame[i], frame[(i + 1) % 4]);
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point p = polygon[i], q = polygon[(i + 1) % polygon.size()];
    twice += p.x * q.y - p.y * q.x;
  }
  return std::clamp(0.5 * std::abs(twice) / (static_cast<double>(source.width) * source.height), 0.0, 1.0);
}

double outside_px(const Mat3& source_from_output, Size source, Size output) {
  double worst = 0;
  for (const Point p : outline(output)) {
    const Point q = apply(source_from_output, p);
    worst = std::max({worst, -0.5 - q.x, -0.5 - q.y, q.x - (source.width - 0.5), q.y - (source.height - 0.5)});
  }
  return worst;
}

Mat3 full_from_work(const Mat3& source_from_output, Size source_work, Size source_full, Size output_work, Size output_full) {
  const auto grow = [](Size from, Size to) {
    const double kx = static_cast<double>(to.width) / from.width, ky = static_cast<double>(to.height) / from.height;
    return Mat3::translation(-0.5, -0.5) * Mat3::scaling(kx, ky) * Mat3::translation(0.5, 0.5);
  };
  return grow(source_work, source_full) * source_from_output * grow(output_full, output_work);
}

}  // namespace keel::metrics
