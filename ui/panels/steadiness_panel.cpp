// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/steadiness_panel.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

#include "engine/path/path_smoother.h"
#include "ui/option_form.h"
#include "ui/panels/panel_parts.h"
#include "ui/presets.h"
#include "ui/session_model.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui {
namespace {

/// The smoothers' common option, which has a slider of its own.
const std::vector<std::string> kShownElsewhere{"smoothness"};

void fill_list(QComboBox& list, std::span<const AlgorithmInfo> algorithms) {
  for (const AlgorithmInfo& algorithm : algorithms) {
    list.addItem(QString::fromStdString(algorithm.label), QString::fromStdString(algorithm.id));
    list.setItemData(list.count() - 1, QString::fromStdString(algorithm.help), Qt::ToolTipRole);
  }
}

void select(QComboBox& list, const std::string& id) {
  const QSignalBlocker quiet(list);
  list.setCurrentIndex(list.findData(QString::fromStdString(id)));
}

}  // namespace

SteadinessPanel::SteadinessPanel(SessionModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      smoother_(new QComboBox(this)),
      preset_(new QComboBox(this)),
      options_(new OptionForm(this)) {
  const StabilizeSettings normal;
  keep_ = new ValueSlider(
      {tr("Picture kept"), tr("%"), tr("How much of the picture's width and height must stay visible at least."), 50, 100, normal.keep * 100, 0},
      this);
  smoothness_ = new ValueSlider(
      {tr("Smoothness"), QString(), tr("How calm the camera becomes: low follows the hand, high glides."), 0, 100, normal.smoothness * 100, 0}, this);
  strength_ = new ValueSlider(
      {tr("Strength"), tr("%"), tr("How much of the correction is applied; 0 is the clip as filmed."), 0, 100, normal.strength * 100, 0}, this);
  fill_lists();
  auto* box = new QVBoxLayout(this);
  box->setContentsMargins(0, 0, 0, 0);
  box->setSpacing(10);
  box->addWidget(make_section(tr("STEADINESS"), this));
  auto* intent = new QFormLayout;
  add_control_row(*intent, tr("Preset"), preset_);
  box->addLayout(intent);
  box->addWidget(keep_);
  box->addWidget(smoothness_);
  box->addWidget(strength_);
  auto* smoothing = new QFormLayout;
  add_control_row(*smoothing, tr("Smoother"), smoother_);
  box->addLayout(smoothing);
  box->addWidget(options_);
  connect(preset_, &QComboBox::activated, this, &SteadinessPanel::choose_preset);
  connect(smoother_, &QComboBox::activated, this, &SteadinessPanel::change_smoother);
  for (ValueSlider* slider : {keep_, smoothness_, strength_}) connect(slider, &ValueSlider::value_edited, this, &SteadinessPanel::edit_settings);
  connect(options_, &OptionForm::edited, this, &SteadinessPanel::edit_settings);
  connect(&model_, &SessionModel::settings_changed, this, &SteadinessPanel::show_settings);
  show_settings();
}

void SteadinessPanel::fill_lists() {
  for (QComboBox* list : {smoother_, preset_}) fit_list(*list);
  fill_list(*smoother_, path_smoothers());
  for (const Preset& preset : presets()) {
    preset_->addItem(preset.label);
    preset_->setItemData(preset_->count() - 1, preset.help, Qt::ToolTipRole);
  }
  preset_->setPlaceholderText(tr("Custom"));
  preset_->setAccessibleName(tr("Preset"));
  preset_->setToolTip(tr("Sets the three sliders below for what you have in mind."));
  smoother_->setAccessibleName(tr("Path smoother"));
  smoother_->setToolTip(tr("How the camera's path is smoothed. Changing it needs no new analysis."));
}

void SteadinessPanel::show_settings() {
  const StabilizeSettings& settings = model_.state().settings;
  keep_->set_value(settings.keep * 100);
  smoothness_->set_value(settings.smoothness * 100);
  strength_->set_value(settings.strength * 100);
  select(*smoother_, settings.smoother);
  const auto matching = matching_preset(settings);
  const QSignalBlocker quiet(preset_);
  preset_->setCurrentIndex(matching ? static_cast<int>(*matching) : -1);
  show_options();
}

void SteadinessPanel::show_options() {
  const StabilizeSettings& settings = model_.state().settings;
  // While one of its sliders is dragged the form shows the settings already and must not be built anew.
  if (options_of_ == settings.smoother && options_->values() == settings.smoother_options) return;
  options_of_ = settings.smoother;
  for (const AlgorithmInfo& algorithm : path_smoothers())
    if (algorithm.id == settings.smoother) options_->set_options(algorithm.options, settings.smoother_options, kShownElsewhere);
}

void SteadinessPanel::choose_preset(int row) {
  if (row >= 0) model_.set_settings(apply_preset(presets()[static_cast<std::size_t>(row)], model_.state().settings));
}

void SteadinessPanel::edit_settings() {
  StabilizeSettings settings = model_.state().settings;
  settings.smoother = smoother_->currentData().toString().toStdString();
  settings.keep = keep_->value() / 100;
  settings.smoothness = smoothness_->value() / 100;
  settings.strength = strength_->value() / 100;
  settings.smoother_options = options_->values();
  model_.set_settings(settings);
}

void SteadinessPanel::change_smoother() {
  StabilizeSettings settings = model_.state().settings;
  settings.smoother = smoother_->currentData().toString().toStdString();
  // Options belong to a smoother; another one starts with its own defaults.
  if (settings.smoother != model_.state().settings.smoother) settings.smoother_options.clear();
  model_.set_settings(settings);
}

}  // namespace keel::ui
