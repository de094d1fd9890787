// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/picture_painter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/gl/color_conversion.h"

namespace keel::ui {
namespace {

/// Reductions up to 1 : kMaxTaps are filtered over their whole footprint; beyond, samples are skipped rather than time spent.
constexpr int kMaxTaps = 6;
/// Enlargements and copies (up to rounding of the picture's size) are sampled as the export does.
constexpr double kBicubicUpTo = 1.02;

/// A bilinear tap averages up to two pixels each way, so that taps may lie further apart than one pixel.
constexpr double kPixelsPerTap = 1.5;
int taps_for(double reduction) { return std::clamp(static_cast<int>(std::ceil(reduction / kPixelsPerTap)), 1, kMaxTaps); }

std::array<float, 9> to_floats(const Mat3& h) {
  // A homography is free in scale: dividing in double keeps the float entries accurate.
  const double scale = h(2, 2) != 0 ? 1 / h(2, 2) : 1;
  std::array<float, 9> out{};
  for (int i = 0; i < 9; ++i) out[static_cast<std::size_t>(i)] = static_cast<float>(h(i / 3, i % 3) * scale);
  return out;
}

/// Uniforms of one program, by name.
class Uniforms {
 public:
  Uniforms(const GlFunctions& gl, GLuint program) : gl_(gl), program_(program) {}
  void set(const char* name, int value) const { gl_.glUniform1i(at(name), value); }
  void set(const char* name, float value) const { gl_.glUniform1f(at(name), value); }
  void set(const char* name, float x, float y) const { gl_.glUniform2f(at(name), x, y); }
  void set(const char* name, float x, float y, float z) const { gl_.glUniform3f(at(name), x, y, z); }
  /// Row major.
  void set(const char* name, const std::array<float, 9>& matrix) const { gl_.glUniformMatrix3fv(at(name), 1, GL_TRUE, matrix.data()); }
  /// A Warp of the shader.
  void set(const std::string& name, const FrameWarp& warp) const {
    set((name + ".src_from_dst").c_str(), to_floats(warp.src_from_dst));
    const RowBend& bend = warp.bend;
    set((name + ".place").c_str(), static_cast<float>(1 / bend.half_px), static_cast<float>(-bend.middle_px / bend.half_px));
    const RowBend::Powers x = RowBend::powers(bend.x), y = RowBend::powers(bend.y);
    std::array<float, 2 * std::tuple_size_v<RowBend::Powers>> both{};
    for (std::size_t k = 0; k < x.size(); ++k) {
      both[2 * k] = static_cast<float>(x[k]);
      both[2 * k + 1] = static_cast<float>(y[k]);
    }
    gl_.glUniform2fv(at((name + ".bend").c_str()), static_cast<GLsizei>(x.size()), both.data());
  }

