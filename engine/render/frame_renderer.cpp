// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/frame_renderer.h"

#include <cstring>
#include <utility>

namespace keel {
namespace {

bool same_samples(const Frame& a, const Frame& b) {
  for (int p = 0; p < a.plane_count(); ++p) {
    const auto bytes = static_cast<std::size_t>(a.plane(p).width) * static_cast<std::size_t>(a.format().bytes_per_sample());
    for (int y = 0; y < a.plane(p).height; ++y)
      if (std::memcmp(a.plane(p).row<std::byte>(y), b.plane(p).row<std::byte>(y), bytes) != 0) return false;
  }
  return true;
}

}  // namespace

void FrameRenderer::give_up_on_gpu(const Error& error) {
  trouble_ = error.message + "; the CPU goes on.";
  // The error may be another picture's, and those that were handed on be well.
  if (renderer_ && !renderer_->settle().ok()) lost_pictures_ = true;
  renderer_.reset();
  gpu_ = {};
}

void FrameRenderer::push(Frame source, const FrameWarp& warp) {
  KEEL_CHECK(jobs_.size() < depth());
  jobs_.push_back({std::move(source), warp});
  if (!on_gpu()) return;
  const Frame& frame = jobs_.back().source;
  if (!renderer_) {
    auto made = GpuRenderer::create(gpu_, frame.format(), frame.size(), output_, interpolation_);
    if (!made) return give_up_on_gpu(made.error());
    renderer_.emplace(std::move(*made));
  }
  Job& job = jobs_.back();
  job.from_surface = renderer_->reads_surface(frame);
  if (auto queued = renderer_->submit(frame, warp, place_, !proven(job)); !queued) give_up_on_gpu(queued.error());
}

void FrameRenderer::settle() {
  if (!renderer_) return;
  if (auto settled = renderer_->settle(); !settled) give_up_on_gpu(settled.error());
}

Frame FrameRenderer::pop() {
  KEEL_CHECK(!jobs_.empty());
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  if (renderer_) {
    auto done = renderer_->collect();
    if (done && proven(job)) return std::move(*done);
    if (done) {
      Frame expected = render(job.source, job.warp, output_, interpolation_);
      proven(job) = same_samples(*done, expected);
      if (!proven(job)) give_up_on_gpu({ErrorCode::kInternal, "The GPU's first picture is not the CPU's"});
      return expected;
    }
    give_up_on_gpu(done.error());
  }
  return render(job.source, job.warp, output_, interpolation_);
}

}  // namespace keel
