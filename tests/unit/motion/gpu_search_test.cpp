// SPDX-License-Identifier: GPL-3.0-or-later
// The search for a pair's motion as kernel bodies: the host's bits on threads and on the emulated grid.
#include "engine/motion/gpu_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/gpu_workspace.h"
#include "engine/motion/pair_task.h"
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

PairTask task_of(std::vector<LkMatch> tracks, const RobustFitOptions& fit = {}, float scale = 1) {
  return {nullptr, nullptr, {}, {{scale, 0.7f, 2.0f}, kPicture, fit}, std::move(tracks), false};
}

std::vector<SearchAnswer> search_on(test::HostGpu& device, const std::vector<PairTask>& tasks) {
  const SpanLayout layout(tasks);
  GpuWorkspacePool pool(device);
  auto work = pool.take(layout.device_bytes, layout.sent_end);
  EXPECT_TRUE(work.ok());
  std::byte *memory = (*work)->device.data(), *pinned = (*work)->pinned.data();
  const GpuStream stream = (*work)->queue.stream();
  layout.write_search(tasks, pinned, memory);
  EXPECT_EQ(device.copy(memory + layout.sent_begin, pinned + layout.sent_begin, layout.sent_end - layout.sent_begin, CopyDirection::kToDevice, stream), 0);
  EXPECT_EQ(layout.queue_search(device, memory, stream), 0);
  EXPECT_EQ(device.copy(pinned, memory, layout.fetched_end, CopyDirection::kToHost, stream), 0);
  EXPECT_EQ(device.wait(stream), 0);
  std::vector<SearchAnswer> answers;
  for (std::size_t i = 0; i < tasks.size(); ++i) answers.push_back(layout.answer(pinned, i));
  return answers;
}

/// What a device must leave for a task.
void expect_the_hosts(const SearchAnswer& answer, const PairTask& task) {
  const CornerMotion wanted = search_on_cpu(task.tracks, task.rules);
  EXPECT_TRUE(same_motion(answer, wanted));
  EXPECT_EQ(motion_of(answer, task.tracks, task.rules).found, wanted.found);
  if (!wanted.found) return;
  // The matrix is that which points are refined from.
  const auto judged = judge_motion(*wanted.found, wanted.matches, task.rules.picture, task.rules.fit);
  if (!judged || judged->model != MotionModel::kHomography) return;
  for (std::size_t i = 0; i < fit::kMatrix; ++i) EXPECT_EQ(answer.cur_from_prev[i], judged->cur_from_prev.m[i]) << i;
}

int expect_the_same_everywhere(const Scene& scene, std::uint32_t seed, const RobustFitOptions& fit = {}, float scale = 1) {
  const PairTask task = task_of(tracks_of(scene, seed), fit, scale);
  for (const bool threads : {false, true}) {
    SCOPED_TRACE(std::to_string(scene.tracks) + " tracks, seed " + std::to_string(seed) + (threads ? ", threads" : ", grid"));
    test::HostGpu device;
    if (threads) device.run_on_threads();
    expect_the_hosts(search_on(device, {task}).front(), task);
  }
  return search_on_cpu(task.tracks, task.rules).found ? 1 : 0;
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

TEST(GpuSearch, SpanOfPairsThatHaveLittleInCommon_IsTheHostsBitForBit) {
  std::vector<PairTask> tasks;
  for (const int tracks : {300, 1, 7, 8, 256, 257, 40})
    for (const double outliers : {0.2, 1.0}) tasks.push_back(task_of(tracks_of({.tracks = tracks, .outliers = outliers}, static_cast<std::uint32_t>(tracks))));
  tasks.push_back(task_of(tracks_of({.tracks = 90, .lost = 1}, 3)));
  for (const bool threads : {false, true}) {
    test::HostGpu device;
    if (threads) device.run_on_threads();
    const std::vector<SearchAnswer> answers = search_on(device, tasks);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      SCOPED_TRACE("pair " + std::to_string(i));
      expect_the_hosts(answers[i], tasks[i]);
    }
    EXPECT_EQ(device.launches(test::HostGpu::Launch::kSearch), 1);
  }
}

TEST(GpuSearch, Phases_AreTheStepsOfTheHostsSearch) {
  const MotionSearchBody body{.frame = fit::UnitFrame(kPicture), .pixels = fit::PixelFrame(kPicture)};
  std::map<SearchStep, int> count;
  for (int phase = 0; phase < body.phases(); ++phase) ++count[body.step(phase)];
  for (const SearchStep once : {SearchStep::kGather, SearchStep::kHypothesise, SearchStep::kLeaders, SearchStep::kLeaderWeights, SearchStep::kLeaderTerms, SearchStep::kLeaderSolve,
                                SearchStep::kSelect, SearchStep::kToPixels})
    EXPECT_EQ(count[once], 1);
  for (const SearchStep each_round : {SearchStep::kWeights, SearchStep::kTerms, SearchStep::kSolve}) EXPECT_EQ(count[each_round], kRefitRounds);
  for (const SearchStep around_rounds : {SearchStep::kResiduals, SearchStep::kScale}) EXPECT_EQ(count[around_rounds], kRefitRounds + 1);
  EXPECT_EQ(body.step(body.phases() - 1), SearchStep::kToPixels);
}

}  // namespace
}  // namespace keel
