// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QSlider;

namespace keel::ui {

/// A slider with its name, its value and unit. A double click, or the delete key, sets it back to its default.
class ValueSlider : public QWidget {
  Q_OBJECT

 public:
  struct Spec {
    QString label;
    QString unit;  ///< "%", "px"; empty for a plain number
    QString help;  ///< one sentence for the tooltip; range and default are added
    double minimum = 0;
    double maximum = 100;
    double fallback = 50;
    int decimals = 0;
  };

  explicit ValueSlider(Spec spec, QWidget* parent = nullptr);

  [[nodiscard]] double value() const;
  /// Does not emit.
  void set_value(double value);
  [[nodiscard]] QSlider* slider() { return slider_; }

 Q_SIGNALS:
  /// The user moved it; emitted all along a drag.
  void value_edited(double value);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  [[nodiscard]] QString text_of(double value) const;
  void show_value();

  Spec spec_;
  double scale_;  ///< slider steps per unit
  QSlider* slider_;
  QLabel* value_label_;
};

}  // namespace keel::ui
