// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <cstdint>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;

namespace keel::ui {

class SessionModel;
class ValueSlider;

/// What the output shows: the framing and what belongs to it, read-outs of the present solution, the proof that no border shows, and which
/// frame and edge keep the zoom from being smaller, and whether rows are straightened. Shows the model's values and edits them; keeps none of its own.
class FramingPanel : public QWidget {
  Q_OBJECT

 public:
  FramingPanel(SessionModel& model, QWidget* parent);

  [[nodiscard]] QString certificate_text() const;
  [[nodiscard]] QString reason_text() const;
  [[nodiscard]] QComboBox* framing_list() { return framing_; }
  [[nodiscard]] QComboBox* fill_list() { return fill_; }
  [[nodiscard]] ValueSlider* zoom_smoothness_slider() { return zoom_smoothness_; }
  [[nodiscard]] QLabel* certificate() { return certificate_; }
  [[nodiscard]] QCheckBox* rolling_shutter_box() { return rolling_shutter_; }

  void set_playhead(qint64 frame);

 Q_SIGNALS:
  /// The certificate was clicked: the frame that it names.
  void frame_requested(qint64 frame);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void fill_lists();
  void show_settings();
  void show_solution();
  void show_reason();
  void request_frame();

  SessionModel& model_;
  QFormLayout* form_;
  QComboBox* framing_;
  QComboBox* fill_;
  ValueSlider* zoom_smoothness_;
  QLabel* kept_;
  QLabel* zoom_;
  QLabel* output_;
  QLabel* certificate_;
  QLabel* reason_;
  QCheckBox* rolling_shutter_;
  qint64 playhead_ = 0;
};

}  // namespace keel::ui
