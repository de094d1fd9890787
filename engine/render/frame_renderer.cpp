// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/frame_renderer.h"

#include <utility>

namespace keel {

void FrameRenderer::give_up_on_gpu(const Error& error) {
  trouble_ = error.message + "; the CPU goes on.";
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
  if (auto queued = renderer_->submit(frame, warp); !queued) give_up_on_gpu(queued.error());
}

Frame FrameRenderer::pop() {
  KEEL_CHECK(!jobs_.empty());
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  if (renderer_) {
    auto done = renderer_->collect();
    if (done) return std::move(*done);
    give_up_on_gpu(done.error());
  }
  return render(job.source, job.warp, output_, interpolation_);
}

}  // namespace keel
