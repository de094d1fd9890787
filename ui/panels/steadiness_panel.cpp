// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/steadiness_panel.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

#include "engine/motion/motion_estimator.h"
#include "engine/path/path_smoother.h"
#include "ui/option_form.h"
#include "ui/panels/panel_parts.h"
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
    : QWidget(parent), model_(model), estimator_(new QComboBox(this)), smoother_(new QComboBox(this)), options_(new OptionForm(this)) {
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
  box->addWidget(make_section(tr("MOTION"), this));
  auto* motion = new QFormLayout;
  motion->addRow(tr("Estimator"), estimator_);
  box->addLayout(motion);
  box->addWidget(make_separator(this));
  box->addWidget(make_section(tr("STEADINESS"), this));
  box->addWidget(keep_);
  box->addWidget(smoothness_);
  box->addWidget(strength_);
  auto* smoothing = new QFormLayout;
  smoothing->addRow(tr("Smoother"), smoother_);
  box->addLayout(smoothing);
  box->addWidget(options_);
  connect(estimator_, &QComboBox::activated, this, [this] { model_.set_estimator(estimator_->currentData().toString().toStdString()); });
  connect(smoother_, &QComboBox::activated, this, &SteadinessPanel::change_smoother);
  for (ValueSlider* slider : {keep_, smoothness_, strength_}) connect(slider, &ValueSlider::value_edited, this, &SteadinessPanel::edit_settings);
  connect(options_, &OptionForm::edited, this, &SteadinessPanel::edit_settings);
  connect(&model_, &SessionModel::settings_changed, this, &SteadinessPanel::show_settings);
  show_settings();
  change_smoother();
}

void SteadinessPanel::fill_lists() {
  fill_list(*estimator_, motion_estimators());
  fill_list(*smoother_, path_smoothers());
  estimator_->setAccessibleName(tr("Motion estimator"));
  estimator_->setToolTip(tr("How the camera's motion is found in the pictures. Changing it analyses the clip again, once."));
  smoother_->setAccessibleName(tr("Path smoother"));
  smoother_->setToolTip(tr("How the camera's path is smoothed. Changing it needs no new analysis."));
}

void SteadinessPanel::show_settings() {
  const StabilizeSettings& settings = model_.state().settings;
  keep_->set_value(settings.keep * 100);
  smoothness_->set_value(settings.smoothness * 100);
  strength_->set_value(settings.strength * 100);
  select(*estimator_, model_.state().estimator);
  select(*smoother_, settings.smoother);
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
  const std::string id = smoother_->currentData().toString().toStdString();
  for (const AlgorithmInfo& algorithm : path_smoothers()) {
    if (algorithm.id != id) continue;
    const bool same = model_.state().settings.smoother == id;
    options_->set_options(algorithm.options, same ? model_.state().settings.smoother_options : OptionValues{}, kShownElsewhere);
  }
  if (smoother_->currentIndex() >= 0) edit_settings();
}

}  // namespace keel::ui
