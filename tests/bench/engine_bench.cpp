// SPDX-License-Identifier: GPL-3.0-or-later
// Times of the engine's stages. Run with KEEL_THREADS=1 for figures of one thread.
#include <benchmark/benchmark.h>

#include <cmath>

#include "engine/kernels/kernels_cpu.h"
#include "engine/motion/classical.h"
#include "engine/path/path_smoother.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/renderer.h"
#include "tests/support/scenes.h"

namespace keel {
namespace {

const std::vector<Frame>& walking_frames() {
  static const std::vector<Frame> frames = [] {
    const PlaneScene scene = test::scene_of("walking", 9);
    std::vector<Frame> list;
    for (int i = 0; i < 9; ++i) list.push_back(render_plane(scene, i));
    return list;
  }();
  return frames;
}

/// A frame of any size filled with a cheap texture; only its layout matters for timing.
Frame textured(Size size, PixelFormat format) {
  FrameBuffer out(size, format, {});
  for (int p = 0; p < format.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) {
        const int v = (x * 7 + y * 13 + (x * y) / 9) & 255;
        if (format.bytes_per_sample() == 1) out.row<std::uint8_t>(p, y)[x] = static_cast<std::uint8_t>(v);
        else out.row<std::uint16_t>(p, y)[x] = static_cast<std::uint16_t>(v << (format.bit_depth - 8));
      }
  return std::move(out).freeze();
}

void BM_PrepareFrame640(benchmark::State& state) {
  const ClassicalEstimator estimator;
  const Frame& frame = walking_frames().front();  // rendered at the first call, which takes seconds
  for (auto _ : state) benchmark::DoNotOptimize(estimator.prepare(frame));
}
BENCHMARK(BM_PrepareFrame640)->Unit(benchmark::kMillisecond);

void BM_PrepareFrame1080(benchmark::State& state) {
  const ClassicalEstimator estimator;
  const Frame frame = textured({1920, 1080}, {});
  for (auto _ : state) benchmark::DoNotOptimize(estimator.prepare(frame));
}
BENCHMARK(BM_PrepareFrame1080)->Unit(benchmark::kMillisecond);

void BM_EstimatePair640(benchmark::State& state) {
  const ClassicalEstimator estimator;
  std::vector<PreparedFramePtr> prepared;
  for (const Frame& f : walking_frames()) prepared.push_back(*estimator.prepare(f));
  std::size_t i = 0;
  for (auto _ : state) {
    const FramePair pair{prepared[i], prepared[i + 1]};
    benchmark::DoNotOptimize(estimator.estimate({&pair, 1}, {}));
    i = (i + 1) % (prepared.size() - 1);
  }
}
BENCHMARK(BM_EstimatePair640)->Unit(benchmark::kMillisecond);

void BM_FitMotion(benchmark::State& state) {
  std::vector<PointMatch> matches;
  std::uint32_t r = 1;
  const auto uniform = [&r] { return static_cast<float>((r = r * 1664525u + 1013904223u) >> 8) / 16777216.0f; };
  for (int i = 0; i < 400; ++i) {
    const float x = 640 * uniform(), y = 360 * uniform();
    const bool outlier = i % 3 == 0;
    matches.push_back({x, y, x + 3 + (outlier ? 20 * uniform() : 0.2f * uniform()), y - 2 + 0.2f * uniform()});
  }
  for (auto _ : state) benchmark::DoNotOptimize(fit_motion(matches, {640, 360}));
}
BENCHMARK(BM_FitMotion)->Unit(benchmark::kMillisecond);

void BM_Warp1080(benchmark::State& state) {
  PixelFormat format;
  format.bit_depth = static_cast<int>(state.range(1));
  const Frame frame = textured({1920, 1080}, format);
  // A typical correction: 1 degree, 12 px, a crop of 0.85, a little perspective.
  const Mat3 centre = Mat3::translation(959.5, 539.5), back = Mat3::translation(-959.5, -539.5);
  Mat3 warp = centre * Mat3::rotation(0.017) * Mat3::scaling(0.85, 0.85) * Mat3::translation(12, -7) * back;
  warp(2, 0) = 1e-6;
  const auto interpolation = state.range(0) == 4 ? Interpolation::kBicubic : Interpolation::kBilinear;
  for (auto _ : state) benchmark::DoNotOptimize(render(frame, {warp}, frame.size(), interpolation));
}
BENCHMARK(BM_Warp1080)->ArgNames({"taps", "bits"})->Args({2, 8})->Args({4, 8})->Args({4, 10})->Unit(benchmark::kMillisecond);

MotionTrack shaky_track(int frames) {
  MotionTrack track;
  track.size = {1920, 1080};
  track.time_base = {1, 30};
  for (int i = 0; i < frames; ++i) {
    track.pts.push_back(i);
    if (i == 0) continue;
    PairMotion pair;
    pair.status = MotionStatus::kOk;
    pair.confidence = 0.9f;
    pair.cur_from_prev = Mat3::translation(3 + 6 * std::sin(0.9 * i) + 3 * std::sin(2.1 * i), 5 * std::sin(1.3 * i)) * Mat3::rotation(0.003 * std::sin(0.7 * i));
    track.pairs.push_back(pair);
  }
  return track;
}

void BM_Solve(benchmark::State& state) {
  const MotionTrack track = shaky_track(static_cast<int>(state.range(0)));
  StabilizeSettings settings;
  for (auto _ : state) benchmark::DoNotOptimize(solve(track, settings));
}
BENCHMARK(BM_Solve)->Arg(600)->Arg(10000)->Unit(benchmark::kMillisecond);

/// After a slider move: the raw path is there already. Limits do not bind.
void BM_SolveAgain(benchmark::State& state, const std::string& id) {
  const MotionTrack track = shaky_track(static_cast<int>(state.range(0)));
  const CameraPath raw = build_camera_path(track);
  StabilizeSettings settings;
  settings.smoother = id;
  for (auto _ : state) benchmark::DoNotOptimize(solve(raw, track.size, settings));
}

/// The same where nothing moves but the zoom, which pumps further than there is room for: zoom and window are weighed against each other.
void BM_SolvePumpingZoom(benchmark::State& state) {
  MotionTrack track = shaky_track(static_cast<int>(state.range(0)));
  const auto zoom = [](std::size_t i) { return std::exp(0.02 * std::sin(0.8 * static_cast<double>(i))); };
  for (std::size_t i = 0; i < track.pairs.size(); ++i) {
    const double step = zoom(i + 1) / zoom(i);
    track.pairs[i].cur_from_prev = Mat3::translation(959.5, 539.5) * Mat3::scaling(step, step) * Mat3::translation(-959.5, -539.5);
  }
  const CameraPath raw = build_camera_path(track);
  StabilizeSettings settings;
  settings.keep = 0.97;
  for (auto _ : state) benchmark::DoNotOptimize(solve(raw, track.size, settings));
}
BENCHMARK(BM_SolvePumpingZoom)->Arg(10000)->Unit(benchmark::kMillisecond);

/// One smoothing, by every smoother, with room and without: at 0.99 of the picture the limits bind in most frames.
void BM_Smooth(benchmark::State& state, const std::string& id, double crop) {
  const CameraPath raw = build_camera_path(shaky_track(10000));
  const auto smoother = std::move(*make_path_smoother(id, {}));
  for (auto _ : state) benchmark::DoNotOptimize(smoother->smooth(raw, {{1920, 1080}, crop}, {}));
}

/// The default smoother where the zoom, too, is beyond its part of the room: it jerks in and out by a factor of 1.3 every four seconds.
void BM_SmoothCrashZooms(benchmark::State& state) {
  CameraPath raw = build_camera_path(shaky_track(10000));
  for (std::size_t t = 0; t < raw.points.size(); ++t) {
    const int phase = static_cast<int>(t % 120);
    raw.points[t][kPathLogZoom] += 0.026 * (std::clamp(phase - 20, 0, 10) - std::clamp(phase - 80, 0, 10));
  }
  const auto smoother = std::move(*make_path_smoother("l2-optimal", {}));
  for (auto _ : state) benchmark::DoNotOptimize(smoother->smooth(raw, {{1920, 1080}, 0.95}, {}));
}
BENCHMARK(BM_SmoothCrashZooms)->Unit(benchmark::kMillisecond);

const bool kSmoothersAreListed = [] {
  for (const AlgorithmInfo& info : path_smoothers()) {
    const std::string id = info.id;
    benchmark::RegisterBenchmark(("BM_SolveAgain/" + id).c_str(), [id](benchmark::State& state) { BM_SolveAgain(state, id); })->Arg(600)->Arg(10000)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("BM_Smooth/" + id + "/10000").c_str(), [id](benchmark::State& state) { BM_Smooth(state, id, 0.8); })->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("BM_SmoothInside/" + id + "/10000").c_str(), [id](benchmark::State& state) { BM_Smooth(state, id, 0.99); })->Unit(benchmark::kMillisecond);
  }
  return true;
}();

