// SPDX-License-Identifier: GPL-3.0-or-later
// The search for a pair's motion as kernel bodies: the host's bits on threads and on the emulated grid.
#include "engine/motion/gpu_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "engine/backend/gpu_workspace.h"
#include "engine/motion/corner_motion.h"
#include "tests/support/host_gpu.h"

namespace keel {
namespace {

constexpr Size kPicture{640, 360};

struct Scene {
  int tracks = 0;
  double outliers = 0;   ///< share of tracks that go anywhere
  double noise_px = 0.1;
  double lost = 0.1;     ///< share that was not tracked, and as many that did not return
  double width = 1;      ///< of the picture that the points cover
  Mat3 motion = Mat3::translation(7, -4) * Mat3::rotation(0.02);
};

std::vector<LkMatch> tracks_of(const Scene& scene, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> x(0, scene.width * (kPicture.width - 1)), y(0, scene.width * (kPicture.height - 1)), share(0, 1), far(-90, 90);
  std::normal_distribution<double> noise(0, scene.noise_px);
  std::vector<LkMatch> tracks;
  for (int i = 0; i < scene.tracks; ++i) {
    const Point p{x(random), y(random)};
    Point q = apply(scene.motion, p);
    if (share(random) < scene.outliers) q = {p.x + far(random), p.y + far(random)};
    LkMatch t{static_cast<float>(p.x), static_cast<float>(p.y), static_cast<float>(q.x + noise(random)), static_cast<float>(q.y + noise(random))};
    t.min_eigen = static_cast<float>(20 * share(random));
    t.tracked = share(random) >= scene.lost;
    t.round_trip_px = share(random) < scene.lost ? 2.0f : 0.1f;
    tracks.push_back(t);
  }
  return tracks;
}

/// Queues the sending of tracks and draws.
void send(test::HostGpu& device, const SearchLayout& layout, const std::vector<LkMatch>& tracks, const GpuWorkspace& work) {
  std::byte* pinned = work.pinned.data();
  std::memcpy(pinned + layout.tracks, tracks.data(), tracks.size() * sizeof(LkMatch));
  layout.write_draws(pinned + layout.draws);
  EXPECT_EQ(device.copy(work.device.data() + layout.tracks, pinned + layout.tracks, layout.sent_end - layout.tracks, CopyDirection::kToDevice, work.queue.stream()), 0);
}

SearchAnswer search_on(test::HostGpu& device, const std::vector<LkMatch>& tracks, const SearchRules& rules) {
  const SearchLayout layout(tracks.size(), rules.fit);
  GpuWorkspacePool pool(device);
  auto work = pool.take(layout.device_bytes, layout.sent_end);
  EXPECT_TRUE(work.ok());
  send(device, layout, tracks, **work);
  std::byte *memory = (*work)->device.data(), *pinned = (*work)->pinned.data();
  const GpuStream stream = (*work)->queue.stream();
  EXPECT_EQ(layout.queue(device, rules, memory, stream), 0);
  EXPECT_EQ(device.copy(pinned, memory, sizeof(SearchAnswer), CopyDirection::kToHost, stream), 0);
  EXPECT_EQ(device.wait(stream), 0);
  SearchAnswer answer;
  std::memcpy(&answer, pinned, sizeof(answer));
  return answer;
}

int expect_the_same_everywhere(const Scene& scene, std::uint32_t seed, const RobustFitOptions& fit = {}, float scale = 1) {
  const std::vector<LkMatch> tracks = tracks_of(scene, seed);
  const SearchRules rules{{scale, 0.7f, 2.0f}, kPicture, fit};
  const CornerMotion wanted = search_on_cpu(tracks, rules);
  for (const bool threads : {false, true}) {
    test::HostGpu device;
    if (threads) device.run_on_threads();
    const SearchAnswer answer = search_on(device, tracks, rules);
    EXPECT_TRUE(same_motion(answer, wanted)) << scene.tracks << " tracks, seed " << seed << (threads ? ", threads" : ", grid");
    EXPECT_EQ(motion_of(answer, tracks, rules).found, wanted.found);
  }
  return wanted.found ? 1 : 0;
}

TEST(GpuSearch, ScenesFromCleanToHopeless_AreTheHostsBitForBit) {
  int found = 0;
  for (std::uint32_t seed = 0; seed < 12; ++seed)
    for (const double outliers : {0.0, 0.3, 0.6, 0.9, 1.0})
      for (const double noise_px : {0.0, 0.05, 1.0}) found += expect_the_same_everywhere({.tracks = 40 + 47 * static_cast<int>(seed), .outliers = outliers, .noise_px = noise_px}, seed);
  EXPECT_GT(found, 150);
}

TEST(GpuSearch, AnyNumberOfMatches_IsTheHostsBitForBit) {
  for (int tracks = 1; tracks < 24; ++tracks)
    for (std::uint32_t seed = 0; seed < 8; ++seed) expect_the_same_everywhere({.tracks = tracks, .outliers = 0.2}, seed);
}

TEST(GpuSearch, DegenerateMatches_AreTheHostsBitForBit) {
  // In one place, on top of each other, none at all, zoomed out of belief, and sent to where a homography has no answer.
  expect_the_same_everywhere({.tracks = 80, .width = 0.05}, 1);
  expect_the_same_everywhere({.tracks = 80, .noise_px = 0, .width = 0}, 2);
  expect_the_same_everywhere({.tracks = 80, .lost = 1}, 3);
  expect_the_same_everywhere({.tracks = 80, .motion = Mat3::scaling(3, 3)}, 4);
  Mat3 tilted;
  tilted(2, 0) = -1.0 / 320;
  expect_the_same_everywhere({.tracks = 80, .motion = tilted}, 5);
}

TEST(GpuSearch, OtherOptions_AreTheHostsBitForBit) {
  expect_the_same_everywhere({.tracks = 200, .outliers = 0.4}, 6, {.threshold_px = 1.0});
  expect_the_same_everywhere({.tracks = 200, .outliers = 0.4}, 7, {.similarity_hypotheses = 37, .homography_hypotheses = 300});
  expect_the_same_everywhere({.tracks = 200, .outliers = 0.4}, 8, {.homography_hypotheses = 0});
  expect_the_same_everywhere({.tracks = 200, .outliers = 0.4, .width = 0.5}, 9, {}, 2);
}

TEST(GpuSearch, StepThatFails_IsTheLastThatIsQueued) {
  const std::vector<LkMatch> tracks = tracks_of({.tracks = 30}, 1);
  const SearchRules rules{{1, 0.7f, 2.0f}, kPicture, {}};
  const SearchLayout layout(tracks.size(), rules.fit);
  test::HostGpu device;
  auto work = GpuWorkspacePool(device).take(layout.device_bytes, layout.sent_end);
  ASSERT_TRUE(work.ok());
  send(device, layout, tracks, **work);
  device.fail_from(3, 1);
  EXPECT_EQ(layout.queue(device, rules, (*work)->device.data(), (*work)->queue.stream()), test::HostGpu::kFailure);
  EXPECT_EQ(device.calls(), 4);
}

}  // namespace
}  // namespace keel
