// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "engine/render/gpu_renderer.h"

namespace keel {

/// Renders the frames of a clip in order: on the GPU that it is given, else on the CPU. The GPU's first picture is compared with the CPU's, and so is the first of
/// those that it takes from its own memory (Frame::surface). When it differs, or
/// the GPU fails (out of memory, lost), the CPU goes on from the oldest frame in flight, so that the bytes are the same in any case; trouble() then says so.
/// Pictures that stay on the GPU are handed on before they are there; whether they got there shows later: lost_pictures().
class FrameRenderer {
 public:
  /// Pictures are where `place` says as soon as the first ones were compared, which come to the host.
  FrameRenderer(Size output, Interpolation interpolation, Gpu gpu = {}, OutputPlace place = OutputPlace::kHost)
      : output_(output), interpolation_(interpolation), gpu_(gpu), place_(place) {}

  /// How many frames should be in flight before the oldest is taken.
  [[nodiscard]] std::size_t depth() const { return on_gpu() ? GpuRenderer::kDepth : 1; }
  [[nodiscard]] std::size_t in_flight() const { return jobs_.size(); }
  /// At most depth() frames may be in flight.
  void push(Frame source, const FrameWarp& warp);
  /// The oldest frame in flight, of which there must be one.
  [[nodiscard]] Frame pop();
  /// Waits for the pictures that were handed on, after the last of them.
  void settle();

  /// Whether pictures were handed on that never got there, as far as is known; trouble() says why. Whatever was made of them is worthless.
  [[nodiscard]] bool lost_pictures() const { return lost_pictures_; }
  [[nodiscard]] bool on_gpu() const { return gpu_.runtime != nullptr; }
  /// Why the CPU does what the GPU was meant to do; one sentence.
  [[nodiscard]] const std::optional<std::string>& trouble() const { return trouble_; }

 private:
  struct Job {
    Frame source;
    FrameWarp warp;
    bool from_surface = false;  ///< the GPU reads the picture in its own memory
  };
  /// Whether a picture of the kind was the CPU's.
  [[nodiscard]] bool& proven(const Job& job) { return job.from_surface ? surfaces_proven_ : proven_; }
  void give_up_on_gpu(const Error& error);

  Size output_;
  Interpolation interpolation_;
  Gpu gpu_;
  OutputPlace place_;
  std::deque<Job> jobs_;  ///< in flight, oldest first; kept so that the CPU can do them
  std::optional<GpuRenderer> renderer_;  ///< made with the first frame, whose size it needs
  bool proven_ = false, surfaces_proven_ = false;
  bool lost_pictures_ = false;
  std::optional<std::string> trouble_;
};

}  // namespace keel
