// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/base/geometry.h"
#include "engine/image/frame.h"
#include "engine/plan/warp_plan.h"

class QWidget;

namespace keel::ui {

enum class CompareMode { kSideBySide = 1, kStabilizedOnly, kOriginalOnly };

/// What a view shows. A value: whoever owns the view replaces it.
struct ViewContent {
  Frame frame;                     ///< empty: nothing but the background
  std::uint64_t frame_serial = 0;  ///< changes with the frame: the planes are uploaded when it does
  std::optional<FrameWarp> warp;   ///< of the stabilized side; empty while the frame has no solution yet
  Size output;                     ///< of the stabilized side; the frame's size without a warp
  Rational sample_aspect{1, 1};
  CompareMode mode = CompareMode::kSideBySide;
  bool stabilized = true;  ///< false: the stabilized side shows the original
  QString original_label, stabilized_label;
};

/// Shows the two pictures. One implementation draws with OpenGL, one with QPainter where there is no OpenGL.
class PictureView {
 public:
  virtual ~PictureView() = default;
  virtual QWidget* widget() = 0;
  virtual void set_content(const ViewContent& content) = 0;
  /// How many frames have been made ready for drawing (uploaded or converted); for tests and read-outs.
  [[nodiscard]] virtual std::uint64_t prepared_frames() const = 0;
};

/// True when a QOpenGLWidget can be used here. Some platforms crash inside Qt on showing one, so this asks the platform's name, then
/// makes a context on an off-screen surface.
[[nodiscard]] bool opengl_usable();

/// The best view for this machine; the widget belongs to `parent`.
[[nodiscard]] PictureView* make_picture_view(QWidget* parent);

}  // namespace keel::ui
