// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <string>
#include <vector>

#include "engine/base/options.h"

class QComboBox;
class QVBoxLayout;

namespace keel::ui {

class ValueSlider;

/// One slider or list per option descriptor: a new algorithm brings its controls along without code for the window.
class OptionForm : public QWidget {
  Q_OBJECT

 public:
  explicit OptionForm(QWidget* parent = nullptr);

  /// Rebuilds the controls. Options named in `elsewhere` have a control of their own in the window.
  void set_options(const std::vector<OptionDescriptor>& options, const OptionValues& values, const std::vector<std::string>& elsewhere);
  /// Only what differs from the defaults, so that equal choices compare equal.
  [[nodiscard]] OptionValues values() const;

 Q_SIGNALS:
  void edited();
  void rebuilt();

 private:
  struct Row {
    OptionDescriptor option;
    QWidget* control = nullptr;     ///< all of the row
    ValueSlider* slider = nullptr;  ///< of a number
    QComboBox* list = nullptr;      ///< of choices
    [[nodiscard]] double value() const;
  };
  [[nodiscard]] Row slider_row(const OptionDescriptor& option, double value);
  [[nodiscard]] Row list_row(const OptionDescriptor& option, double value);
  QVBoxLayout* box_;
  std::vector<Row> rows_;
};

}  // namespace keel::ui
