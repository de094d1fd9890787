// SPDX-License-Identifier: GPL-3.0-or-later
// Times of the pixel work on the machine's GPU. Prints why, and does nothing, where there is none.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <vector>

#include "engine/backend/device.h"
#include "engine/backend/thread_pool.h"
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

/// Pairs that an analysis estimates at once.
constexpr int kBatch = 8;

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

/// A batch as an analysis does it: the frames one after the other, then the pairs on all threads.
void motion_of_batch(benchmark::State& state, Gpu gpu) {
  const std::vector<Frame> frames = walk(size_of(state.range(0)));
  const ClassicalEstimator estimator({}, gpu);
  const auto batch = [&] {
    std::vector<PreparedFramePtr> prepared;
    for (const Frame& frame : frames) prepared.push_back(*estimator.prepare(frame));
    ThreadPool::shared().parallel_for(0, kBatch, 1, [&](int begin, int end) {
      for (int i = begin; i < end; ++i) {
        const FramePair pair{prepared[static_cast<std::size_t>(i)], prepared[static_cast<std::size_t>(i) + 1]};
        benchmark::DoNotOptimize(estimator.estimate({&pair, 1}, {}));
      }
    });
  };
  batch();  // the comparison with the CPU
  for (auto _ : state) batch();
  check_compute(state, estimator, gpu);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void register_benchmarks() {
  for (const std::int64_t lines : {360, 1080, 2160}) {
    benchmark::RegisterBenchmark("MotionGpu", [](benchmark::State& s) { motion_of_pair(s, system_gpu()); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionFromSurface", [](benchmark::State& s) { motion_of_pair(s, system_gpu(), Way::kFromSurface); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionCpu", [](benchmark::State& s) { motion_of_pair(s, {}); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionBatchGpu", [](benchmark::State& s) { motion_of_batch(s, system_gpu()); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("MotionBatchCpu", [](benchmark::State& s) { motion_of_batch(s, {}); })->Arg(lines)->UseRealTime()->Unit(benchmark::kMillisecond);
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
