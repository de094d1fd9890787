// SPDX-License-Identifier: GPL-3.0-or-later
// Times of the learned estimator's network on the device that LibTorch has: a GPU, else the CPU. Beside each time: how far the corners are from those of plain execution in floats
// (differs_px, the largest) and from the truth (error_px, the mean over pairs), px of the view.
#include <benchmark/benchmark.h>

#include <cstdio>

#include "engine/learned/learned_estimator.h"
#include "engine/learned/local_correlation.h"
#include "engine/learned/motion_nets.h"
#include "engine/learned/refine_graph.h"
#include "engine/learned/weights.h"
#include "engine/sample/sample_clip.h"

namespace keel::learned {
namespace {

using torch::Tensor;

constexpr Size kView{320, 176};
const ViewGeometry kGeometry{kView.width, kView.height};
/// Pairs of a batch at most.
constexpr int kMostPairs = 64;
constexpr const char* kWeights = KEEL_SOURCE_DIR "/resources/models/ihn.safetensors";

torch::Device device() { return torch::cuda::is_available() ? torch::kCUDA : torch::kCPU; }
void finish() {
  if (torch::cuda::is_available()) torch::cuda::synchronize();
}

/// A walk: pair i is frames i and i + 1.
struct Walk {
  Tensor views;    ///< [kMostPairs + 1,1,H,W]
  Tensor corners;  ///< [kMostPairs,4,2] where the view's corners go, px
};

const Walk& walk() {
  static const Walk made = [] {
    const PlaneScene scene = handheld_scene(kView, kMostPairs + 1, 7, false);
    std::vector<Tensor> views, corners;
    for (int i = 0; i <= kMostPairs; ++i) {
      const Frame frame = render_plane(scene, i);
      const PlaneView& luma = frame.plane(0);
      // The picture where it lies; the only copy is the one to the device.
      void* pixels = const_cast<std::uint8_t*>(luma.row<std::uint8_t>(0));
      views.push_back(torch::from_blob(pixels, {1, 1, kView.height, kView.width}, {0, 0, static_cast<std::int64_t>(luma.stride_bytes), 1}, torch::kByte).to(device()).to(torch::kFloat) / 255);
      if (i == 0) continue;
      std::vector<float> moved;
      for (const Point& corner : corner_centres(kView)) {
        const Point at = apply(exact_motion(scene, i - 1, i), corner);
        moved.insert(moved.end(), {static_cast<float>(at.x), static_cast<float>(at.y)});
      }
      corners.push_back(torch::tensor(moved).view({1, 4, 2}));
    }
    return Walk{torch::cat(views), torch::cat(corners).to(device())};
  }();
  return made;
}

MotionNets networks_on_cpu() {
  auto loaded = load_weights(kWeights);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    std::exit(1);
  }
  (*loaded)->eval();
  return *loaded;
}

MotionNets networks() {
  MotionNets nets = networks_on_cpu();
  nets->to(device());
  return nets;
}

struct Pairs {
  Features prev, cur;
};
Pairs encoded(MotionNets& nets, int pairs) {
  return {nets->ihn->encode(walk().views.slice(0, 0, pairs)), nets->ihn->encode(walk().views.slice(0, 1, pairs + 1))};
}

void accuracy(benchmark::State& state, MotionNets& nets, int pairs, const Tensor& corners) {
  MotionNets plain = networks();
  const Pairs features = encoded(plain, pairs);
  const Tensor wanted = plain->ihn->refine(features.prev, features.cur, kGeometry).back().corners;
  state.counters["differs_px"] = (corners - wanted).norm(2, 2).max().item<double>() * kGeometry.scale();
  state.counters["error_px"] = corner_error_px(corners, walk().corners.slice(0, 0, pairs), kGeometry).mean().item<double>();
  if (const RefineGraphs* recordings = nets->ihn->recordings(); recordings != nullptr) {
    if (recordings->trouble()) state.SkipWithError(recordings->trouble()->c_str());
    else if (recordings->replays() == 0) state.SkipWithError("nothing was replayed");
  }
}

void encode(benchmark::State& state, torch::ScalarType type) {
  const c10::InferenceMode inference;
  MotionNets nets = networks();
  nets->ihn->compute_in(type);
  const Tensor views = walk().views.slice(0, 0, state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(nets->ihn->encode(views));
    finish();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// The six iterations, without what doubtful pairs cost more.
void refine(benchmark::State& state, torch::ScalarType type, bool recorded) {
  const c10::InferenceMode inference;
  const int pairs = static_cast<int>(state.range(0));
  MotionNets nets = networks();
  nets->ihn->compute_in(type);
  if (recorded) nets->ihn->use_recordings(*cuda_graphs());
  const Pairs features = encoded(nets, pairs);
  Tensor corners = nets->ihn->steps(features.prev, features.cur, kGeometry).back().corners;  // the first use
  for (auto _ : state) {
    corners = nets->ihn->steps(features.prev, features.cur, kGeometry).back().corners;
    finish();
  }
  accuracy(state, nets, pairs, corners);
  state.SetItemsProcessed(state.iterations() * pairs);
}

/// On maps like the finest level's.
void correlate(benchmark::State& state, bool fused) {
  const c10::InferenceMode inference;
  constexpr int kRadius = 3, kChannels = 16;
  const auto options = torch::TensorOptions().device(device());
  const Tensor a = torch::rand({state.range(0), kChannels, kView.height / 2, kView.width / 2}, options), b = torch::rand_like(a);
  if (fused && !fused_correlation_agrees(a.device())) return state.SkipWithError("the fused correlation does not agree with its plain form, or there is none");
  for (auto _ : state) {
    benchmark::DoNotOptimize(fused ? local_correlation(a, b, kRadius) : local_correlation_reference(a, b, kRadius));
    finish();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// What the program does, but for decoding: frames prepared, pairs compared in the batches that the estimator likes, the first of them by both where it is on a GPU.
void estimate(benchmark::State& state, NetPrecision precision, bool on_gpu) {
  static const AlgorithmInfo info{"ihn", "", "", {}};
  const PlaneScene scene = handheld_scene({640, 352}, kMostPairs + 1, 7, false);
  std::vector<Frame> frames;
  for (int i = 0; i <= kMostPairs; ++i) frames.push_back(render_plane(scene, i));
  NetDevice device;
  if (on_gpu) device = {gpu_runner(networks_on_cpu(), NetKind::kIhn, precision), precision, {}};
  const LearnedEstimator estimator(info, NetKind::kIhn, networks_on_cpu(), kView.width, device);
  const auto run = [&] {
    std::vector<FramePair> pairs;
    PreparedFramePtr before = *estimator.prepare(frames.front());
    for (int i = 1; i <= kMostPairs; ++i) {
      PreparedFramePtr now = *estimator.prepare(frames[static_cast<std::size_t>(i)]);
      pairs.push_back({std::move(before), now});
      before = std::move(now);
      if (static_cast<int>(pairs.size()) < estimator.preferred_batch()) continue;
      benchmark::DoNotOptimize(estimator.estimate(pairs, {}));
      pairs.clear();
    }
  };
  if (on_gpu) run();  // the comparison, and recording
  for (auto _ : state) run();
  state.SetItemsProcessed(state.iterations() * kMostPairs);
  const MotionCompute compute = estimator.compute();
  if (compute.difference) state.counters["differs_px"] = compute.difference->view_px;
  if (compute.on_gpu != on_gpu)
    state.SkipWithError(compute.trouble.value_or("no pair was compared").c_str());
}

void register_benchmarks() {
  const bool cuda = torch::cuda::is_available();
  const auto add = [](const std::string& name, auto run) { benchmark::RegisterBenchmark(name.c_str(), run)->Arg(1)->Arg(kMostPairs)->UseRealTime()->Unit(benchmark::kMillisecond); };
  // Where a CPU has no halves, the short type that it has.
  const std::vector<std::pair<std::string, torch::ScalarType>> types{{"float", torch::kFloat}, cuda ? std::pair{"half", torch::kHalf} : std::pair{"bfloat16", torch::kBFloat16}};
  for (const auto& [name, type] : types) {
    add("Encode/" + name, [type = type](benchmark::State& s) { encode(s, type); });
    add("Refine/" + name + "/plain", [type = type](benchmark::State& s) { refine(s, type, false); });
    if (cuda && cuda_graphs()) add("Refine/" + name + "/recorded", [type = type](benchmark::State& s) { refine(s, type, true); });
  }
  add("Correlation/fused", [](benchmark::State& s) { correlate(s, true); });
  const auto add_clip = [](const std::string& name, auto run) { benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime()->Unit(benchmark::kMillisecond); };
  add_clip("Estimate/cpu", [](benchmark::State& s) { estimate(s, NetPrecision::kFull, false); });
  if (cuda && cuda_graphs())
    for (const auto& [name, precision] : {std::pair{"float", NetPrecision::kFull}, {"half", NetPrecision::kHalf}})
      add_clip(std::string("Estimate/gpu/") + name, [precision = precision](benchmark::State& s) { estimate(s, precision, true); });
  add("Correlation/plain", [](benchmark::State& s) { correlate(s, false); });
}

}  // namespace
}  // namespace keel::learned

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::printf("LibTorch computes on %s.\n", torch::cuda::is_available() ? "a GPU" : "the CPU; there is no GPU for it, so that nothing is recorded");
  keel::learned::register_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
}
