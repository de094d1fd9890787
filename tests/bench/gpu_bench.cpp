// SPDX-License-Identifier: GPL-3.0-or-later
// Times of the pixel work on the machine's GPU. Prints why, and does nothing, where there is none.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <span>
#include <vector>

#include "engine/backend/device.h"
#include "engine/backend/thread_pool.h"
#include "engine/metrics/metrics.h"
#include "engine/motion/classical.h"
#include "engine/render/frame_renderer.h"
#include "engine/sample/sample_clip.h"
#include "tests/support/device_frames.h"

namespace keel {
namespace {

constexpr PixelFormat k420{};
/// Work queued before a wait, so that the wait itself does not count.
constexpr int kQueued = 20;

Size size_of(std::int64_t lines) { return {static_cast<int>(lines * 16 / 9), static_cast<int>(lines)}; }

Frame gradient(Size size) {
  FrameBuffer out(size, k420, {});
  for (int p = 0; p < out.plane_count(); ++p)
    for (int y = 0; y < out.plane(p).height; ++y)
      for (int x = 0; x < out.plane(p).width; ++x) out.row<std::uint8_t>(p, y)[x] = static_cast<std::uint8_t>(x * 5 + y * 3);
  return std::move(out).freeze();
}

FrameWarp some_warp() { return {Mat3::translation(20.3, -11.6) * Mat3::rotation(0.01) * Mat3::scaling(0.9, 0.9)}; }

/// The yardstick of the warp: a copy of as many bytes within the device's memory. Bytes read and written are both counted.
void copy_on_device(benchmark::State& state) {
  const Gpu gpu = system_gpu();
  const std::size_t bytes = packed_picture(k420, size_of(state.range(0))).bytes;
  auto from = GpuMemory::allocate(*gpu.runtime, GpuMemory::Kind::kDevice, bytes), to = GpuMemory::allocate(*gpu.runtime, GpuMemory::Kind::kDevice, bytes);
  auto queue = GpuQueue::create(*gpu.runtime);
  for (auto _ : state) {
    for (int i = 0; i < kQueued; ++i) gpu.runtime->copy(to->data(), from->data(), bytes, CopyDirection::kOnDevice, queue->stream());
    if (gpu.runtime->wait(queue->stream()) != 0) return state.SkipWithError("the copy failed");
  }
  state.SetItemsProcessed(state.iterations() * kQueued);
  state.SetBytesProcessed(state.iterations() * kQueued * 2 * static_cast<std::int64_t>(bytes));
}

void warp_on_device(benchmark::State& state) {
  const Gpu gpu = system_gpu();
  const Size size = size_of(state.range(0));
  auto warper = GpuWarper::create(gpu, k420, size, size, static_cast<Interpolation>(state.range(1)));
  if (!warper) return state.SkipWithError(warper.error().message.c_str());
  auto queue = GpuQueue::create(*gpu.runtime);
  for (auto _ : state) {
    for (int i = 0; i < kQueued; ++i) (void)warper->launch(warper->source_planes(), warper->output(), {}, some_warp(), queue->stream());
    if (gpu.runtime->wait(queue->stream()) != 0) return state.SkipWithError("the warp failed");
  }
  state.SetItemsProcessed(state.iterations() * kQueued);
  state.SetBytesProcessed(state.iterations() * kQueued * 2 * static_cast<std::int64_t>(packed_picture(k420, size).bytes));
}

/// Where pictures come from and go to.
enum class Way { kThroughHost = 1, kFromSurface, kStayOnDevice };

/// As a decoder leaves it.
Frame nv12_on_device(const Frame& frame) { return test::on_device(*system_gpu().runtime, frame, test::SurfaceLayout::kSemiPlanar); }

/// As an export does it, from a picture in the memory of the computer, or one that a decoder left on the device, to one in either; without a
/// GPU the figure of the CPU.
void render_frames(benchmark::State& state, Gpu gpu, Way way = Way::kThroughHost) {
  const Size size = size_of(state.range(0));
  const Frame source = way == Way::kThroughHost ? gradient(size) : nv12_on_device(gradient(size));
  FrameRenderer renderer(size, Interpolation::kBicubic, gpu, way == Way::kStayOnDevice ? OutputPlace::kDevice : OutputPlace::kHost);
  for (auto _ : state) {
    renderer.push(source, some_warp());
    while (renderer.in_flight() >= renderer.depth()) benchmark::DoNotOptimize(renderer.pop());
  }
  if (renderer.trouble()) state.SkipWithError(renderer.trouble()->c_str());
  state.SetItemsProcessed(state.iterations());
}

/// Pairs that an analysis estimates at once on a GPU.
constexpr int kBatch = 16;

/// Frames of a walk, enlarged by a whole number, so that every size is reduced to the same working picture.
std::vector<Frame> walk(Size size) {
  const PlaneScene scene = handheld_scene({640, 360}, kBatch + 1, 7, false);
  const int factor = size.height / scene.size.height;
  std::vector<Frame> frames;
  for (int i = 0; i <= kBatch; ++i) {
    const Frame small = render_plane(scene, i);
    FrameBuffer out(size, small.format(), {});
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) out.row<std::uint8_t>(0, y)[x] = small.plane(0).row<std::uint8_t>(y / factor)[x / factor];
    frames.push_back(std::move(out).freeze());
  }
  return frames;
}

void check_compute(benchmark::State& state, const ClassicalEstimator& estimator, Gpu gpu) {
  if (estimator.compute().trouble) state.SkipWithError(estimator.compute().trouble->c_str());
  else if (gpu.runtime != nullptr && !estimator.compute().on_gpu) state.SkipWithError("the GPU was not used");
}

/// A whole pair after the one before it, from a picture in the computer's memory to its motion, nothing else in flight.
void motion_of_pair(benchmark::State& state, Gpu gpu, Way way = Way::kThroughHost) {
  std::vector<Frame> frames = walk(size_of(state.range(0)));
  if (way != Way::kThroughHost)
    for (Frame& frame : frames) frame = nv12_on_device(frame);
  const ClassicalEstimator estimator({}, gpu);
  PreparedFramePtr prev = *estimator.prepare(frames.front());
  std::size_t next = 1;
  const auto step = [&] {
    PreparedFramePtr cur = *estimator.prepare(frames[next]);
    next = (next + 1) % frames.size();
    const FramePair pair{std::move(prev), cur};
    benchmark::DoNotOptimize(estimator.estimate({&pair, 1}, {}));
    prev = std::move(cur);
  };
  step();  // the comparison with the CPU
  for (auto _ : state) step();
  check_compute(state, estimator, gpu);
  state.SetItemsProcessed(state.iterations());
}

std::vector<FramePair> prepared_pairs(const ClassicalEstimator& estimator, const std::vector<Frame>& frames) {
  std::vector<PreparedFramePtr> prepared;
  for (const Frame& frame : frames) prepared.push_back(*estimator.prepare(frame));
  std::vector<FramePair> pairs;
  for (std::size_t i = 0; i + 1 < prepared.size(); ++i) pairs.push_back({prepared[i], prepared[i + 1]});
  return pairs;
}

/// As an analysis does it: as many a task as the estimator likes.
void estimate_on_pool(const ClassicalEstimator& estimator, std::span<const FramePair> pairs) {
  ThreadPool::shared().parallel_for(0, static_cast<int>(pairs.size()), estimator.preferred_batch(), [&](int begin, int end) {
    benchmark::DoNotOptimize(estimator.estimate(pairs.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), {}));
  });
}

