// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/host_gpu.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "engine/backend/launch.h"

namespace keel::test {

/// Where an event was recorded; shared with all who wait for it.
struct HostGpu::Mark {
  Queue* queue;  ///< there as long as the mark is not passed
  bool passed = false;
};

/// Work, a mark to pass, or a mark to wait for.
struct HostGpu::Step {
  std::function<void()> work;
  std::shared_ptr<Mark> passes, awaits;
};

struct HostGpu::Queue {
  std::deque<Step> steps;
};

struct HostGpu::Event {
  std::shared_ptr<Mark> newest;
};

void HostGpu::fail_from(int first, int count, int code) {
  const std::lock_guard lock(mutex_);
  calls_ = 0;
  first_ = first;
  last_ = count == kNever ? kNever : first + count - 1;
  code_ = code;
}

int HostGpu::next_call() const noexcept {
  const int call = calls_++;
  return call >= first_ && call <= last_ && first_ != kNever ? code_ : 0;
}

int HostGpu::allocate_block(void** memory, std::size_t bytes, bool on_device) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  *memory = std::malloc(bytes);
  // What a new block holds is anything but zeros.
  std::memset(*memory, 0xA5, bytes);
  blocks_[static_cast<std::byte*>(*memory)] = {bytes, on_device};
  return 0;
}

int HostGpu::release_block(void* memory, bool on_device) noexcept {
  const std::lock_guard lock(mutex_);
  const int code = next_call();
  const auto found = blocks_.find(static_cast<std::byte*>(memory));
  KEEL_CHECK(found != blocks_.end() && found->second.on_device == on_device);
  blocks_.erase(found);
  std::free(memory);
  return code;
}

int HostGpu::create_stream(GpuStream* stream) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  *stream = new Queue;
  streams_.insert(*stream);
  return 0;
}

int HostGpu::destroy_stream(GpuStream stream) noexcept {
  const std::lock_guard lock(mutex_);
  const int code = next_call();
  KEEL_CHECK(streams_.erase(stream) == 1);
  auto* const queue = static_cast<Queue*>(stream);
  for (const Step& step : queue->steps)
    if (step.passes) step.passes->passed = true;
  passed_.notify_all();
  delete queue;
  return code;
}

bool HostGpu::idle() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(streams_.begin(), streams_.end(), [&](GpuStream stream) { return queue_of(stream).steps.empty(); });
}

int HostGpu::create_event(GpuEvent* event) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  *event = new Event;
  events_.insert(*event);
  return 0;
}

int HostGpu::destroy_event(GpuEvent event) noexcept {
  const std::lock_guard lock(mutex_);
  const int code = next_call();
  KEEL_CHECK(events_.erase(event) == 1);
  delete static_cast<Event*>(event);
  return code;
}

int HostGpu::record(GpuEvent event, GpuStream stream) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(events_.count(event) == 1);
  Queue& queue = queue_of(stream);
  const auto mark = std::make_shared<Mark>(Mark{&queue});
  queue.steps.push_back({{}, mark, {}});
  static_cast<Event*>(event)->newest = mark;
  return 0;
}

int HostGpu::stream_wait(GpuStream stream, GpuEvent event) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(events_.count(event) == 1);
  if (const auto& mark = static_cast<Event*>(event)->newest) queue_of(stream).steps.push_back({{}, {}, mark});
  return 0;
}

void HostGpu::take_steps(Queue& queue, const Mark* upto, std::vector<Step>& steps) {
  while (!queue.steps.empty()) {
    Step step = std::move(queue.steps.front());
    queue.steps.pop_front();
    if (step.awaits && !step.awaits->passed) {
      // What is not in its queue any more another thread is doing.
      Queue& other = *step.awaits->queue;
      const bool queued = std::any_of(other.steps.begin(), other.steps.end(), [&](const Step& s) { return s.passes == step.awaits; });
      if (queued) take_steps(other, step.awaits.get(), steps);
    }
    const bool last = upto != nullptr && step.passes.get() == upto;
    steps.push_back(std::move(step));
    if (last) return;
  }
}

