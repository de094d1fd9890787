// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/fill_route.h"

#include <utility>

namespace keel::ui {

FillRoute::FillRoute(const GlFunctions& gl, SharingGpu gpu) : gl_(gl), gpu_(gpu) {
  if (gpu_.runtime == nullptr || gpu_.sharing == nullptr) return;
  bool same = false;
  const int code = gpu_.sharing->same_device(&same);
  shares_ = code == 0 && same;
  if (shares_) return;
  trouble_ = "Pictures go to the screen by way of the CPU: OpenGL does not draw on the GPU that computes";
  *trouble_ += code == 0 ? "." : " (" + gpu_.runtime->describe(code) + ").";
}

std::unique_ptr<PlaneFiller> FillRoute::make_filler() const {
  if (shares_) return std::make_unique<SharingFiller>(gpu_);
  return std::make_unique<UploadFiller>(gl_);
}

void FillRoute::give_up(const Error& error) {
  if (!std::exchange(shares_, false)) return;
  trouble_ = "Pictures go to the screen by way of the CPU from now on. " + error.message;
}

std::optional<std::string> FillRoute::take_trouble() { return std::exchange(trouble_, std::nullopt); }

}  // namespace keel::ui
