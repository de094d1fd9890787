// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/learned/refine_graph.h"

#include <stdexcept>
#include <utility>

#ifdef KEEL_LEARNED_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace keel::learned {
namespace {

using torch::Tensor;

/// Shapes that are recorded at most, each with its maps in memory: a clip has one or two, of its batches and its last one.
constexpr std::size_t kMostGraphs = 8;

/// Every tensor of a step, in one order.
template <class StepType, class Visit>
void visit_tensors(StepType& step, const Visit& visit) {
  for (auto* tensor : {&step.corners, &step.cur_from_prev, &step.before, &step.cells.shift, &step.cells.log_weight, &step.match, &step.inside, &step.residual, &step.weight})
    visit(*tensor);
}

/// All of the steps' values one after the other: fetched out of a recording's memory by a single copy.
Tensor packed(const std::vector<Step>& steps) {
  std::vector<Tensor> lines;
  for (const Step& step : steps) visit_tensors(step, [&](const Tensor& t) { lines.push_back(t.reshape({-1})); });
  return torch::cat(lines);
}

/// Steps shaped as `like` over packed values.
std::vector<Step> unpacked(const Tensor& values, const std::vector<Step>& like) {
  std::vector<Step> steps = like;
  std::int64_t at = 0;
  for (Step& step : steps)
    visit_tensors(step, [&](Tensor& t) {
      const std::int64_t count = t.numel();
      t = values.narrow(0, at, count).view(t.sizes());
      at += count;
    });
  return steps;
}

/// "WHAT (WHY); it is executed step by step."
std::string trouble_of(const char* what, const std::exception& error) {
  constexpr std::size_t kMostWords = 120;
  std::string text(what);
  text.append(" (").append(std::string(error.what()), 0, kMostWords).append("); it is executed step by step.");
  return text;
}

double largest_difference(const std::vector<Step>& a, const std::vector<Step>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = (a[i].corners - b[i].corners).abs().max().item<double>();
    // A comparison with what is not a number is false.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

Features like(const Features& features) {
  // Kept beyond this call and written again: no inference tensors.
  const c10::InferenceMode outside_of_inference(false);
  torch::NoGradGuard no_gradient;
  Features copies;
  for (std::size_t level = 0; level < kLevels; ++level) copies[level] = torch::empty(features[level].sizes(), features[level].options());
  return copies;
}

void copy(Features& to, const Features& from) {
  for (std::size_t level = 0; level < kLevels; ++level) to[level].copy_(from[level], true);
}

#ifdef KEEL_LEARNED_CUDA
class CudaGraphRecording final : public Recording {
 public:
  void record(const std::function<void()>& work) override {
    // Nothing can be captured on the default stream, and what the inputs wait for is queued on the current one.
    c10::cuda::getCurrentCUDAStream().synchronize();
    const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
    {
      const c10::cuda::CUDAStreamGuard on(stream);
      // Before: libraries choose their algorithms and reserve memory, which a capture does not allow.
      for (int i = 0; i < kWarmUps; ++i) work();
      stream.synchronize();
      begin_capture(graph_);
      try {
        work();
      } catch (...) {
        // The stream must not be left capturing; the first failure is the one to tell.
        try {
          graph_.capture_end();
        } catch (const std::exception&) {
        }
        throw;
      }
      graph_.capture_end();
    }
  }
  void replay() override { graph_.replay(); }

 private:
  /// A capture forbids other threads' allocations (a decoder's, a renderer's) too, unless it is told to mind its own thread, which older LibTorches cannot say.
  template <class Graph>
  static void begin_capture(Graph& graph) {
    if constexpr (requires { graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal); }) graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    else graph.capture_begin();
  }

  static constexpr int kWarmUps = 2;
  at::cuda::CUDAGraph graph_;
};
#endif

}  // namespace

std::optional<Recorder> cuda_graphs() {
#ifdef KEEL_LEARNED_CUDA
  return Recorder{[] { return std::make_unique<CudaGraphRecording>(); },
                  [] { return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(c10::cuda::getCurrentCUDAStream().stream())); }};
#else
  return std::nullopt;
#endif
}

/// One shape's recording and the memory that it reads and writes. The recording is declared last: it goes first, so that no memory is given back under it.
struct RefineGraphs::Graph {
  Features prev, cur;
  std::vector<Step> shapes;
  Tensor values;
  std::unique_ptr<Recording> recording;

  Tensor run(const Features& from, const Features& to) {
    copy(prev, from);
    copy(cur, to);
    recording->replay();
    return values.clone();
  }
};

RefineGraphs::RefineGraphs(Refine plain, Recorder recorder) : plain_(std::move(plain)), recorder_(std::move(recorder)) {}
RefineGraphs::~RefineGraphs() = default;

std::vector<Step> RefineGraphs::refine(const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  const Key key{recorder_.queue(), prev[0].size(0), geometry.width, geometry.height, static_cast<int>(prev[0].scalar_type())};
  std::unique_lock lock(mutex_);
  const auto found = graphs_.find(key);
  if (trouble_ || (found == graphs_.end() && graphs_.size() >= kMostGraphs)) {
    lock.unlock();
    return plain_(prev, cur, geometry);
  }
  if (found == graphs_.end()) return first_use(key, prev, cur, geometry);
  try {
    const Tensor values = found->second->run(prev, cur);
    ++replays_;
    return unpacked(values, found->second->shapes);
  } catch (const std::exception& error) {
    trouble_ = trouble_of("The recorded refinement failed", error);
    graphs_.clear();
  }
  lock.unlock();
  return plain_(prev, cur, geometry);
}

std::vector<Step> RefineGraphs::first_use(const Key& key, const Features& prev, const Features& cur, const ViewGeometry& geometry) {
  // What is wrong with plain execution is nothing to go on from.
  std::vector<Step> wanted = plain_(prev, cur, geometry);
  try {
    auto graph = std::make_unique<Graph>();
    graph->prev = like(prev);
    graph->cur = like(cur);
    // The other way round: a recording that keeps what it was recorded with, instead of reading its memory again, must show.
    copy(graph->prev, cur);
    copy(graph->cur, prev);
    graph->recording = recorder_.make();
    graph->recording->record([this, geometry, made = graph.get()] {
      made->shapes = plain_(made->prev, made->cur, geometry);
      made->values = packed(made->shapes);
    });
    const double difference = largest_difference(unpacked(graph->run(prev, cur), graph->shapes), wanted);
    if (difference <= kReplayTolerance) {
      // Their shapes are all that is needed; the values would keep the device's memory.
      for (Step& step : graph->shapes) visit_tensors(step, [](Tensor& t) { t = torch::empty(t.sizes(), torch::TensorOptions().device(torch::kMeta)); });
      graphs_[key] = std::move(graph);
    } else {
      trouble_ = "The recorded refinement does not give what it gives step by step; it is executed step by step.";
    }
  } catch (const std::exception& error) {
    trouble_ = trouble_of("The refinement could not be recorded", error);
  }
  return wanted;
}

std::optional<std::string> RefineGraphs::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::int64_t RefineGraphs::replays() const {
  const std::lock_guard lock(mutex_);
  return replays_;
}

}  // namespace keel::learned
