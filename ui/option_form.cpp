// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/option_form.h"

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

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
  for (const Row& row : rows_) delete row.slider;
  rows_.clear();
  for (const OptionDescriptor& option : options) {
    if (std::find(elsewhere.begin(), elsewhere.end(), option.id) != elsewhere.end()) continue;
    auto* slider = new ValueSlider({QString::fromStdString(option.label), QString::fromStdString(option.unit), QString::fromStdString(option.help),
                                    option.minimum, option.maximum, option.fallback, decimals_for(option)},
                                   this);
    if (const auto known = values.find(option.id); known != values.end()) slider->set_value(known->second);
    connect(slider, &ValueSlider::value_edited, this, &OptionForm::edited);
    box_->addWidget(slider);
    rows_.push_back({option, slider});
  }
  setVisible(!rows_.empty());
  Q_EMIT rebuilt();
}

OptionValues OptionForm::values() const {
  OptionValues out;
  for (const Row& row : rows_) {
    const double step = std::pow(10.0, -decimals_for(row.option));
    if (std::abs(row.slider->value() - row.option.fallback) > step / 2) out[row.option.id] = row.slider->value();
  }
  return out;
}

}  // namespace keel::ui
