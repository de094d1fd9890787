// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "engine/render/border_fill.h"
#include "engine/render/frame_renderer.h"

namespace keel {

/// How the pictures of an export are made from a plan.
struct PictureSettings {
  Interpolation interpolation = Interpolation::kBicubic;
  BorderFill fill = BorderFill::kMirror;  ///< for plans that show borders (Framing::kNone)
  Gpu gpu;                                ///< warps the pictures (system_gpu()); the CPU where it is left empty or fails. Borders filled from neighbours are the CPU's
  bool side_by_side = false;              ///< the original on the left, the stabilized picture on the right: side_by_side()
};

/// Size of the pictures that a plan for pictures of `format` makes.
[[nodiscard]] Size picture_size(const PixelFormat& format, Size source, Size output, const PictureSettings& settings);

/// Decoded frames in, exported pictures out, in order, as FrameRenderer. BorderFill::kNeighbours mirrors, because one frame at a time has none. `plan` outlives it.
class PlanRenderer {
 public:
  /// `place`: FrameRenderer's; two pictures side by side are on the host in any case.
  PlanRenderer(const WarpPlan& plan, const PictureSettings& settings, OutputPlace place = OutputPlace::kHost);

  [[nodiscard]] std::size_t depth() const { return renderer_.depth(); }
  [[nodiscard]] std::size_t in_flight() const { return renderer_.in_flight(); }
  /// Frame `index` of the clip; beyond the plan's end its last warp is repeated. At most depth() frames may be in flight.
  void push(Frame source, std::int64_t index);
  /// The picture of the oldest frame in flight, of which there must be one.
  [[nodiscard]] Frame pop();
  void settle() { renderer_.settle(); }

  [[nodiscard]] bool lost_pictures() const { return renderer_.lost_pictures(); }
  [[nodiscard]] bool on_gpu() const { return renderer_.on_gpu(); }
  /// Why the CPU does what the GPU was meant to do; one sentence.
  [[nodiscard]] const std::optional<std::string>& trouble() const { return renderer_.trouble(); }

 private:
  const WarpPlan& plan_;
  const int margin_px_;
  const BorderFill fill_;
  const bool side_by_side_;
  FrameRenderer renderer_;
  std::deque<Frame> originals_;  ///< of the frames in flight, where they are shown
};

}  // namespace keel
