// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/metrics/block_matcher.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/metrics/block_sums.h"

namespace keel::metrics {
namespace {

/// A block whose standard deviation is below this many gray levels is noise or flat.
constexpr double kFlatGray = 1.5;
/// Smallest eigenvalue (gray^2 / px^2) at which a block holds both axes against the noise of coded video.
constexpr double kEdgeOnlyEnergy = 0.8;

constexpr int kN = kFineBlock;
constexpr int kCount = kFineSamples;
using Block = std::array<float, kCount>;

/// The kN x kN samples of `b` whose first lies at (x, y); false outside.
bool sample_block(const GrayImage& b, double x, double y, Block& out) {
  const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
  if (x0 < 1 || y0 < 1 || x0 + kN + 2 > b.width || y0 + kN + 2 > b.height) return false;
  const Cubic wx(static_cast<float>(x - x0)), wy(static_cast<float>(y - y0));
  std::array<float, kN*(kN + 3)> rows;
  for (int r = 0; r < kN + 3; ++r) {
    const float* from = b.row(y0 - 1 + r) + x0 - 1;
    float* to = rows.data() + r * kN;
    for (int i = 0; i < kN; ++i) to[i] = wx(from[i], from[i + 1], from[i + 2], from[i + 3]);
  }
  for (int r = 0; r < kN; ++r) {
    const float* from = rows.data() + r * kN;
    float* to = out.data() + r * kN;
    for (int i = 0; i < kN; ++i) to[i] = wy(from[i], from[i + kN], from[i + 2 * kN], from[i + 3 * kN]);
  }
  return true;
}

float dot(const Block& a, const Block& b) {
  std::array<float, 8> lane{};
  for (std::size_t i = 0; i < kCount; i += 8)
    for (std::size_t k = 0; k < 8; ++k) lane[k] += a[i + k] * b[i + k];
  return lane_sum(lane.data());
}

void remove_mean(Block& a) {
  std::array<float, 8> lane{};
  for (std::size_t i = 0; i < kCount; i += 8)
    for (std::size_t k = 0; k < 8; ++k) lane[k] += a[i + k];
  const float mean = lane_mean(lane.data());
  for (float& v : a) v -= mean;
}

}  // namespace

BlockSearch::BlockSearch(const IntImage& a, const IntImage& b, int x, int y, int side) : a_(a), b_(b), x_(x), y_(y), side_(side) {
  const std::int16_t* p = a.at(x, y);
  const BlockSums s = block_loops().sums(p, a.width, p, a.width, side);
  const double n = side * side;
  sum_ = s.b;
  energy_ = n * s.bb - static_cast<double>(s.b) * s.b;
  const double flat = 4.0 * kFlatGray * n;
  textured_ = energy_ > flat * flat;
}

double BlockSearch::score(int dx, int dy) const {
  const int x = x_ + dx, y = y_ + dy;
  if (x < 0 || y < 0 || x + side_ > b_.width || y + side_ > b_.height) return -1;
  const BlockSums s = block_loops().sums(a_.at(x_, y_), a_.width, b_.at(x, y), b_.width, side_);
  return correlation_of(side_ * side_, s.ab, s.b, s.bb, sum_, energy_);
}

BlockHit BlockSearch::full(int dx, int dy, int radius) const {
  // Outside the picture the score is -1, which nothing improves on: only what lies inside is looked at.
  const int first = std::max(-x_, dx - radius), last = std::min(b_.width - side_ - x_, dx + radius), count = last - first + 1;
  const int top = std::max(-y_, dy - radius), bottom = std::min(b_.height - side_ - y_, dy + radius);
  BlockHit best;
  if (count <= 0 || top > bottom) return best;
  const double n = side_ * side_;
  // The sums over the window come from those of its columns, which move down a row at a time.
  const int columns = count + side_ - 1;
  std::vector<int> of_column(2 * static_cast<std::size_t>(columns) + static_cast<std::size_t>(count));
  int *sum = of_column.data(), *squares = sum + columns, *products = squares + columns;
  const auto take = [&](int row, int sign) {
    const std::int16_t* p = b_.at(x_ + first, row);
    for (int i = 0; i < columns; ++i) {
      sum[i] += sign * p[i];
      squares[i] += sign * p[i] * p[i];
    }
  };
  for (int r = 0; r < side_; ++r) take(y_ + top + r, 1);
  for (int v = top; v <= bottom; ++v) {
    if (v > top) {
      take(y_ + v - 1, -1);
      take(y_ + v - 1 + side_, 1);
    }
    block_loops().products(a_.at(x_, y_), a_.width, b_.at(x_ + first, y_ + v), b_.width, side_, count, products);
    int b = 0, bb = 0;
    for (int i = 0; i < side_ - 1; ++i) b += sum[i], bb += squares[i];
    for (int i = 0; i < count; ++i) {
      b += sum[i + side_ - 1], bb += squares[i + side_ - 1];
      const double energy = n * bb - static_cast<double>(b) * b, shared = n * products[i] - static_cast<double>(sum_) * b;
      b -= sum[i], bb -= squares[i];
      if (energy < kLeastEnergyShare * energy_) continue;
      // Surely below the best, whichever way the root and the quotient are rounded.
      if (best.score > 0 && (shared <= 0 || shared * shared < (1 - 1e-9) * best.score * best.score * (energy * energy_))) continue;
      if (const double s = shared / std::sqrt(energy * energy_); s > best.score) best = {first + i, v, s};
    }
  }
  return best;
}

BlockHit BlockSearch::climb(int dx, int dy, int steps) const {
  BlockHit best{dx, dy, score(dx, dy)}, last = best;
  for (int i = 0; i < steps; ++i) {
    BlockHit next = best;
    for (int v = best.dy - 1; v <= best.dy + 1; ++v)
      for (int u = best.dx - 1; u <= best.dx + 1; ++u) {
        // What was looked at around the place before is no better than the best.
        const bool known = (u == best.dx && v == best.dy) || (i > 0 && std::abs(u - last.dx) <= 1 && std::abs(v - last.dy) <= 1);
        if (known) continue;
        if (const double s = score(u, v); s > next.score) next = {u, v, s};
      }
    if (next.dx == best.dx && next.dy == best.dy) break;
    last = best;
    best = next;
  }
  return best;
}

BlockHit BlockSearch::climb(const BlockRequest& r) const {
  const BlockHit hit = climb(r.dx, r.dy, kFirstClimb);
  if (r.has_second == 0) return hit;
  const BlockHit other = climb(r.second_dx, r.second_dy, kSecondClimb);
  return other.score > hit.score ? other : hit;
}

std::optional<double> FineBlock::held_energy(double xx, double xy, double yy) {
  const double energy = 0.5 * (xx + yy - std::hypot(xx - yy, 2 * xy)) / kCount;
  if (energy < kEdgeOnlyEnergy || xx * yy - xy * xy <= 0) return std::nullopt;
  return energy;
}

std::optional<FineBlock> FineBlock::make(const GrayImage& a, int x, int y) {
  if (!fits(a.size(), x, y)) return std::nullopt;
  FineBlock t;
  t.x_ = x;
  t.y_ = y;
  for (int r = 0; r < kN; ++r) {
    const float *up = a.row(y + r - 1) + x, *mid = a.row(y + r) + x, *down = a.row(y + r + 1) + x;
    for (int i = 0; i < kN; ++i) {
      const auto k = static_cast<std::size_t>(r * kN + i);
      t.value_[k] = mid[i];
      t.gx_[k] = 0.5F * (mid[i + 1] - mid[i - 1]);
      t.gy_[k] = 0.5F * (down[i] - up[i]);
    }
  }
  remove_mean(t.value_);
  remove_mean(t.gx_);
  remove_mean(t.gy_);
  t.energy_ = dot(t.value_, t.value_);
  const double xx = dot(t.gx_, t.gx_), xy = dot(t.gx_, t.gy_), yy = dot(t.gy_, t.gy_);
  const auto energy = held_energy(xx, xy, yy);
  if (!energy) return std::nullopt;
  t.corner_energy_ = *energy;
  const double det = xx * yy - xy * xy;
  t.ixx_ = yy / det;
  t.ixy_ = -xy / det;
  t.iyy_ = xx / det;
  return t;
}

std::optional<FineHit> FineBlock::refine(const GrayImage& b, const BlockSearch& search, const BlockHit& hit) const {
  const double px = parabola_peak(search.score(hit.dx - 1, hit.dy), hit.score, search.score(hit.dx + 1, hit.dy));
  const double py = parabola_peak(search.score(hit.dx, hit.dy - 1), hit.score, search.score(hit.dx, hit.dy + 1));
  FineHit fine{hit.dx + px, hit.dy + py, -1};
  Samples now;
  for (int step = 0; step < kMostSteps; ++step) {
    if (!sample_block(b, x_ + fine.dx, y_ + fine.dy, now)) return std::nullopt;
    remove_mean(now);
    const float shared = dot(now, value_), energy = dot(now, now);
    if (energy <= 0 || shared <= 0) return std::nullopt;
    fine.score = shared / std::sqrt(static_cast<double>(energy) * energy_);
    const float gain = shared / energy;
    for (std::size_t i = 0; i < kCount; ++i) now[i] = value_[i] - gain * now[i];
    const double ex = dot(gx_, now), ey = dot(gy_, now);
    const double ux = ixx_ * ex + ixy_ * ey, uy = ixy_ * ex + iyy_ * ey;
    fine.dx += ux;
    fine.dy += uy;
    if (std::abs(fine.dx - hit.dx) > kFarthest_px || std::abs(fine.dy - hit.dy) > kFarthest_px) return std::nullopt;
    if (ux * ux + uy * uy < kSettled_px2) break;
  }
  return fine;
}

}  // namespace keel::metrics