HostGpu::Queue& HostGpu::queue_of(GpuStream stream) const {
  KEEL_CHECK(streams_.count(stream) == 1);
  return *static_cast<Queue*>(stream);
}

void HostGpu::check_inside(const void* begin, std::size_t bytes, bool on_device) const {
  const auto* at = static_cast<const std::byte*>(begin);
  auto block = blocks_.upper_bound(at);
  KEEL_CHECK(block != blocks_.begin());
  --block;
  KEEL_CHECK(block->second.on_device == on_device && at + bytes <= block->first + block->second.bytes);
}

template <class Sample>
void HostGpu::check_plane(const Sample* data, std::ptrdiff_t stride, int width, int height) const {
  check_inside(data, static_cast<std::size_t>((height - 1) * stride + width) * sizeof(Sample), true);
}

void HostGpu::check_padded(const std::uint8_t* data, int stride, int width, int height) const {
  check_plane(data - static_cast<std::ptrdiff_t>(kGrayPadding) * stride - kGrayPadding, stride, width + 2 * kGrayPadding, height + 2 * kGrayPadding);
}

int HostGpu::copy(void* to, const void* from, std::size_t bytes, CopyDirection direction, GpuStream stream) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  check_inside(to, bytes, direction != CopyDirection::kToHost);
  check_inside(from, bytes, direction != CopyDirection::kToDevice);
  ++copies_[direction];
  queue_of(stream).steps.push_back({[=] { std::memcpy(to, from, bytes); }, {}, {}});
  return 0;
}

void HostGpu::enqueue(GpuStream stream, const void* from, std::size_t bytes, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  check_inside(from, bytes, false);
  queue_of(stream).steps.push_back({std::move(work), {}, {}});
}

int HostGpu::wait(GpuStream stream) noexcept {
  std::vector<Step> steps;
  int code = 0;
  {
    const std::lock_guard lock(mutex_);
    code = next_call();
    ++waits_;
    // A wait that fails leaves its own stream's work undone, not that of others.
    if (code == 0) take_steps(queue_of(stream), nullptr, steps);
    else std::move(queue_of(stream).steps.begin(), queue_of(stream).steps.end(), std::back_inserter(steps));
    if (code != 0) queue_of(stream).steps.clear();
  }
  for (const Step& step : steps) {
    if (step.work && code == 0) step.work();
    if (!step.passes && !step.awaits) continue;
    std::unique_lock lock(mutex_);
    if (step.awaits && code == 0) passed_.wait(lock, [&] { return step.awaits->passed; });
    if (step.passes) step.passes->passed = true;
    passed_.notify_all();
  }
  return code;
}

template <class Body, class Check, class Spoil>
int HostGpu::launch(Launch kind, Extent extent, const Body& body, GpuStream stream, Check check, Spoil spoil) const {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(extent.width > 0 && extent.height > 0);
  check();
  ++launches_[kind];
  auto work = [=, wrong = wrong_ == kind, threads = threads_] {
    if (threads) launch_threads(extent, body);
    else launch_emulated(extent, body);
    if (wrong) spoil();
  };
  queue_of(stream).steps.push_back({std::move(work), {}, {}});
  return 0;
}

template <class Sample>
int HostGpu::warp_any(const WarpPlane<Sample>& plane, int taps, GpuStream stream) const {
  const auto check = [&] {
    check_plane(plane.src, plane.src_stride, plane.src_width, plane.src_height);
    check_plane(plane.dst, plane.dst_stride, plane.dst_width, plane.dst_height);
  };
  const auto spoil = [dst = plane.dst] { dst[0] ^= 1; };
  const Extent extent{plane.dst_width, plane.dst_height};
  if (taps == 4) return launch(Launch::kWarp, extent, WarpBody<Sample, 4>{plane}, stream, check, spoil);
  return launch(Launch::kWarp, extent, WarpBody<Sample, 2>{plane}, stream, check, spoil);
}

