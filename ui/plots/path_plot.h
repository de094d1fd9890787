// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QSharedPointer>
#include <QString>
#include <QWidget>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/geometry.h"
#include "engine/plan/warp_plan.h"
#include "ui/plots/path_series.h"

class QCustomPlot;
class QCPAxisRect;
class QCPAxisTickerFixed;
class QCPGraph;
class QCPItemStraightLine;
class QCPItemText;

namespace keel::ui {

/// Another estimator's path beside the chosen one's.
struct OtherPath {
  QString label;
  QColor color;
  std::shared_ptr<const Solution> solution;
};

/// The camera path, raw against smoothed, one strip per series over frame numbers; the smoothed paths of other estimators in their colours. A click
/// or drag asks for the playhead there; the wheel zooms at the cursor, the middle button moves, a double click shows everything. The titles tell the
/// values under the cursor, or else at the playhead.
class PathPlot : public QWidget {
  Q_OBJECT

 public:
  explicit PathPlot(QWidget* parent = nullptr);

  /// Null clears. `frame_count` is of the clip, which may be longer than a solution of a clip that is still being analysed.
  void set_solution(std::shared_ptr<const Solution> solution, Size picture, std::int64_t frame_count);
  /// The chosen estimator's colour and name, and the paths of others, at most kMaxOthers. Shown with the next set_solution.
  void set_estimators(const QString& label, const QColor& color, std::vector<OtherPath> others);
  void set_playhead(std::int64_t index);
  /// `width` px of the right margin are needed for a scroll bar beside this widget: the frames stay below those of the strips.
  void give_room(int width);

  [[nodiscard]] double first_visible() const { return first_; }
  [[nodiscard]] double last_visible() const { return last_; }
  /// Horizontal position of a frame in this widget.
  [[nodiscard]] double x_of(double frame) const;
  [[nodiscard]] QString title_text(PathSeries series) const;
  /// Points handed to the drawing of one series; for tests.
  [[nodiscard]] int drawn_points(PathSeries series) const;
  [[nodiscard]] int drawn_points_of_other(PathSeries series, std::size_t other) const;
  [[nodiscard]] QString legend_text() const;

  static constexpr std::size_t kMaxOthers = 4;

 Q_SIGNALS:
  void playhead_requested(qint64 index);
  void visible_range_changed(double first, double last);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Strip {
    QCPAxisRect* rect = nullptr;
    QCPGraph* raw = nullptr;
    QCPGraph* smooth = nullptr;
    std::array<QCPGraph*, kMaxOthers> others{};
    QCPItemStraightLine* playhead = nullptr;
    QCPItemText* title = nullptr;
    double middle = 0, span = 2;  ///< of the values
  };
  void make_strip(PathSeries series);
  void make_title(Strip& strip, PathSeries series);
  void fill_strips();
  void show_range(double first, double last);
  void show_titles();
  void make_legend();
  void apply_colors();
  void fit_ticks();
  void fit_values();
  void fit_frame_lines();
  void show_legend();
  void zoom_at(double x, double factor);
  bool mouse(const QMouseEvent& event);
  [[nodiscard]] double frame_at(double x) const;
  [[nodiscard]] const CameraPath::Shot* shot_of(std::int64_t frame) const;

  QCustomPlot* plot_;
  QSharedPointer<QCPAxisTickerFixed> frame_ticker_;  ///< of all strips
  std::array<Strip, kSeriesCount> strips_;
  std::array<QCPItemText*, kMaxOthers + 2> legend_{};  ///< right to left
  QString label_;
  QColor color_;
  std::vector<OtherPath> others_;
  std::shared_ptr<const Solution> solution_;
  Size picture_;
  std::int64_t frame_count_ = 0;
  std::int64_t playhead_ = 0;
  std::optional<std::int64_t> hovered_;
  double first_ = 0, last_ = 0;  ///< frames at the left and right end
  double drag_x_ = 0;
  int given_ = 0;  ///< px of the right margin
};

}  // namespace keel::ui
