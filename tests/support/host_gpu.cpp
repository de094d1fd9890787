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
  Queue* queue = nullptr;
  int number = 0;  ///< in its queue
};

/// What is not among the steps any more some thread does, or has done.
struct HostGpu::Queue {
  std::deque<Step> steps;
  int queued = 0, done = 0;

  void push(Step step) {
    step.queue = this;
    step.number = queued++;
    steps.push_back(std::move(step));
  }
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
  queue.push({{}, mark, {}});
  static_cast<Event*>(event)->newest = mark;
  return 0;
}

int HostGpu::stream_wait(GpuStream stream, GpuEvent event) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(events_.count(event) == 1);
  if (const auto& mark = static_cast<Event*>(event)->newest) queue_of(stream).push({{}, {}, mark});
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

void HostGpu::add_work(GpuStream stream, std::function<void()> work) const { queue_of(stream).push({std::move(work), {}, {}}); }

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
  add_work(stream, [=] { std::memcpy(to, from, bytes); });
  return 0;
}

void HostGpu::enqueue(GpuStream stream, const void* from, std::size_t bytes, bool on_device, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  check_inside(from, bytes, on_device);
  add_work(stream, std::move(work));
}

int HostGpu::launch_other(GpuStream stream, const std::function<void()>& check, std::function<void()> work) noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  check();
  add_work(stream, std::move(work));
  return 0;
}

