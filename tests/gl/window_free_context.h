// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <EGL/egl.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/geometry.h"
#include "ui/gl/gl_functions.h"

namespace keel::ui::test {

/// Red, green and blue of a target's pixel.
struct Rgb {
  int r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

/// A context of OpenGL 3.3 without window, screen or server, through EGL, and a target of 8 bits a channel to draw on. Current as long as it lives.
class WindowFreeContext {
 public:
  /// kAny: Mesa's software or what EGL offers. kOfCuda: on the GPU that CUDA calls the first.
  enum class Device { kAny = 1, kOfCuda };
  /// Null, and the reason in `why`, where there is none.
  [[nodiscard]] static std::unique_ptr<WindowFreeContext> make(Device device, Size target, std::string& why);
  ~WindowFreeContext();
  WindowFreeContext(const WindowFreeContext&) = delete;
  WindowFreeContext& operator=(const WindowFreeContext&) = delete;

  [[nodiscard]] const GlFunctions& gl() const { return gl_; }
  /// The driver's name for what draws.
  [[nodiscard]] std::string renderer() const;
  void clear();
  /// The target's pixels, top row first.
  [[nodiscard]] std::vector<Rgb> read() const;
  /// What OpenGL complains of since the last call; GL_NO_ERROR where it does not.
  [[nodiscard]] unsigned error() const;

 private:
  WindowFreeContext() = default;
  [[nodiscard]] bool make_target(std::string& why);

  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLContext context_ = EGL_NO_CONTEXT;
  GlFunctions gl_;
  Size target_;
};

}  // namespace keel::ui::test