int HostGpu::warp(const WarpPlane<std::uint8_t>& plane, int taps, GpuStream stream) const noexcept { return warp_any(plane, taps, stream); }
int HostGpu::warp(const WarpPlane<std::uint16_t>& plane, int taps, GpuStream stream) const noexcept { return warp_any(plane, taps, stream); }

template <class Sample>
int HostGpu::split_plane_any(const SplitPlaneBody<Sample>& body, GpuStream stream) const {
  const auto check = [&] {
    check_plane(body.src, body.src_stride, (body.width - 1) * body.step + 1, body.height);
    check_plane(body.dst, body.dst_stride, body.width, body.height);
  };
  return launch(Launch::kSplitPlane, body.extent(), body, stream, check, [body] {
    for (int y = 0; y < body.height; ++y) body.dst[y * body.dst_stride + body.width / 2] ^= 64;
  });
}

int HostGpu::split_plane(const SplitPlaneBody<std::uint8_t>& body, GpuStream stream) const noexcept { return split_plane_any(body, stream); }
int HostGpu::split_plane(const SplitPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept { return split_plane_any(body, stream); }

template <class Sample>
int HostGpu::area_luma_any(const AreaLumaBody<Sample>& body, GpuStream stream) const {
  const auto check = [&] {
    check_plane(body.src, body.src_stride, body.src_width, body.src_height);
    check_plane(body.dst, body.dst_stride, body.dst_width, body.dst_height);
  };
  return launch(Launch::kAreaLuma, body.extent(), body, stream, check, [body] { body.dst[body.dst_width - 1] ^= 1; });
}

int HostGpu::area_luma(const AreaLumaBody<std::uint8_t>& body, GpuStream stream) const noexcept { return area_luma_any(body, stream); }
int HostGpu::area_luma(const AreaLumaBody<std::uint16_t>& body, GpuStream stream) const noexcept { return area_luma_any(body, stream); }

int HostGpu::replicate_border(const ReplicateBorderBody& body, GpuStream stream) const noexcept {
  return launch(
      Launch::kReplicateBorder, body.extent(), body, stream, [&] { check_padded(body.pixels, body.stride, body.width, body.height); }, [body] { body.pixels[-1] ^= 1; });
}

int HostGpu::pyramid_down(const PyramidDownBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_padded(body.src.data, body.src.stride, body.src.width, body.src.height);
    check_plane(body.dst, body.dst_stride, body.extent().width, body.extent().height);
  };
  return launch(Launch::kPyramidDown, body.extent(), body, stream, check, [body] { body.dst[0] ^= 1; });
}

int HostGpu::corner_response(const CornerResponseBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_padded(body.src.data, body.src.stride, body.src.width, body.src.height);
    check_plane(body.dst, body.dst_stride, body.src.width, body.src.height);
  };
  // In the middle of the picture, far above everything: one corner more, and a strongest one.
  return launch(Launch::kCornerResponse, body.extent(), body, stream, check, [body] { body.dst[body.src.height / 2 * body.dst_stride + body.src.width / 2] = 1e9f; });
}

int HostGpu::row_maximum(const RowMaximumBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_plane(body.response, body.stride, body.width, body.rows);
    check_plane(body.out, body.rows, body.rows, 1);
  };
  return launch(Launch::kRowMaximum, body.extent(), body, stream, check, [body] { body.out[0] = 1e9f; });
}

int HostGpu::cell_corners(const CellCornersBody& body, GpuStream stream) const noexcept {
  const Extent cells = body.extent();
  const auto check = [&] {
    check_plane(body.response, body.stride, body.width, body.height);
    check_inside(body.out, static_cast<std::size_t>(CellCornersBody::kCornersPerCell * cells.width * cells.height) * sizeof(Corner), true);
  };
  return launch(Launch::kCellCorners, cells, body, stream, check, [=] {
    for (Corner* c = body.out; c != body.out + CellCornersBody::kCornersPerCell * cells.width * cells.height; ++c) c->x += 1;
  });
}

