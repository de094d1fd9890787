// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>
#include <array>
#include <vector>

#include "ui/score_job.h"

class QLabel;
class QToolButton;

namespace keel::ui {

class SessionModel;
class TradeOffPlot;

/// What the output picture says about the present settings: the published triplets, our own measures, and the trade-off curve. Measured in the background
/// a moment after the last change, each part only while it is unfolded; older figures are dimmed until then.
class ScorecardPanel : public QWidget {
  Q_OBJECT

 public:
  ScorecardPanel(SessionModel& model, QWidget* parent);

  [[nodiscard]] QToolButton* fold_button() { return fold_; }
  [[nodiscard]] QToolButton* curve_button() { return curve_fold_; }
  [[nodiscard]] TradeOffPlot& curve() { return *plot_; }
  [[nodiscard]] QString state_text() const;
  [[nodiscard]] QString curve_text() const;
  /// As shown; measures in the order of the panel.
  [[nodiscard]] QString triplet_text(int row, int column) const;
  [[nodiscard]] QString measure_text(int row) const;
  static constexpr int kTriplets = 3, kMeasures = 6;

 private:
  void build();
  QLabel* add_value(const QString& help);
  void note_change();
  void measure();
  void trace();
  void show_score(const Score& score);
  void show_curve(const Score& score);
  void set_dimmed(bool dimmed);
  [[nodiscard]] ScoreRequest request(bool curve) const;

  SessionModel& model_;
  ScoreJob* judge_;
  ScoreJob* tracer_;
  QTimer delay_;
  QToolButton* fold_ = nullptr;
  QToolButton* curve_fold_ = nullptr;
  QWidget* body_;
  QWidget* curve_body_;
  std::array<std::array<QLabel*, 3>, kTriplets> triplets_{};
  std::array<QLabel*, kMeasures> measures_{};
  QLabel* state_;
  QLabel* curve_state_;
  TradeOffPlot* plot_;
  std::shared_ptr<const Solution> measured_;  ///< what the figures belong to, or are being taken of
  StabilizeSettings measured_settings_;       ///< a change shows at once, while its solution is on the way
  std::shared_ptr<const void> traced_track_;  ///< the same for the curve, with the settings but for `keep`
  StabilizeSettings traced_settings_;
  BorderFill measured_fill_ = BorderFill::kMirror, traced_fill_ = BorderFill::kMirror;
};

}  // namespace keel::ui