/// A batch of an analysis: the frames one after the other, then the pairs.
void motion_of_batch(benchmark::State& state, Gpu gpu) {
  const std::vector<Frame> frames = walk(size_of(state.range(0)));
  const ClassicalEstimator estimator({}, gpu);
  const auto batch = [&] { estimate_on_pool(estimator, prepared_pairs(estimator, frames)); };
  batch();  // the comparison with the CPU
  for (auto _ : state) batch();
  check_compute(state, estimator, gpu);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

/// A frame of a walk and its outputs, each a frame of the same walk, judged from pictures in the computer's memory.
void judge_frames(benchmark::State& state, metrics::Device device) {
  const std::vector<Frame> frames = walk(size_of(state.range(0)));
  const auto outputs = static_cast<int>(state.range(1));
  metrics::MetricsOptions options;
  options.device = device;
  metrics::Meter meter(options, outputs);
  std::size_t next = 0;
  const auto step = [&] {
    // To and fro, so that neighbours always show the same scene.
    const std::size_t turn = next++ % (2 * frames.size() - 2), at = turn < frames.size() ? turn : 2 * frames.size() - 2 - turn;
    const std::vector<Frame> shown(static_cast<std::size_t>(outputs), frames[at]);
    if (!meter.step(frames[at], shown)) state.SkipWithError("the frame cannot be judged");
  };
  for (int i = 0; i < 3; ++i) step();  // the search for the place, and the comparison with the CPU
  for (auto _ : state) step();
  const metrics::MetricsReport report = meter.reports().front();
  if (report.gpu_trouble) state.SkipWithError(report.gpu_trouble->c_str());
  else if (device.runtime != nullptr && !report.on_gpu) state.SkipWithError("the GPU was not used");
  state.SetItemsProcessed(state.iterations());
}

/// Only what comes after the frames are prepared: spans of so many pairs, which one thread hands over and judges. The second argument is how many.
void motion_of_span(benchmark::State& state, Gpu gpu) {
  const ClassicalEstimator estimator({}, gpu);
  const std::vector<FramePair> all = prepared_pairs(estimator, walk(size_of(state.range(0))));
  const std::span<const FramePair> pairs = std::span(all).first(static_cast<std::size_t>(state.range(1)));
  (void)estimator.estimate(all, {});  // the comparison with the CPU
  for (auto _ : state) benchmark::DoNotOptimize(estimator.estimate(pairs, {}));
  check_compute(state, estimator, gpu);
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

void register_benchmarks() {
  for (const std::int64_t lines : {360, 1080, 2160}) {
    benchmark::RegisterBenchmark("MotionGpu", [](benchmark::State& s) { motion_of_pair(s, system_gpu()); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionFromSurface", [](benchmark::State& s) { motion_of_pair(s, system_gpu(), Way::kFromSurface); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionCpu", [](benchmark::State& s) { motion_of_pair(s, {}); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionBatchGpu", [](benchmark::State& s) { motion_of_batch(s, system_gpu()); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionBatchCpu", [](benchmark::State& s) { motion_of_batch(s, {}); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    for (const std::int64_t outputs : {1, 8}) {
      const auto on_gpu = [](benchmark::State& s) { judge_frames(s, metrics::system_device()); };
      const auto on_cpu = [](benchmark::State& s) { judge_frames(s, {}); };
      benchmark::RegisterBenchmark("MetricsGpu", on_gpu)->Args({lines, outputs})->UseRealTime()->Unit(benchmark::kMillisecond);
      benchmark::RegisterBenchmark("MetricsCpu", on_cpu)->Args({lines, outputs})->UseRealTime()->Unit(benchmark::kMillisecond);
    }
    for (const std::int64_t pairs : {std::int64_t{1}, std::int64_t{kBatch}}) {
      benchmark::RegisterBenchmark("MotionSpanGpu", [](benchmark::State& s) { motion_of_span(s, system_gpu()); })->Args({lines, pairs})->UseRealTime()->Unit(benchmark::kMillisecond);
      benchmark::RegisterBenchmark("MotionSpanCpu", [](benchmark::State& s) { motion_of_span(s, {}); })->Args({lines, pairs})->UseRealTime()->Unit(benchmark::kMillisecond);
    }
    benchmark::RegisterBenchmark("GpuCopy", copy_on_device)->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    for (const Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kBicubic})
      benchmark::RegisterBenchmark("GpuWarp", warp_on_device)->Args({lines, static_cast<std::int64_t>(interpolation)})->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("RenderGpu", [](benchmark::State& s) { render_frames(s, system_gpu()); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("RenderFromSurface", [](benchmark::State& s) { render_frames(s, system_gpu(), Way::kFromSurface); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("RenderStays", [](benchmark::State& s) { render_frames(s, system_gpu(), Way::kStayOnDevice); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("RenderCpu", [](benchmark::State& s) { render_frames(s, {}); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
  }
}

}  // namespace
}  // namespace keel

int main(int argc, char** argv) {
  if (keel::system_gpu().runtime == nullptr) {
    std::fprintf(stderr, "No GPU to measure: %s.\n", keel::device_status().cuda_text.c_str());
    return 1;
  }
  benchmark::Initialize(&argc, argv);
  keel::register_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
}