int HostGpu::wait(GpuStream stream) noexcept {
  std::vector<Step> steps;
  std::unique_lock lock(mutex_);
  const int code = next_call();
  ++waits_;
  Queue& queue = queue_of(stream);
  const int upto = queue.queued;
  // A wait that fails leaves its own stream's work undone, not that of others.
  if (code == 0) take_steps(queue, nullptr, steps);
  else std::move(queue.steps.begin(), queue.steps.end(), std::back_inserter(steps));
  if (code != 0) queue.steps.clear();
  for (const Step& step : steps) {
    // Another thread may be at the ones before.
    passed_.wait(lock, [&] { return step.queue->done == step.number && (code != 0 || !step.awaits || step.awaits->passed); });
    if (step.work && code == 0) {
      lock.unlock();
      step.work();
      lock.lock();
    }
    if (step.passes) step.passes->passed = true;
    ++step.queue->done;
    passed_.notify_all();
  }
  passed_.wait(lock, [&] { return queue.done >= upto; });
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
  add_work(stream, std::move(work));
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

int HostGpu::join_plane(const JoinPlaneBody<std::uint16_t>& body, GpuStream stream) const noexcept {
  const auto check = [&] {
    check_plane(body.src, body.src_stride, body.width, body.height);
    check_plane(body.dst, body.dst_stride, (body.width - 1) * body.step + 1, body.height);
  };
  return launch(Launch::kJoinPlane, body.extent(), body, stream, check, [body] { body.dst[0] ^= 64; });
}

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

void HostGpu::check_pyramids(const LkBody<LkWarpOps>& body) const {
  for (const PyramidView* pyramid : {&body.prev, &body.cur})
    for (int l = 0; l < pyramid->levels; ++l) check_padded(pyramid->level[l].data, pyramid->level[l].stride, pyramid->level[l].width, pyramid->level[l].height);
}

template <class Body, class Check, class Spoil>
int HostGpu::launch_rows(Launch kind, const Rows<Body>& rows, GpuStream stream, Check check, Spoil spoil) const {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(rows.count > 0 && rows.widest > 0);
  check_array(rows.bodies, rows.count);
  ++launches_[kind];
  add_work(stream, [=, this, wrong = wrong_ == kind, threads = threads_] {
    {
      const std::lock_guard checking(mutex_);
      for (int i = 0; i < rows.count; ++i) {
        KEEL_CHECK(rows.bodies[i].width() <= rows.widest);
        check(rows.bodies[i]);
      }
    }
    if (threads) launch_threads(rows.extent(), rows);
    else launch_emulated(rows.extent(), rows);
    if (wrong) spoil(rows.bodies[0]);
  });
  return 0;
}

int HostGpu::track_pairs(const Rows<TrackPointsBody>& pairs, GpuStream stream) const noexcept {
  const auto check = [this](const TrackPointsBody& body) {
    check_pyramids(body.lk);
    check_array(body.lk.matches, body.points);
  };
  return launch_rows(Launch::kTrack, pairs, stream, check, [](const TrackPointsBody& body) {
    for (int i = 0; i < body.points; ++i) body.lk.matches[i].cur_x += 1.0f / 128;
  });
}

int HostGpu::track_grids(const Rows<TrackGridBody>& pairs, GpuStream stream) const noexcept {
  const auto check = [this](const TrackGridBody& body) {
    check_pyramids(body.lk);
    check_array(body.lk.matches, body.width());
    check_array(body.answer, 1);
  };
  return launch_rows(Launch::kTrackGrid, pairs, stream, check, [](const TrackGridBody& body) {
    for (int i = 0; i < body.width(); ++i) body.lk.matches[i].cur_x += 1.0f / 128;
  });
}

void HostGpu::check_search(const MotionSearchBody& body) const {
  using fit::Draws;
  const int tracks = body.track_count, hypotheses = body.hypotheses;
  KEEL_CHECK(tracks > 0 && body.weights.stride >= tracks && body.made.stride == body.refitted.stride && body.made.stride >= hypotheses);
  check_array(body.tracks, tracks);
  check_array(body.draws, Draws::kOfSimilarity * body.similarities + Draws::kOfHomography * (hypotheses - body.similarities));
  for (const float* array : {body.matches.x, body.matches.y, body.matches.u, body.matches.v, body.matches.worth, body.residuals}) check_array(array, tracks);
  check_array(body.matches.count, 1);
  check_array(body.weights.tukey, body.weights.stride * hypotheses);
  check_array(body.weights.geometric, body.weights.stride * hypotheses);
  for (const Candidates& c : {body.made, body.refitted}) {
    check_array(c.params, fit::kParams * c.stride);
    check_array(c.scores, c.stride);
  }
  check_array(body.leaders, hypotheses);
  check_array(body.leader_count, 1);
  check_array(body.terms, fit::kNormalTerms * body.made.stride);
  check_array(body.answer, 1);
}

void HostGpu::spoil(SearchStep step, const MotionSearchBody& body) {
  const int n = *body.matches.count, stride = body.made.stride;
  SearchAnswer& answer = *body.answer;
  const auto forget_half = [&](int candidates) {
    for (int l = 0; l < candidates; ++l)
      for (int i = 0; i < n / 2; ++i) body.weights.tukey[l * body.weights.stride + i] = 0;
  };
  switch (step) {
    case SearchStep::kGather: --*body.matches.count; break;
    case SearchStep::kHypothesise:
      for (int k = 0; k < body.hypotheses; ++k) body.made.params[2 * stride + k] += 1;
      break;
    case SearchStep::kLeaders: *body.leader_count = 0; break;
    case SearchStep::kLeaderWeights: forget_half(*body.leader_count); break;
    case SearchStep::kLeaderTerms:
      for (int l = 0; l < *body.leader_count; ++l) body.terms[l] *= 1.0001;
      break;
    case SearchStep::kLeaderSolve:
      for (int l = 0; l < *body.leader_count; ++l) body.refitted.scores[l] += 1e-9;
      break;
    case SearchStep::kSelect: answer.found.score += 1; break;
    case SearchStep::kResiduals:
      for (int i = 0; i < n; ++i) body.residuals[i] += 1;
      break;
    case SearchStep::kScale: answer.found.scale_px *= 1.001; break;
    case SearchStep::kWeights: forget_half(1); break;
    case SearchStep::kTerms: body.terms[0] *= 1.0001; break;
    case SearchStep::kSolve: answer.found.params[2] += 1e-6; break;
    case SearchStep::kToPixels: answer.cur_from_prev[2] += 1e-9; break;
  }
}

int HostGpu::search_motions(const MotionSearchBody* pairs, int count, GpuStream stream) const noexcept {
  const std::lock_guard lock(mutex_);
  if (const int code = next_call(); code != 0) return code;
  KEEL_CHECK(count > 0);
  check_array(pairs, count);
  ++launches_[Launch::kSearch];
  add_work(stream, [=, this, wrong = wrong_step_, threads = threads_] {
    {
      const std::lock_guard checking(mutex_);
      for (int i = 0; i < count; ++i) check_search(pairs[i]);
    }
    for (int i = count - 1; i >= 0; --i)
      for (int phase = 0; phase < pairs[i].phases(); ++phase) {
        if (threads) run_phase_on_threads(pairs[i], phase);
        else run_phase_emulated(pairs[i], phase);
        if (wrong == pairs[i].step(phase)) spoil(*wrong, pairs[i]);
      }
  });
  return 0;
}

}  // namespace keel::test
