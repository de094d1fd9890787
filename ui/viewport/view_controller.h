// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPoint>
#include <QTimer>
#include <vector>

#include "ui/viewport/compare_layout.h"

class QMouseEvent;
class QWheelEvent;

namespace keel::ui {

/// How the pictures are looked at, and the mouse that changes it: wheel zooms at the cursor, the middle button (or the left one, where there is no
/// divider) pans, the left one drags the wipe. Knows nothing of clips; whoever owns the view puts `look()` into its content.
class ViewController : public QObject {
  Q_OBJECT

 public:
  ViewController(PictureView& view, QObject* parent);

  [[nodiscard]] const ViewLook& look() const { return look_; }
  void set_look(const ViewLook& look);

  void set_mode(CompareMode mode);
  /// The mode, or, when it is on already, the one before it: each key takes back what it did, also when others were pressed in between.
  void toggle_mode(CompareMode mode);
  void set_stabilized(bool on);
  void swap_sides();
  /// `shows`: kShowsOriginal, kShowsResult or an estimator's id.
  void set_side(Side side, const std::string& shows);
  void set_gain(double gain);
  void fit();
  /// Shows one picture pixel as `zoom` screen pixels (up to 8, at least the smaller of 1 and the fitted size), keeping what is in the middle there.
  void zoom_to(double zoom);

  static constexpr double kMaxZoom = 8;

 Q_SIGNALS:
  void changed();
  void side_clicked(Side side, QPoint global);  ///< on its name

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  [[nodiscard]] CompareLayout layout() const;
  void change(const ViewLook& look);
  void show_mode(CompareMode mode);
  void zoom_at(QPointF at, double zoom);
  void wheel(const QWheelEvent& event);
  bool mouse(const QMouseEvent& event);
  void pan(QPointF by);
  void set_wipe(double x);

  PictureView& view_;
  ViewLook look_;
  std::vector<CompareMode> before_{CompareMode::kSideBySide};  ///< modes to go back to, the newest last; the first one was not toggled on
  QTimer blink_;
  QPointF last_;  ///< of the drag
};

}  // namespace keel::ui
