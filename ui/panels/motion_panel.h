// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>
#include <string>
#include <vector>

class QCheckBox;
class QLabel;
class QRadioButton;
class QToolButton;

namespace keel::ui {

class OptionForm;
class SessionModel;

/// The motion estimators of the registry: which one is exported, where each stands with the clip, and the button that starts or stops it. Shows the
/// model's values and edits them; keeps none of its own but the habit of analysing all.
class MotionPanel : public QWidget {
  Q_OBJECT

 public:
  MotionPanel(SessionModel& model, QWidget* parent);

  /// Null for an unknown id.
  [[nodiscard]] QRadioButton* choice(const std::string& id) const;
  /// Starts, or stops, the analysis.
  [[nodiscard]] QToolButton* button(const std::string& id) const;
  [[nodiscard]] QString state_text(const std::string& id) const;
  [[nodiscard]] QCheckBox* all_box() const { return all_; }
  /// Of the chosen estimator.
  [[nodiscard]] OptionForm* options() const { return options_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Row {
    std::string id;
    QRadioButton* choice = nullptr;
    QLabel* state = nullptr;
    QToolButton* button = nullptr;
  };
  void add_row(const std::string& id, const QString& help);
  void show_options();
  void apply_options();
  void show_colors();
  void show_estimators();
  [[nodiscard]] const Row* find(const std::string& id) const;

  SessionModel& model_;
  std::vector<Row> rows_;
  QCheckBox* all_;
  OptionForm* options_;
  std::string options_of_;  ///< the estimator that the form shows
  QTimer rested_;           ///< runs since the last move of one of its sliders
};

}  // namespace keel::ui
