// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <array>
#include <cstdint>
#include <memory>

#include "engine/base/geometry.h"
#include "engine/plan/warp_plan.h"

class QCustomPlot;
class QCPAxisRect;
class QCPGraph;
class QCPItemStraightLine;

namespace keel::ui {

/// The camera path, raw against smoothed: x and y in source pixels, rotation in degrees, zoom in percent, one strip each over frame
/// numbers. A click or drag asks for the playhead there.
class PathPlot : public QWidget {
  Q_OBJECT

 public:
  explicit PathPlot(QWidget* parent = nullptr);

  /// Null clears. `frame_count` is of the clip, which may be longer than a solution of a clip that is still being analysed.
  void set_solution(std::shared_ptr<const Solution> solution, Size picture, std::int64_t frame_count);
  void set_playhead(std::int64_t index);

  static constexpr int kStrips = 4;

 Q_SIGNALS:
  void playhead_requested(qint64 index);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Strip {
    QCPAxisRect* rect = nullptr;
    QCPGraph* raw = nullptr;
    QCPGraph* smooth = nullptr;
    QCPItemStraightLine* playhead = nullptr;
  };
  void make_strip(int index);
  void fill(Strip& strip, int channel, double unit_px);

  QCustomPlot* plot_;
  std::array<Strip, kStrips> strips_;
  std::shared_ptr<const Solution> solution_;
  std::int64_t frame_count_ = 0;
  std::int64_t playhead_ = 0;
};

}  // namespace keel::ui
