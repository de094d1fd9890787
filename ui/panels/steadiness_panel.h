// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <string>

class QComboBox;

namespace keel::ui {

class OptionForm;
class SessionModel;
class ValueSlider;

/// What a person sets: smoother and the three sliders. Shows the model's values and edits them; keeps none of its own.
class SteadinessPanel : public QWidget {
  Q_OBJECT

 public:
  SteadinessPanel(SessionModel& model, QWidget* parent);

  [[nodiscard]] QComboBox* preset_list() { return preset_; }
  [[nodiscard]] ValueSlider* keep_slider() { return keep_; }
  [[nodiscard]] ValueSlider* smoothness_slider() { return smoothness_; }
  [[nodiscard]] ValueSlider* strength_slider() { return strength_; }

 private:
  void fill_lists();
  void show_settings();
  void edit_settings();
  void show_options();
  void change_smoother();
  void choose_preset(int row);

  SessionModel& model_;
  QComboBox* smoother_;
  QComboBox* preset_;
  ValueSlider* keep_;
  ValueSlider* smoothness_;
  ValueSlider* strength_;
  OptionForm* options_;
  std::string options_of_;  ///< the smoother that the form shows
};

}  // namespace keel::ui