int HostGpu::track(const LkBody<LkScalarOps>& body, int points, GpuStream stream) const noexcept {
  const auto check = [&] {
    for (const PyramidView* pyramid : {&body.prev, &body.cur})
      for (int l = 0; l < pyramid->levels; ++l) check_padded(pyramid->level[l].data, pyramid->level[l].stride, pyramid->level[l].width, pyramid->level[l].height);
    check_inside(body.matches, static_cast<std::size_t>(points) * sizeof(LkMatch), true);
  };
  return launch(Launch::kTrack, {points, 1}, body, stream, check, [=] {
    for (int i = 0; i < points; ++i) body.matches[i].cur_x += 1.0f / 128;
  });
}

void HostGpu::check_matches(const FitMatches& matches, int most) const {
  for (const float* array : {matches.x, matches.y, matches.u, matches.v, matches.worth}) check_array(array, most);
  check_array(matches.count, 1);
}

void HostGpu::check_candidates(const Candidates& candidates) const {
  check_array(candidates.params, fit::kParams * candidates.count);
  if (candidates.scores != nullptr) check_array(candidates.scores, candidates.count);
}

int HostGpu::gather_matches(const GatherMatchesBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.tracks, body.track_count);
    check_matches(body.out, body.track_count);
  };
  return launch(Launch::kGatherMatches, body.extent(), body, stream, check, [=] { --*body.out.count; });
}

int HostGpu::hypothesise(const HypothesisBody& body, GpuStream stream) const noexcept {
  using fit::Draws;
  const auto check = [&] {
    check_matches(body.matches, 1);
    check_array(body.draws, Draws::kOfSimilarity * body.similarities + Draws::kOfHomography * (body.out.count - body.similarities));
    check_candidates(body.out);
  };
  return launch(Launch::kHypothesise, body.extent(), body, stream, check, [=] {
    for (int k = 0; k < body.out.count; ++k) body.out.params[2 * body.out.count + k] += 1;
  });
}

int HostGpu::score(const ScoreBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_matches(body.matches, 1);
    check_candidates(body.candidates);
  };
  return launch(Launch::kScore, body.extent(), body, stream, check, [=] {
    for (int k = 0; k < body.candidates.count; ++k) body.candidates.scores[k] += 1e-9;
  });
}

int HostGpu::normal_terms(const NormalTermsBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_matches(body.matches, 1);
    check_candidates(body.around);
    check_array(body.terms, fit::kNormalTerms * body.around.count);
    if (body.scale_px != nullptr) check_array(body.scale_px, 1);
  };
  return launch(Launch::kNormalTerms, body.extent(), body, stream, check, [=] { body.terms[0] *= 1.0001; });
}

int HostGpu::solve_terms(const SolveTermsBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.matches, 1);
    check_candidates(body.around);
    check_candidates(body.out);
    check_array(body.terms, fit::kNormalTerms * body.around.count);
    if (body.scale_px != nullptr) check_array(body.scale_px, 1);
    if (body.information != nullptr) check_array(body.information, fit::kMatrixTerms);
  };
  return launch(Launch::kSolveTerms, body.extent(), body, stream, check, [=] { body.out.params[2 * body.out.count] += 1e-6; });
}

int HostGpu::select_best(const SelectBestBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_candidates(body.hypotheses);
    check_candidates(body.refitted);
    check_array(body.found, 1);
  };
  return launch(Launch::kSelectBest, body.extent(), body, stream, check, [=] { body.found->score += 1; });
}

int HostGpu::residuals(const ResidualsBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_matches(body.matches, body.most);
    check_array(body.params, fit::kParams);
    check_array(body.out, body.most);
  };
  return launch(Launch::kResiduals, body.extent(), body, stream, check, [=] {
    for (int i = 0; i < body.most; ++i) body.out[i] += 1;
  });
}

int HostGpu::robust_scale(const RobustScaleBody& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_array(body.matches, 1);
    check_array(body.residuals, body.most);
    check_array(body.scale_px, 1);
  };
  return launch(Launch::kRobustScale, body.extent(), body, stream, check, [=] { *body.scale_px *= 1.001; });
}

}  // namespace keel::test