/// The learned estimator's two halves, without decoding; skipped where the plug-in or the weights are missing. Each iteration of the second is a batch of four pairs.
std::unique_ptr<MotionEstimator> learned(benchmark::State& state) {
  auto made = make_motion_estimator("ihn");
  if (made) return std::move(*made);
  state.SkipWithError(made.error().message.c_str());
  return nullptr;
}

void BM_LearnedPrepare(benchmark::State& state) {
  const auto estimator = learned(state);
  if (!estimator) return;
  const int width = static_cast<int>(state.range(0));
  const Frame frame = textured({width, width * 9 / 16}, {});
  for (auto _ : state) benchmark::DoNotOptimize(estimator->prepare(frame));
}
BENCHMARK(BM_LearnedPrepare)->Arg(640)->Arg(1920)->Arg(3840)->Unit(benchmark::kMillisecond);

void BM_LearnedEstimateFourPairs(benchmark::State& state) {
  const auto estimator = learned(state);
  if (!estimator) return;
  std::vector<PreparedFramePtr> prepared;
  for (int i = 0; i < 5; ++i) prepared.push_back(*estimator->prepare(walking_frames()[static_cast<std::size_t>(i)]));
  std::vector<FramePair> pairs;
  for (std::size_t i = 0; i < 4; ++i) pairs.push_back({prepared[i], prepared[i + 1]});
  for (auto _ : state) benchmark::DoNotOptimize(estimator->estimate(pairs, {}));
  state.SetItemsProcessed(4 * state.iterations());
}
BENCHMARK(BM_LearnedEstimateFourPairs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keel

BENCHMARK_MAIN();
