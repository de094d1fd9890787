// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>
#include <functional>
#include <optional>

#include "ui/timeline/timeline_data.h"

namespace keel::ui {

/// Frame numbers and strips below them, in line with the plots further below, which have no numbers of their own because they may be scrolled: shots, trust,
/// disagreement of two estimators, zoom, border margin. A click or drag asks for the playhead there.
class Timeline : public QWidget {
  Q_OBJECT

 public:
  explicit Timeline(QWidget* parent = nullptr);

  void set_data(TimelineData data);
  /// Whose disagreement is shown, in words for the values under the mouse.
  void set_disagreement_names(const QString& names) { disagreement_names_ = names; }
  void set_playhead(std::int64_t frame);
  /// What is not played is darkened.
  void set_points(std::optional<std::int64_t> in, std::optional<std::int64_t> out);
  /// Frames at the left and right end, so that the strips show the same part as the plots.
  void set_visible_range(double first, double last);

  [[nodiscard]] const TimelineData& data() const { return data_; }
  /// The next of the worst frames after `frame`, or before it; starts over at the ends. Empty when all frames are good.
  [[nodiscard]] std::optional<std::int64_t> worst_after(std::int64_t frame) const;
  [[nodiscard]] std::optional<std::int64_t> worst_before(std::int64_t frame) const;
  /// Horizontal position of a frame's middle in this widget.
  [[nodiscard]] double x_of(double frame) const;

  enum class StripKind { kShots = 1, kTrust, kDisagreement, kZoom, kMargin };
  [[nodiscard]] QRect strip_rect(StripKind kind) const;
  [[nodiscard]] QSize sizeHint() const override;

 Q_SIGNALS:
  void playhead_requested(qint64 frame);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;

 private:
  [[nodiscard]] std::int64_t frame_at(double x) const;
  void seek_to(double x);
  void render_strips();
  void paint_ruler(QPainter& painter) const;
  void paint_shots(QPainter& painter) const;
  void paint_columns(QPainter& painter, StripKind kind) const;
  /// Calls `paint(column, first, last)` for each column of the strip that shows some of `count` frames: those from `first` up to but not including
  /// `last`.
  void each_column(StripKind kind, std::size_t count, const std::function<void(int, std::size_t, std::size_t)>& paint) const;
  void paint_disagreement(QPainter& painter) const;
  void paint_worst(QPainter& painter) const;
  [[nodiscard]] QString text_at(std::int64_t frame) const;

  TimelineData data_;
  QString disagreement_names_;
  double first_ = 0, last_ = 100;
  std::int64_t playhead_ = 0;
  std::optional<std::int64_t> in_, out_;
  QImage strips_;  ///< everything but playhead and points, which move often; null when it has to be drawn again
};

}  // namespace keel::ui
