// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plan/output_size.h"

#include "engine/plan/crop.h"

namespace keel {

std::string_view to_string(OutputSize size) {
  switch (size) {
    case OutputSize::kSource: return "source";
    case OutputSize::kNative: return "native";
  }
  return "";
}

Size output_size(const WarpPlan& plan, OutputSize size) { return size == OutputSize::kNative ? native_size(plan.source, plan.picture_kept) : plan.source; }

WarpPlan with_output_size(WarpPlan plan, OutputSize size) {
  const Size wanted = output_size(plan, size);
  if (wanted == plan.output) return plan;
  const Mat3 old_from_new = virtual_from_output(1, plan.output, wanted);
  for (FrameWarp& frame : plan.frames) frame.src_from_dst = frame.src_from_dst * old_from_new;
  plan.output = wanted;
  plan.borders = certify_borders(plan.frames, plan.output, plan.source);
  return plan;
}

}  // namespace keel
