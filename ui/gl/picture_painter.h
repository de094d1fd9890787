// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>

#include "engine/image/frame.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"
#include "ui/gl/frame_texture.h"

namespace keel::ui {

/// Area of the target in its pixels, y down from its top.
struct TargetArea {
  int left = 0, top = 0, width = 0, height = 0;
};

/// One picture to be drawn.
struct PictureDraw {
  const Frame* frame = nullptr;           ///< whose size, format and colour count; the samples are the texture's
  const FrameTexture* texture = nullptr;  ///< bound
  FrameWarp warp{};
  Size size{};                              ///< of the destination that `warp` starts from
  std::optional<FrameWarp> other{};  ///< draws the difference of the two, times `gain`
  double gain = 1;
  std::optional<BorderFill> fill{};  ///< of what lies outside the source
  TargetArea whole{}, visible{};     ///< where all of the picture would lie, and what of that is drawn
  int target_height = 0;
};

/// Draws pictures from plane textures with the shader of present.frag. Knows no toolkit; every call needs the context current that it was made in, which
/// is left with no program, no vertex array and a changed viewport.
class PicturePainter {
 public:
  /// The sources of the two shaders, each beginning with its #version line.
  PicturePainter(const GlFunctions& gl, std::string vertex_source, std::string fragment_source);
  ~PicturePainter();
  PicturePainter(const PicturePainter&) = delete;
  PicturePainter& operator=(const PicturePainter&) = delete;

  /// Whether the driver takes the shader.
  [[nodiscard]] bool usable();
  /// Draws nothing where the driver refuses the variant that is needed.
  void draw(const PictureDraw& draw);

 private:
  struct Variant {
    bool reduce = false, difference = false, filled = false, hdr = false;
  };
  /// 0 where the driver refuses. Each is linked when it is first used.
  [[nodiscard]] GLuint program_for(Variant variant);
  [[nodiscard]] GLuint linked(const std::string& defines) const;
  void set_source_uniforms(GLuint program, const PictureDraw& draw) const;

  const GlFunctions& gl_;
  std::string vertex_source_, fragment_source_;
  std::array<GLuint, 16> programs_{};
  GLuint vertex_array_ = 0;
};

}  // namespace keel::ui
