// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/panel_parts.h"

#include <QCoreApplication>
#include <QFrame>
#include <QLabel>
#include <QStyle>
#include <QVariant>
#include <cmath>

namespace keel::ui {

QLabel* make_label(const QString& text, const char* role, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setProperty("role", QLatin1String(role));
  return label;
}

QLabel* make_section(const QString& title, QWidget* parent) { return make_label(title, "section", parent); }

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

QString duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  if (whole < 60) return QCoreApplication::translate("duration", "%1 s").arg(whole);
  return QCoreApplication::translate("duration", "%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
}

}  // namespace keel::ui
