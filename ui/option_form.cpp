// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/option_form.h"

#include <QComboBox>
#include <QFormLayout>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/panels/panel_parts.h"
#include "ui/widgets/value_slider.h"

namespace keel::ui {
namespace {

/// None for whole numbers, else enough digits for about a hundred steps over the range.
int decimals_for(const OptionDescriptor& option) {
  if (option.whole) return 0;
  const double span = option.maximum - option.minimum;
  return span > 0 ? std::clamp(static_cast<int>(std::ceil(2 - std::log10(span))), 0, 4) : 0;
}

}  // namespace

OptionForm::OptionForm(QWidget* parent) : QWidget(parent), box_(new QVBoxLayout(this)) {
  box_->setContentsMargins(0, 0, 0, 0);
  box_->setSpacing(8);
}

void OptionForm::set_options(const std::vector<OptionDescriptor>& options, const OptionValues& values, const std::vector<std::string>& elsewhere) {
  for (const Row& row : rows_) delete row.control;
  rows_.clear();
  for (const OptionDescriptor& option : options) {
    if (std::find(elsewhere.begin(), elsewhere.end(), option.id) != elsewhere.end()) continue;
    const auto known = values.find(option.id);
    const double value = known != values.end() ? known->second : option.fallback;
    rows_.push_back(option.choices.empty() ? slider_row(option, value) : list_row(option, value));
    box_->addWidget(rows_.back().control);
  }
  setVisible(!rows_.empty());
  Q_EMIT rebuilt();
}

OptionForm::Row OptionForm::slider_row(const OptionDescriptor& option, double value) {
  auto* slider = new ValueSlider({QString::fromStdString(option.label), QString::fromStdString(option.unit), QString::fromStdString(option.help), option.minimum, option.maximum,
                                  option.fallback, decimals_for(option)},
                                 this);
  slider->set_value(value);
  connect(slider, &ValueSlider::value_edited, this, &OptionForm::edited);
  return {option, slider, slider, nullptr};
}

OptionForm::Row OptionForm::list_row(const OptionDescriptor& option, double value) {
  auto* control = new QWidget(this);
  auto* list = new QComboBox(control);
  for (const std::string& name : option.choices) list->addItem(QString::fromStdString(name));
  list->setCurrentIndex(static_cast<int>(value));
  list->setAccessibleName(QString::fromStdString(option.label));
  list->setToolTip(QString::fromStdString(option.help));
  fit_list(*list);
  auto* form = new QFormLayout(control);
  form->setContentsMargins(0, 0, 0, 0);
  add_control_row(*form, QString::fromStdString(option.label), list);
  connect(list, &QComboBox::activated, this, &OptionForm::edited);
  return {option, control, nullptr, list};
}

double OptionForm::Row::value() const { return list != nullptr ? list->currentIndex() : slider->value(); }

OptionValues OptionForm::values() const {
  OptionValues out;
  for (const Row& row : rows_) {
    const double step = std::pow(10.0, -decimals_for(row.option));
    if (std::abs(row.value() - row.option.fallback) > step / 2) out[row.option.id] = row.value();
  }
  return out;
}

}  // namespace keel::ui
