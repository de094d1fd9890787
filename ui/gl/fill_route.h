// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ui/gl/plane_filler.h"

namespace keel::ui {

/// Which way planes come into the textures of one context, for all of them alike: through the GPU's runtime where OpenGL draws on the same device, until something
/// fails; by upload else. To be used with the context current.
class FillRoute {
 public:
  /// Asks the driver whether sharing is possible. Null members of `gpu`: upload, of which there is nothing to tell.
  FillRoute(const GlFunctions& gl, SharingGpu gpu);

  /// For one FrameTexture; must not outlive the functions.
  [[nodiscard]] std::unique_ptr<PlaneFiller> make_filler() const;
  [[nodiscard]] bool shares() const { return shares_; }
  /// Upload from now on, because of `error`.
  void give_up(const Error& error);
  /// Why a machine with a GPU uploads nonetheless, as a sentence: once, then nothing.
  [[nodiscard]] std::optional<std::string> take_trouble();

 private:
  const GlFunctions& gl_;
  SharingGpu gpu_;
  bool shares_ = false;
  std::optional<std::string> trouble_;
};

}  // namespace keel::ui
