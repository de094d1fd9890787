// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/value_slider.h"

#include <QEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <cmath>

namespace keel::ui {

ValueSlider::ValueSlider(Spec spec, QWidget* parent)
    : QWidget(parent),
      spec_(std::move(spec)),
      scale_(std::pow(10.0, spec_.decimals)),
      slider_(new QSlider(Qt::Horizontal, this)),
      value_label_(new QLabel(this)) {
  auto* name = new QLabel(spec_.label, this);
  name->setBuddy(slider_);
  value_label_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  slider_->setRange(static_cast<int>(std::lround(spec_.minimum * scale_)), static_cast<int>(std::lround(spec_.maximum * scale_)));
  slider_->setPageStep(std::max(1, (slider_->maximum() - slider_->minimum()) / 10));
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setVerticalSpacing(2);
  grid->addWidget(name, 0, 0);
  grid->addWidget(value_label_, 0, 1);
  grid->addWidget(slider_, 1, 0, 1, 2);
  const QString unit_words = spec_.unit.isEmpty() ? QString() : QStringLiteral(", ") + spec_.unit;
  slider_->setAccessibleName(spec_.label + unit_words);
  setToolTip(tr("%1\n%2 to %3, normally %4. Double-click or Delete to reset.")
                 .arg(spec_.help, text_of(spec_.minimum), text_of(spec_.maximum), text_of(spec_.fallback)));
  set_value(spec_.fallback);
  connect(slider_, &QSlider::valueChanged, this, [this] {
    show_value();
    Q_EMIT value_edited(value());
  });
  slider_->installEventFilter(this);
  name->installEventFilter(this);
  value_label_->installEventFilter(this);
}

double ValueSlider::value() const { return slider_->value() / scale_; }

void ValueSlider::set_value(double value) {
  const QSignalBlocker quiet(slider_);
  slider_->setValue(static_cast<int>(std::lround(value * scale_)));
  show_value();
}

bool ValueSlider::eventFilter(QObject* watched, QEvent* event) {
  const bool erased = event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete;
  if (event->type() == QEvent::MouseButtonDblClick || erased) {
    slider_->setValue(static_cast<int>(std::lround(spec_.fallback * scale_)));
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

QString ValueSlider::text_of(double value) const {
  const QString number = locale().toString(value, 'f', spec_.decimals);
  return spec_.unit.isEmpty() ? number : number + QChar(0x202F) + spec_.unit;
}

void ValueSlider::show_value() {
  value_label_->setText(text_of(value()));
  slider_->setAccessibleDescription(text_of(value()));
}

}  // namespace keel::ui
