// SPDX-License-Identifier: GPL-3.0-or-later
// The fast block searches against the sums and walks they stand for.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engine/backend/device.h"
#include "engine/metrics/block_matcher.h"
#include "engine/metrics/block_sums.h"
#include "engine/metrics/luma_small.h"
#include "metrics_support.h"

namespace keel::metrics {
namespace {

IntImage noise(int width, int height, int seed, int least, int most) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> value(least, most);
  IntImage image{width, height, std::vector<std::int16_t>(static_cast<std::size_t>(width) * height)};
  for (auto& v : image.px) v = static_cast<std::int16_t>(value(random));
  return image;
}

TEST(BlockLoops, OfAvx2_GiveThePlainSumsAtTheLargestValuesToo) {
  if (avx2_block_loops() == nullptr || !simd_avx2_enabled()) GTEST_SKIP() << "no AVX2";
  for (const int least : {0, 1020}) {
    const IntImage a = noise(61, 50, 1, least, 1020), b = noise(83, 57, 2, least, 1020);
    for (const int side : {kFineBlock, kCoarseBlock})
      for (const int x : {0, 3, 11}) {
        const BlockSums plain = plain_block_loops().sums(a.at(x, 5), a.width, b.at(2 * x, 7), b.width, side);
        const BlockSums fast = avx2_block_loops()->sums(a.at(x, 5), a.width, b.at(2 * x, 7), b.width, side);
        EXPECT_EQ(fast.ab, plain.ab);
        EXPECT_EQ(fast.b, plain.b);
        EXPECT_EQ(fast.bb, plain.bb);
        for (const int count : {1, 4, 7, 25}) {
          std::vector<int> wanted(count), got(count);
          plain_block_loops().products(a.at(x, 5), a.width, b.at(x, 7), b.width, side, count, wanted.data());
          avx2_block_loops()->products(a.at(x, 5), a.width, b.at(x, 7), b.width, side, count, got.data());
          EXPECT_EQ(got, wanted);
        }
      }
  }
}

/// The first best of all scores in the order of rows.
BlockHit best_of_all(const BlockSearch& search, int dx, int dy, int radius) {
  BlockHit best;
  for (int v = dy - radius; v <= dy + radius; ++v)
    for (int u = dx - radius; u <= dx + radius; ++u)
      if (const double s = search.score(u, v); s > best.score) best = {u, v, s};
  return best;
}

/// Uphill through whole neighbourhoods.
BlockHit walked(const BlockSearch& search, int dx, int dy, int steps) {
  BlockHit best{dx, dy, search.score(dx, dy)};
  for (int i = 0; i < steps; ++i) {
    BlockHit next = best;
    for (int v = -1; v <= 1; ++v)
      for (int u = -1; u <= 1; ++u)
        if (const double s = search.score(best.dx + u, best.dy + v); s > next.score) next = {best.dx + u, best.dy + v, s};
    if (next.dx == best.dx && next.dy == best.dy) break;
    best = next;
  }
  return best;
}

void expect_same(const BlockHit& a, const BlockHit& b) {
  EXPECT_EQ(a.dx, b.dx);
  EXPECT_EQ(a.dy, b.dy);
  EXPECT_EQ(a.score, b.score);
}

void expect_searches(const IntImage& a, const IntImage& b) {
  for (const int side : {kFineBlock, kCoarseBlock})
    for (int y = 0; y + side <= a.height; y += 13)
      for (int x = 0; x + side <= a.width; x += 17) {
        const BlockSearch search(a, b, x, y, side);
        for (const auto& [dx, dy] : {std::pair{0, 0}, {5, -3}, {-60, 2}, {200, 200}})
          for (const int radius : {1, 6}) {
            expect_same(search.full(dx, dy, radius), best_of_all(search, dx, dy, radius));
            expect_same(search.climb(dx, dy, radius), walked(search, dx, dy, radius));
          }
      }
}

TEST(BlockSearch, FullAndClimb_AreTheWalksThroughAllScores) {
  const testing::Plane plane(4);
  const Picture a = make_picture(luma_small(plane.view({160, 98}, {}))), b = make_picture(luma_small(plane.view({160, 98}, Mat3::translation(3.4, -2.2))));
  expect_searches(a.levels[0], b.levels[0]);
  expect_searches(a.levels[1], b.levels[1]);
  expect_searches(noise(90, 61, 5, 0, 1020), noise(77, 64, 6, 0, 1020));
}

TEST(BlockSearch, RepeatedPattern_IsTheFirstOfTheEqualPlaces) {
  // Period 5 both ways: equal scores everywhere, of which the first in the order of rows counts.
  IntImage a{100, 70, std::vector<std::int16_t>(7000)};
  for (int y = 0; y < 70; ++y)
    for (int x = 0; x < 100; ++x) a.px[static_cast<std::size_t>(y) * 100 + x] = static_cast<std::int16_t>(97 * (x % 5) + 53 * (y % 5) * (x % 5));
  expect_searches(a, a);
  const BlockHit hit = BlockSearch(a, a, 40, 30, kCoarseBlock).full(0, 0, 7);
  EXPECT_EQ(hit.dx, -5);
  EXPECT_EQ(hit.dy, -5);
}

}  // namespace
}  // namespace keel::metrics
