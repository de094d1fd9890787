// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/panel_parts.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QFormLayout>
#include <QFrame>
#include <QLabel>
#include <QLayout>
#include <QProgressBar>
#include <QStyle>
#include <QToolButton>
#include <QVariant>
#include <cmath>
#include <vector>

namespace keel::ui {
namespace {

constexpr int kLeastLetters = 10;  ///< of a list
constexpr int kLabelGap = 6;       ///< px between a label and its control

}  // namespace

QToolButton* make_fold(const QString& title, const QString& help, QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setText(title);
  button->setToolTip(help);
  button->setAccessibleName(title);
  button->setAccessibleDescription(help);
  button->setCheckable(true);
  button->setObjectName(QStringLiteral("fold"));
  button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  button->setArrowType(Qt::RightArrow);
  button->setFocusPolicy(Qt::TabFocus);
  QObject::connect(button, &QToolButton::toggled, button, [button](bool on) { button->setArrowType(on ? Qt::DownArrow : Qt::RightArrow); });
  return button;
}

QLabel* make_label(const QString& text, const char* role, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setProperty("role", QLatin1String(role));
  return label;
}

QLabel* make_section(const QString& title, QWidget* parent) { return make_label(title, "section", parent); }

void add_control_row(QFormLayout& form, const QString& label, QWidget* control) {
  auto* name = new QLabel(label, control->parentWidget());
  // The longest of them in English; a longer one in another language only moves its own row.
  name->setMinimumWidth(name->fontMetrics().horizontalAdvance(QStringLiteral("Picture kept")) + kLabelGap);
  form.setHorizontalSpacing(kLabelGap);
  form.addRow(name, control);
}

void fit_list(QComboBox& list) {
  // A long name is elided; it must not make the panel wider than there is room.
  list.setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  list.setMinimumContentsLength(kLeastLetters);
  list.setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void set_role(QWidget* widget, const char* role) {
  widget->setProperty("role", QLatin1String(role));
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
}

QFrame* make_separator(QWidget* parent) {
  auto* line = new QFrame(parent);
  line->setObjectName(QStringLiteral("separator"));
  return line;
}

namespace {

void collect_controls(const QLayout& layout, std::vector<QWidget*>& out) {
  for (int i = 0; i < layout.count(); ++i) {
    QLayoutItem* item = layout.itemAt(i);
    QWidget* widget = item->widget();
    if (widget != nullptr && (widget->focusPolicy() & Qt::TabFocus) != 0) out.push_back(widget);
    const QLayout* inner = widget != nullptr ? widget->layout() : item->layout();
    if (inner != nullptr) collect_controls(*inner, out);
  }
}

}  // namespace

void show_progress(QProgressBar& bar, int done, int total) {
  bar.setUpdatesEnabled(false);
  bar.setRange(0, total);
  bar.setValue(done);
  bar.setUpdatesEnabled(true);
}

void order_tabs(QWidget& panel) {
  std::vector<QWidget*> controls;
  if (panel.layout() != nullptr) collect_controls(*panel.layout(), controls);
  for (std::size_t i = 1; i < controls.size(); ++i) QWidget::setTabOrder(controls[i - 1], controls[i]);
}

QString frames_text(qint64 count) {
  return count == 1 ? QCoreApplication::translate("units", "1 frame") : QCoreApplication::translate("units", "%1 frames").arg(count);
}

QString duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  if (whole < 60) return QCoreApplication::translate("duration", "%1 s").arg(whole);
  return QCoreApplication::translate("duration", "%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
}

}  // namespace keel::ui
