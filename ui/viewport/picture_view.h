// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QString>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/geometry.h"
#include "engine/image/frame.h"
#include "engine/plan/warp_plan.h"
#include "engine/render/border_fill.h"
#include "engine/session/feature_tails.h"

class QWidget;

namespace keel {
class GpuRuntime;
}

namespace keel::ui {

enum class CompareMode {
  kSideBySide = 1,
  kStacked,     ///< one above the other
  kWipe,        ///< on each other, with a divider
  kDifference,  ///< |original - stabilized| times a gain
  kBlink,       ///< on each other, in turns
  kStabilizedOnly,
  kOriginalOnly,
};

/// True where the pictures lie on each other. There the original is shown through the crop window, so that only the correction differs.
[[nodiscard]] constexpr bool is_overlaid(CompareMode mode) {
  return mode == CompareMode::kWipe || mode == CompareMode::kDifference || mode == CompareMode::kBlink;
}

/// The two sides of a comparison. Unless something else was chosen for them, one shows the original and one the stabilized picture, and the
/// names in this folder follow that.
enum class Side { kOriginal = 1, kStabilized };

/// What a side shows: one of these two, or the id of an estimator, whose result it then is.
inline constexpr const char* kShowsOriginal = "original";
inline constexpr const char* kShowsResult = "result";  ///< of the estimator that the clip is exported with, whichever that is

/// How the pictures are looked at; both sides share it. A value.
struct ViewLook {
  CompareMode mode = CompareMode::kSideBySide;
  std::string original_shows = kShowsOriginal, stabilized_shows = kShowsResult;
  bool stabilized = true;       ///< false: the stabilized side shows the original
  bool swapped = false;         ///< the original is right, or below
  bool blink_original = false;  ///< which picture a blink shows now
  double wipe = 0.5;            ///< the divider, as a share of the view's width from the left
  double gain = 4;              ///< of the difference
  double zoom = 0;              ///< screen pixels per picture pixel; 0 fits the picture into its area
  QPointF centre{0.5, 0.5};     ///< point of the picture, as shares of its size, in the middle of its area; not used while fitted
  bool crop_window = true;      ///< outline of what the result shows, on the original
  bool grid = false;
  bool safe_area = false;
  bool rates = false;  ///< frame rates on the picture
  bool tails = false;  ///< where the followed points went in the last frames
  bool operator==(const ViewLook&) const = default;
};

/// A stabilized picture of the frame: how it is made, its size, and the linear share of the source that its crop window shows.
struct FrameResult {
  FrameWarp warp;
  Size output;
  double picture_kept = 1;
  bool operator==(const FrameResult&) const = default;
};

/// What a side is called. Where there is little room the words are shortened, never the number.
struct SideName {
  QString words, number;
  [[nodiscard]] QString text() const { return number.isEmpty() ? words : words + QStringLiteral("  ") + number; }
};

/// What a view shows. A value: whoever owns the view replaces it.
struct ViewContent {
  Frame frame;                     ///< empty: nothing but the background
  std::uint64_t frame_serial = 0;  ///< changes with the frame: the planes are uploaded when it does
  std::optional<FrameWarp> warp;   ///< of the stabilized side; empty while the frame has no solution yet, or where it shows the original
  std::optional<BorderFill> fill;  ///< of what lies outside the source; empty where the plan shows no border
  Size output;                     ///< of the stabilized side; the frame's size without a warp
  std::optional<Frame> ready;      ///< the stabilized side's picture with its borders as the export fills them; else they are filled as `fill` says
  double picture_kept = 1;         ///< linear share of the source that the crop window shows
  std::optional<FrameResult> instead_of_original;  ///< a result on the original's side too
  Rational sample_aspect{1, 1};
  ViewLook look;
  SideName original_label, stabilized_label;
  QString note;    ///< what the picture cannot show, in the lower left corner of the stabilized one
  QString rates;   ///< drawn when the look asks for it
  TailsPtr tails;  ///< of this frame, drawn when the look asks for them; null until they are known
};

/// How one side is made: output pixel -> source pixel, and the size of the output.
struct SideWarp {
  FrameWarp warp;
  Size size;
};
/// Whether the stabilized side is drawn from `ready`; the difference is made from the one frame that both pictures come from.
[[nodiscard]] bool shows_ready(const ViewContent& content);
[[nodiscard]] SideWarp original_side(const ViewContent& content);
[[nodiscard]] SideWarp stabilized_side(const ViewContent& content);

/// Shows the two pictures. One implementation draws with OpenGL, one with QPainter where there is no OpenGL; both know every mode.
class PictureView {
 public:
  virtual ~PictureView() = default;
  virtual QWidget* widget() = 0;
  virtual void set_content(const ViewContent& content) = 0;
  [[nodiscard]] virtual const ViewContent& content() const = 0;
  /// For a view of a shown window that has nothing to show yet: what a driver prepares with the first picture is prepared now, where nobody waits for it.
  virtual void warm_up() {}
  /// How many frames have been made ready for drawing (uploaded or converted); for tests and read-outs.
  [[nodiscard]] virtual std::uint64_t prepared_frames() const = 0;
  /// "OpenGL" or "QPainter", with the driver's name where there is one, for the status bar.
  [[nodiscard]] virtual QString backend_name() const = 0;
  /// Called at the end of each painting with the frame's serial: frames are counted as shown only when they were painted.
  void on_painted(std::function<void(std::uint64_t serial)> told) { painted_ = std::move(told); }
  /// Called, while painting, with a sentence about what the view has to do without; each once.
  void on_trouble(std::function<void(const QString& sentence)> told) { trouble_ = std::move(told); }
  /// The GPU that makes frames ready for drawing, and takes those that lie in its memory from there; null: none. What can be told before the first painting is a guess.
  [[nodiscard]] virtual GpuRuntime* filled_by() const { return nullptr; }
  /// Called, while painting too, when another is known to fill, or none.
  void on_filled_by(std::function<void(GpuRuntime*)> told) { filled_by_told_ = std::move(told); }

 protected:
  void tell_trouble(const QString& sentence) const {
    if (trouble_) trouble_(sentence);
  }
  void tell_filled_by() const {
    if (filled_by_told_) filled_by_told_(filled_by());
  }
  std::function<void(std::uint64_t)> painted_;

 private:
  std::function<void(const QString&)> trouble_;
  std::function<void(GpuRuntime*)> filled_by_told_;
};

/// True when a QOpenGLWidget can be used here. Some platforms crash inside Qt on showing one, so this asks the platform's name, then
/// makes a context on an off-screen surface. The environment variable KEEL_NO_OPENGL turns OpenGL off.
[[nodiscard]] bool opengl_usable();

/// The best view for this machine; the widget belongs to `parent`.
[[nodiscard]] PictureView* make_picture_view(QWidget* parent);

}  // namespace keel::ui
