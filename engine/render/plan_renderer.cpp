// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/plan_renderer.h"

#include <algorithm>
#include <utility>

#include "engine/render/side_by_side.h"

namespace keel {

Size picture_size(const PixelFormat& format, Size source, Size output, const PictureSettings& settings) {
  return settings.side_by_side ? side_by_side_size(format, source, output) : output;
}

PlanRenderer::PlanRenderer(const WarpPlan& plan, const PictureSettings& settings, OutputPlace place)
    : plan_(plan),
      margin_px_(filled_margin_px(plan)),
      fill_(settings.fill),
      side_by_side_(settings.side_by_side),
      renderer_(plan.output, settings.interpolation, settings.gpu, settings.side_by_side ? OutputPlace::kHost : place) {}

void PlanRenderer::push(Frame source, std::int64_t index) {
  const auto last = static_cast<std::int64_t>(plan_.frames.size()) - 1;
  const FrameWarp& warp = plan_.frames[static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, last))];
  if (side_by_side_) originals_.push_back(source);
  renderer_.push(margin_px_ > 0 ? extend_border(source, margin_px_, fill_) : std::move(source), warp_from_extended(warp, margin_px_));
}

Frame PlanRenderer::pop() {
  Frame stabilized = renderer_.pop();
  if (!side_by_side_) return stabilized;
  const Frame original = std::move(originals_.front());
  originals_.pop_front();
  return side_by_side(original, stabilized);
}

}  // namespace keel