 private:
  [[nodiscard]] GLint at(const char* name) const { return gl_.glGetUniformLocation(program_, name); }
  const GlFunctions& gl_;
  GLuint program_;
};

}  // namespace

PicturePainter::PicturePainter(const GlFunctions& gl, std::string vertex_source, std::string fragment_source)
    : gl_(gl), vertex_source_(std::move(vertex_source)), fragment_source_(std::move(fragment_source)) {
  gl_.glGenVertexArrays(1, &vertex_array_);
}

PicturePainter::~PicturePainter() {
  for (const GLuint program : programs_)
    if (program != 0) gl_.glDeleteProgram(program);
  gl_.glDeleteVertexArrays(1, &vertex_array_);
}

bool PicturePainter::usable() { return program_for({.reduce = true}) != 0 && program_for({}) != 0; }

GLuint PicturePainter::linked(const std::string& defines) const {
  const GLuint program = gl_.glCreateProgram();
  const auto attach = [&](GLenum kind, const std::string& source) {
    const GLuint shader = gl_.glCreateShader(kind);
    const char* text = source.c_str();
    gl_.glShaderSource(shader, 1, &text, nullptr);
    gl_.glCompileShader(shader);
    gl_.glAttachShader(program, shader);
    gl_.glDeleteShader(shader);  // when the program goes
  };
  std::string fragment = fragment_source_;
  // Below the #version line, which must be the first.
  fragment.insert(fragment.find('\n') + 1, defines);
  attach(GL_VERTEX_SHADER, vertex_source_);
  attach(GL_FRAGMENT_SHADER, fragment);
  gl_.glLinkProgram(program);
  GLint linked = GL_FALSE;
  gl_.glGetProgramiv(program, GL_LINK_STATUS, &linked);
  if (linked == GL_TRUE) return program;
  gl_.glDeleteProgram(program);
  return 0;
}

GLuint PicturePainter::program_for(Variant variant) {
  GLuint& program = programs_[(variant.reduce ? 1U : 0U) | (variant.difference ? 2U : 0U) | (variant.filled ? 4U : 0U) | (variant.hdr ? 8U : 0U)];
  if (program != 0) return program;
  std::string defines;
  if (!variant.reduce) defines += "#define BICUBIC\n";
  if (variant.difference) defines += "#define DIFFERENCE\n";
  if (variant.filled) defines += "#define FILLED\n";
  if (variant.hdr) defines += "#define HDR\n";
  return program = linked(defines);
}

void PicturePainter::set_source_uniforms(GLuint program, const PictureDraw& draw) const {
  const Frame& frame = *draw.frame;
  const ColorConversion conversion = make_color_conversion(frame.format(), frame.color(), frame.size());
  const float gain = draw.texture->sample_gain();
  const Uniforms uniforms(gl_, program);
  uniforms.set("plane0", 0);
  uniforms.set("plane1", 1);
  uniforms.set("plane2", 2);
  uniforms.set("sample_gain", gain);
  uniforms.set("rgb_from_planes", conversion.rgb_from_planes);
  uniforms.set("plane_offset", conversion.offset[0], conversion.offset[1], conversion.offset[2]);
  uniforms.set("chroma_scale", conversion.chroma_scale[0], conversion.chroma_scale[1]);
  uniforms.set("chroma_shift", conversion.chroma_shift[0], conversion.chroma_shift[1]);
  if (conversion.transfer != ViewTransfer::kDisplay) {
    uniforms.set("transfer_is_pq", conversion.transfer == ViewTransfer::kPq ? 1 : 0);
    uniforms.set("view_from_rgb", conversion.view_from_rgb);
  }
  if (!draw.fill) return;
  uniforms.set("fill_mirror", *draw.fill != BorderFill::kBlack ? 1 : 0);
  const bool gray = frame.format().model == ColorModel::kGray;
  uniforms.set("black", conversion.offset[0] / gain, conversion.offset[gray ? 0 : 1] / gain, conversion.offset[gray ? 0 : 2] / gain);
}

void PicturePainter::draw(const PictureDraw& draw) {
  const Frame& frame = *draw.frame;
  const double per_x = static_cast<double>(draw.size.width) / draw.whole.width, per_y = static_cast<double>(draw.size.height) / draw.whole.height;
  const double reduction = std::max(per_x, per_y);
  const bool reduce = reduction > kBicubicUpTo;
  const bool hdr = make_color_conversion(frame.format(), frame.color(), frame.size()).transfer != ViewTransfer::kDisplay;
  const GLuint program = program_for({reduce, draw.other.has_value(), draw.fill.has_value(), hdr});
  if (program == 0) return;
  gl_.glUseProgram(program);
  gl_.glBindVertexArray(vertex_array_);
  set_source_uniforms(program, draw);
  const Uniforms uniforms(gl_, program);
  if (reduce) {
    const PixelFormat& format = frame.format();
    const double chroma_reduction =
        format.model == ColorModel::kYuv ? reduction / (1 << std::min(format.chroma_shift_x, format.chroma_shift_y)) : reduction;
    uniforms.set("luma_taps", taps_for(reduction));
    uniforms.set("chroma_taps", taps_for(chroma_reduction));
  }
  uniforms.set("warp", draw.warp);
  if (draw.other) {
    uniforms.set("other", *draw.other);
    uniforms.set("gain", static_cast<float>(draw.gain));
  }
  uniforms.set("picture_origin", static_cast<float>(draw.whole.left), static_cast<float>(draw.whole.top));
  uniforms.set("dst_per_target", static_cast<float>(per_x), static_cast<float>(per_y));
  uniforms.set("target_height", static_cast<float>(draw.target_height));
  // Only what is seen: zoomed in, the whole picture may be larger than any viewport.
  gl_.glViewport(draw.visible.left, draw.target_height - draw.visible.top - draw.visible.height, draw.visible.width, draw.visible.height);
  gl_.glDrawArrays(GL_TRIANGLES, 0, 3);
  gl_.glBindVertexArray(0);
  gl_.glUseProgram(0);
}

}  // namespace keel::ui
